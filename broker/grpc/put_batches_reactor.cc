#include "broker/grpc/put_batches_reactor.h"

#include <utility>

#include "broker/grpc/batches_wire.h"
#include "broker/grpc/byte_buffer.h"
#include "broker/grpc/grpc_status.h"
#include "common/error.h"

namespace penstock::broker {

std::shared_ptr<PutBatchesReactor> PutBatchesReactor::Make(RecordPlane& plane,
                                                           const PutBatchesLimits& limits,
                                                           DoneCallback done) {
  auto reactor = std::make_shared<PutBatchesReactor>(plane, limits, std::move(done));
  reactor->self_ = reactor;
  return reactor;
}

void PutBatchesReactor::Begin() {
  MutexLock lock(mutex_);
  Advance();
}

void PutBatchesReactor::Stop() {
  MutexLock lock(mutex_);
  SetEnd(MakeError(ErrorReason::kShuttingDown, "the broker is shutting down"));
  Advance();
}

void PutBatchesReactor::OnReadDone(bool ok) {
  // The caller has ended its side, or has gone, which OnCancel tells.
  if (!ok) return EndReading(absl::OkStatus());
  absl::StatusOr<PutBatchesMessage> message = ParsePutBatches(request_);
  const size_t bytes = request_.Length();
  request_.Clear();
  if (!message.ok()) return EndReading(message.status());
  {
    MutexLock lock(mutex_);
    if (end_.has_value() || gone_) {
      // Stopped while it was read: not stored.
      reading_ = false;
      return Advance();
    }
    bytes_in_flight_ += bytes;
    ++batches_in_flight_;
  }
  const uint64_t call_id = message->call_id;
  if (message->request.ok()) {
    plane_.PutBatch(*std::move(message->request),
                    [self = self_, call_id, bytes](PutBatchResult result) {
                      self->OnAnswered({call_id, bytes, std::move(result)});
                    });
  } else {
    OnAnswered({call_id, bytes, {.status = std::move(message->request).status()}});
  }
  MutexLock lock(mutex_);
  reading_ = false;
  Advance();
}

void PutBatchesReactor::EndReading(const absl::Status& status) {
  MutexLock lock(mutex_);
  reading_ = false;
  SetEnd(status);
  Advance();
}

void PutBatchesReactor::OnAnswered(Answer answer) {
  MutexLock lock(mutex_);
  if (gone_) return;
  answers_.push_back(std::move(answer));
  Advance();
}

void PutBatchesReactor::OnWriteDone(bool ok) {
  MutexLock lock(mutex_);
  writing_ = false;
  response_.Clear();
  bytes_in_flight_ -= response_for_bytes_;
  --batches_in_flight_;
  gone_ = gone_ || !ok;
  Advance();
}

void PutBatchesReactor::OnCancel() {
  MutexLock lock(mutex_);
  gone_ = true;
  answers_.clear();
  Advance();
}

void PutBatchesReactor::SetEnd(const absl::Status& status) {
  if (!end_.has_value()) end_ = status;
}

void PutBatchesReactor::Advance() {
  if (finished_) return;
  if (!gone_ && !writing_ && !answers_.empty()) {
    const Answer& answer = answers_.front();
    response_ = ToByteBuffer(EncodePutBatches(answer.call_id, answer.result));
    response_for_bytes_ = answer.bytes;
    answers_.pop_front();
    writing_ = true;
    StartWrite(&response_);
  }
  const bool over = gone_ || (end_.has_value() && batches_in_flight_ == 0);
  if (over && !writing_) {
    finished_ = true;
    const absl::Status status = gone_ ? absl::CancelledError("the producer has gone") : *end_;
    // A read under way ends with it.
    return Finish(ToGrpcStatus(status));
  }
  if (!MayRead()) return;
  reading_ = true;
  StartRead(&request_);
}

bool PutBatchesReactor::MayRead() const {
  return !reading_ && !gone_ && !end_.has_value() &&
         bytes_in_flight_ < limits_.bytes_in_flight_max &&
         batches_in_flight_ < limits_.batches_in_flight_max;
}

void PutBatchesReactor::OnDone() {
  std::move(done_)(this);
  // The last reference, but for those of batches under way.
  const std::shared_ptr<PutBatchesReactor> last = std::move(self_);
}

}  // namespace penstock::broker
