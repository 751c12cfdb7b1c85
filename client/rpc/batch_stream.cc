// States of the call: each arrow down is an event.
//
//   starting ──> reading, and writing while there is something to write
//                  └──no more to read, or a write failed──> no operation under way ──> finishing ──> ended
#include "client/rpc/batch_stream.h"

#include <deque>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include "client/rpc/convert_batches.h"
#include "client/rpc/error_status.h"
#include "common/mutex.h"

namespace penstock::rpc {
namespace {

constexpr char kMethod[] = "/penstock.v1.Batches/PutBatches";

// The batch's bytes stay where they are: gRPC holds a share of them until they are sent.
grpc::ByteBuffer ToMessage(producer::BatchToSend batch) {
  const std::string prefix = EncodePutBatchesPrefix(batch);
  auto shared = std::make_unique<std::shared_ptr<const std::string>>(std::move(batch.bytes));
  const std::string& bytes = **shared;
  const grpc::Slice slices[] = {
      grpc::Slice(prefix),
      grpc::Slice(
          const_cast<char*>(bytes.data()), bytes.size(),
          [](void* held) { delete static_cast<std::shared_ptr<const std::string>*>(held); },
          shared.release())};
  return grpc::ByteBuffer(slices, 2);
}

class GrpcBatchStream final : public producer::BatchStream {
 public:
  GrpcBatchStream(std::shared_ptr<grpc::Channel> channel, EventQueue& events,
                  producer::BatchStreamCallbacks callbacks)
      : stub_(std::move(channel)),
        events_(events),
        callbacks_(std::move(callbacks)),
        started_{this, &GrpcBatchStream::OnStarted},
        read_{this, &GrpcBatchStream::OnRead},
        written_{this, &GrpcBatchStream::OnWritten},
        finished_{this, &GrpcBatchStream::OnFinished} {
    MutexLock lock(mutex_);
    call_ = stub_.PrepareCall(&context_, kMethod, &events_.queue());
    call_->StartCall(events_.TagFor(&started_));
  }

  ~GrpcBatchStream() override {
    context_.TryCancel();
    MutexLock lock(mutex_);
    while (!ended_) end_.Wait(mutex_);
  }

  void Send(producer::BatchToSend batch) override {
    grpc::ByteBuffer message = ToMessage(std::move(batch));
    MutexLock lock(mutex_);
    if (closing_) return;
    to_write_.push_back(std::move(message));
    if (has_started_ && !is_writing_) WriteNext();
  }

 private:
  // An operation of the call: its address is the tag.
  struct Step final : Operation {
    Step(GrpcBatchStream* stream_given, void (GrpcBatchStream::*then_given)(bool))
        : stream(stream_given), then(then_given) {}
    void OnEvent(bool ok) override { (stream->*then)(ok); }

    GrpcBatchStream* const stream;
    void (GrpcBatchStream::*const then)(bool);
  };

  void OnStarted(bool ok) ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(mutex_);
    has_started_ = true;
    if (!ok) return Close();
    is_reading_ = true;
    call_->Read(&answer_, events_.TagFor(&read_));
    if (!to_write_.empty()) WriteNext();
  }

  void OnRead(bool ok) ABSL_LOCKS_EXCLUDED(mutex_) {
    if (ok && Hand()) {
      MutexLock lock(mutex_);
      call_->Read(&answer_, events_.TagFor(&read_));
      return;
    }
    MutexLock lock(mutex_);
    is_reading_ = false;
    Close();
  }

  // False where the answer is none.
  bool Hand() {
    v1::PutBatchesResponse response;
    grpc::Slice slice;
    const bool is_read = answer_.DumpToSingleSlice(&slice).ok() &&
                         response.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
    answer_.Clear();
    if (!is_read) {
      context_.TryCancel();
      return false;
    }
    callbacks_.on_answer(FromPutBatchesResponse(response));
    return true;
  }

  void OnWritten(bool ok) ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(mutex_);
    is_writing_ = false;
    if (!ok) return Close();
    if (!closing_ && !to_write_.empty()) WriteNext();
    if (closing_) Close();
  }

  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    is_writing_ = true;
    call_->Write(to_write_.front(), events_.TagFor(&written_));
    to_write_.pop_front();
  }

  // Finishes the call as soon as nothing of it is under way. A write that failed ends the reading too.
  void Close() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    closing_ = true;
    to_write_.clear();
    if (is_reading_ || is_writing_ || is_finishing_) return;
    is_finishing_ = true;
    call_->Finish(&status_, events_.TagFor(&finished_));
  }

  void OnFinished(bool /*ok*/) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::Status end;
    {
      MutexLock lock(mutex_);
      end = ToAbslStatus(status_, CallKind::kIdempotentMutation, "PutBatches");
    }
    // A broker that ended the call of its own accord ended it all the same.
    if (end.ok()) end = absl::UnavailableError("PutBatches: the broker has ended the call");
    callbacks_.on_end(end);
    MutexLock lock(mutex_);
    ended_ = true;
    end_.NotifyAll();
  }

  grpc::GenericStub stub_;
  EventQueue& events_;
  const producer::BatchStreamCallbacks callbacks_;
  grpc::ClientContext context_;
  Step started_;
  Step read_;
  Step written_;
  Step finished_;
  // Of the read under way, or just done.
  grpc::ByteBuffer answer_;

  // Held alone.
  Mutex mutex_;
  CondVar end_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_ ABSL_GUARDED_BY(mutex_);
  std::deque<grpc::ByteBuffer> to_write_ ABSL_GUARDED_BY(mutex_);
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
  bool has_started_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_finishing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

std::unique_ptr<producer::BatchStream> OpenBatchStream(std::shared_ptr<grpc::Channel> channel,
                                                       EventQueue& events,
                                                       producer::BatchStreamCallbacks callbacks) {
  return std::make_unique<GrpcBatchStream>(std::move(channel), events, std::move(callbacks));
}

}  // namespace penstock::rpc
