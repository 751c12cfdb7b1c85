#include "broker/record/get_records_call.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include <boost/asio/post.hpp>

#include "broker/record/stream_lookup.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

// What a record takes in an answer beyond its data and partition key.
constexpr size_t kRecordOverheadBytes = 64;

absl::Status PastTheEnd(const ShardPosition& position, const storage::ShardBounds& bounds) {
  return WithField(
      MakeError(ErrorReason::kInvalidIterator,
                absl::StrCat("shard_iterator is at sequence number ", position.next.value(),
                             ", past the end of shard ", ToString(position.shard),
                             ", which holds [", bounds.first.value(), ", ", bounds.end.value(),
                             "): the records it was made from are gone")),
      "shard_iterator");
}

}  // namespace

GetRecordsCall::GetRecordsCall(GetRecordsContext& context, const Request& request,
                               GetRecordsCallback done)
    : context_(context),
      shard_(request.position.shard),
      connection_(request.connection),
      limit_(request.limit),
      max_wait_(request.max_wait),
      next_(request.position.next),
      done_(std::move(done)) {}

void GetRecordsCall::Start() {
  Post();
}

void GetRecordsCall::Refuse(absl::Status error) {
  std::move(done_)(std::move(error));
}

void GetRecordsCall::Cancel() {
  Wake(Cause::kCancel);
}

void GetRecordsCall::StopWaiting() {
  Wake(Cause::kStop);
}

void GetRecordsCall::Post() {
  boost::asio::post(context_.executor, [self = shared_from_this()] { self->Run(); });
}

void GetRecordsCall::Run() {
  wait_charge_.Release();
  if (Cancelled()) return Answer(absl::CancelledError("the caller has gone"));
  absl::StatusOr<GetRecordsResult> result = Read();
  const bool at_tip =
      result.ok() && result->collected.records.empty() && !result->next_shard_iterator.empty();
  if (!at_tip || !MayWait()) return Answer(std::move(result));
  if (absl::Status charged = context_.budget->ChargeWait(&wait_charge_); !charged.ok())
    return Answer(std::move(charged));
  Wait();
}

bool GetRecordsCall::MayWait() {
  MutexLock lock(mutex_);
  return max_wait_.count() > 0 && !no_more_waiting_;
}

bool GetRecordsCall::Cancelled() {
  MutexLock lock(mutex_);
  return cancelled_;
}

absl::StatusOr<GetRecordsResult> GetRecordsCall::Read() {
  // Before the read: a shard that closes in between is seen to be closed by the next call.
  ASSIGN_OR_RETURN(const std::shared_ptr<const StreamSnapshot> stream,
                   FindServing(*context_.directory, shard_.stream));
  const ShardInfo* const shard = stream->FindShard(shard_.shard);
  if (shard == nullptr) {
    return MakeError(ErrorReason::kShardNotFound,
                     absl::StrCat("shard '", FormatShardId(shard_.shard), "' not found in stream '",
                                  stream->config().name, "'"));
  }
  ASSIGN_OR_RETURN(storage::ShardBounds bounds, context_.log->Bounds(shard_));
  // A reader at the tip gets no bytes: it is not held up by those who do not take theirs.
  if (next_ < bounds.end) RETURN_IF_ERROR(context_.budget->AdmitRead(connection_));
  ASSIGN_OR_RETURN(CollectedRecords collected, Collect(&bounds));
  next_ = collected.next;
  return Describe(std::move(collected), bounds, *shard);
}

absl::StatusOr<CollectedRecords> GetRecordsCall::Collect(storage::ShardBounds* bounds) {
  RecordCollector collector(next_, {.records_max = limit_, .bytes_max = kGetRecordsBytesMax});
  while (!collector.full()) {
    const absl::StatusOr<storage::ReadResult> read =
        context_.log->Read(shard_, collector.next(), collector.room());
    if (!read.ok()) {
      collector.Fail(read.status());
      break;
    }
    *bounds = read->bounds;
    if (next_ > bounds->end) return PastTheEnd({shard_, next_}, *bounds);
    collector.Add(*read);
  }
  return std::move(collector).Finish();
}

absl::StatusOr<GetRecordsResult> GetRecordsCall::Describe(CollectedRecords collected,
                                                          const storage::ShardBounds& bounds,
                                                          const ShardInfo& shard) {
  GetRecordsResult result;
  const SequenceNumber next = collected.next;
  result.charge = context_.budget->ChargeBytes(
      connection_, collected.bytes + collected.records.size() * kRecordOverheadBytes);
  const bool read_to_its_end = !shard.open() && next > *shard.ending_sequence_number;
  if (!read_to_its_end)
    result.next_shard_iterator = SealShardIterator(*context_.tokens, {shard_, next});
  result.records_behind_latest = bounds.end.Since(next);
  if (collected.next_append_time_ms.has_value()) {
    result.millis_behind_latest =
        std::max<int64_t>(0, context_.clock->NowMs() - *collected.next_append_time_ms);
  }
  result.collected = std::move(collected);
  return result;
}

void GetRecordsCall::Wait() {
  // LIMIT: a shard that closes without another record does not end the wait; its readers see it at
  // their deadline.
  const storage::WaitId wait = context_.log->WaitForRecords(
      shard_, next_, [self = shared_from_this()] { self->Wake(Cause::kRecords); });
  {
    MutexLock lock(mutex_);
    if (!no_more_waiting_) {
      state_ = State::kWaiting;
      wait_ = wait;
      deadline_.emplace(context_.executor, max_wait_);
      deadline_->async_wait([self = shared_from_this()](const boost::system::error_code&) {
        self->Wake(Cause::kDeadline);
      });
      return;
    }
  }
  // Woken already.
  if (wait != 0) context_.log->CancelWait(shard_, wait);
  Run();
}

void GetRecordsCall::Wake(Cause cause) {
  storage::WaitId wait = 0;
  {
    MutexLock lock(mutex_);
    no_more_waiting_ = true;
    if (cause == Cause::kCancel) cancelled_ = true;
    // A call that reads sees the flags when it would wait; one that has answered has nothing left
    // to wake, and its context may be gone.
    if (state_ != State::kWaiting) return;
    state_ = State::kReading;
    wait = std::exchange(wait_, 0);
    deadline_->cancel();
  }
  if (cause != Cause::kRecords) context_.log->CancelWait(shard_, wait);
  Post();
}

void GetRecordsCall::Answer(absl::StatusOr<GetRecordsResult> result) {
  std::move(done_)(std::move(result));
  context_.on_answered(this);
}

}  // namespace penstock::broker
