// BatchesService: penstock.v1.Batches in front of a RecordPlane, and the registry of the PutBatches
// calls that are open.
//
// PutBatches takes and gives raw bytes (put_batches_reactor.h): a call stays open as long as its
// producer likes, so that a broker which stops has to end it. Thread-safe. The plane must outlive
// the service, and the server must have stopped before either goes.
#pragma once

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "broker/grpc/put_batches_reactor.h"
#include "broker/record/record_plane.h"
#include "common/mutex.h"
#include "penstock/v1/batches.grpc.pb.h"

namespace penstock::broker {

// The generated service with PutBatches in its raw form.
using RawBatchesService = v1::Batches::WithCallbackMethod_GetShardMap<
    v1::Batches::WithRawCallbackMethod_PutBatches<v1::Batches::Service>>;

class BatchesService final : public RawBatchesService {
 public:
  explicit BatchesService(RecordPlane& plane, const PutBatchesLimits& limits = {})
      : plane_(plane), limits_(limits) {}

  ::grpc::ServerUnaryReactor* GetShardMap(::grpc::CallbackServerContext* context,
                                          const v1::GetShardMapRequest* request,
                                          v1::ShardMap* response) override;
  ::grpc::ServerBidiReactor<::grpc::ByteBuffer, ::grpc::ByteBuffer>* PutBatches(
      ::grpc::CallbackServerContext* context) override ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends all PutBatches, and those that come, with SHUTTING_DOWN when what they have under way is
  // answered; does not wait for that. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void OnDone(PutBatchesReactor* call) ABSL_LOCKS_EXCLUDED(mutex_);

  RecordPlane& plane_;
  const PutBatchesLimits limits_;

  // Guards the registry. Not held while a call is told anything.
  Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<PutBatchesReactor*, std::shared_ptr<PutBatchesReactor>> calls_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
