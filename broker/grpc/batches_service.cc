#include "broker/grpc/batches_service.h"

#include <vector>

#include "broker/grpc/batches_wire.h"
#include "broker/grpc/unary_call.h"

namespace penstock::broker {

using ::grpc::ByteBuffer;
using ::grpc::CallbackServerContext;

::grpc::ServerUnaryReactor* BatchesService::GetShardMap(CallbackServerContext* context,
                                                        const v1::GetShardMapRequest* request,
                                                        v1::ShardMap* response) {
  const absl::StatusOr<std::shared_ptr<const StreamSnapshot>> stream =
      plane_.FindStream(request->stream_name());
  if (stream.ok()) *response = ToShardMap(**stream);
  return FinishNow(context, stream.status());
}

::grpc::ServerBidiReactor<ByteBuffer, ByteBuffer>* BatchesService::PutBatches(
    CallbackServerContext*) {
  const std::shared_ptr<PutBatchesReactor> call =
      PutBatchesReactor::Make(plane_, limits_, [this](PutBatchesReactor* done) { OnDone(done); });
  bool stopped = false;
  {
    MutexLock lock(mutex_);
    calls_.emplace(call.get(), call);
    stopped = stopped_;
  }
  if (stopped) call->Stop();
  call->Begin();
  return call.get();
}

void BatchesService::Stop() {
  std::vector<std::shared_ptr<PutBatchesReactor>> calls;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    calls.reserve(calls_.size());
    for (const auto& [key, call] : calls_) calls.push_back(call);
  }
  for (const std::shared_ptr<PutBatchesReactor>& call : calls) call->Stop();
}

void BatchesService::OnDone(PutBatchesReactor* call) {
  MutexLock lock(mutex_);
  calls_.erase(call);
}

}  // namespace penstock::broker
