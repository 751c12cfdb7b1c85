// PutBatchesReactor: one PutBatches on the wire: reads batches, hands them to the record plane one
// after another, and writes each one's answer when it is known.
//
//               in flight: from read to written, bounded
//   read ─▶ parse ─▶ RecordPlane::PutBatch ─▶ answer queued ─▶ write ─▶ written
//    ▲                    in the order of reading   in the order of completion     │
//    └──────────────────────── while there is room ───────────────────────────────┘
//
//   half-closed        reads no more; when all is answered: OK
//   malformed message  the same with INVALID_ARGUMENT
//   Stop               the same with UNAVAILABLE (SHUTTING_DOWN)
//   cancelled          ends at once; appends under way finish by themselves, unanswered
//
// Whoever does not take the answers is read from no longer: they count until they are written.
//
// At most one read and one write are under way. Owns itself from Start to OnDone; each batch under
// way, and whoever stops it, hold it too. Thread-safe as gRPC and the plane call it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "broker/record/record_plane.h"
#include "common/mutex.h"

namespace penstock::broker {

// Of one call, read and not answered; past it nothing is read, so that a message more may be there.
// Less lets a fast producer wait for the disk with the wire idle; more is memory.
inline constexpr size_t kPutBatchesBytesInFlightMax = size_t{32} << 20;
// The same in batches, each of which costs about a KiB beside its bytes.
inline constexpr size_t kPutBatchesInFlightMax = 4'096;

struct PutBatchesLimits {
  size_t bytes_in_flight_max = kPutBatchesBytesInFlightMax;
  size_t batches_in_flight_max = kPutBatchesInFlightMax;
};

class PutBatchesReactor final
    : public ::grpc::ServerBidiReactor<::grpc::ByteBuffer, ::grpc::ByteBuffer> {
 public:
  using DoneCallback = absl::AnyInvocable<void(PutBatchesReactor*) &&>;

  // `done` is called once, when gRPC is through with the call. Begin starts it.
  static std::shared_ptr<PutBatchesReactor> Make(RecordPlane& plane, const PutBatchesLimits& limits,
                                                 DoneCallback done);
  PutBatchesReactor(RecordPlane& plane, const PutBatchesLimits& limits, DoneCallback done)
      : plane_(plane), limits_(limits), done_(std::move(done)) {}

  // Reads the first batch, or ends where it has been stopped.
  void Begin() ABSL_LOCKS_EXCLUDED(mutex_);
  // Reads no more; ends with SHUTTING_DOWN when all that is under way is answered, unless the end
  // has come already. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  void OnReadDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnWriteDone(bool ok) override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnCancel() override ABSL_LOCKS_EXCLUDED(mutex_);
  void OnDone() override;

 private:
  struct Answer {
    uint64_t call_id = 0;
    size_t bytes = 0;
    PutBatchResult result;
  };

  // The read that is under way gave nothing, or nothing that counts.
  void EndReading(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnAnswered(Answer answer) ABSL_LOCKS_EXCLUDED(mutex_);
  // The first one counts.
  void SetEnd(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Does what is to be done next: writes, ends, reads. gRPC calls back from its own stack, never
  // from within StartRead, StartWrite and Finish, so that the lock may be held.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MayRead() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  RecordPlane& plane_;
  const PutBatchesLimits limits_;
  DoneCallback done_;
  std::shared_ptr<PutBatchesReactor> self_;
  // Of the read under way.
  ::grpc::ByteBuffer request_;

  // Not held while the plane is called.
  Mutex mutex_;
  // From StartRead until what was read is with the plane: batches reach it in their order.
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  // The caller takes no answers any more.
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  // Nothing more is read; this is how the call ends.
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t batches_in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  // Encoded when their turn has come: a map of shards may be large.
  std::deque<Answer> answers_ ABSL_GUARDED_BY(mutex_);
  // Of the write under way, and the bytes of the batch it answers.
  ::grpc::ByteBuffer response_ ABSL_GUARDED_BY(mutex_);
  size_t response_for_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace penstock::broker
