#include "client/rpc/batch_transport.h"

#include <random>
#include <string>
#include <utility>

#include "absl/time/clock.h"

#include "client/rpc/batch_stream.h"
#include "client/rpc/call_context.h"
#include "client/rpc/channel_pool.h"
#include "client/rpc/completion_threads.h"
#include "client/rpc/convert_batches.h"
#include "client/rpc/methods.h"
#include "client/rpc/unary_call.h"
#include "client/rpc/validate_options.h"
#include "common/status_macros.h"

namespace penstock::rpc {
namespace {

// How long the shard map may take before the producer is told that nobody answers.
constexpr absl::Duration kShardMapTimeout = absl::Seconds(5);

class BatchTransport final : public producer::Transport {
 public:
  explicit BatchTransport(const ClientOptions& options)
      : channels_(options.endpoint, options.connection_count),
        threads_(1),
        context_{channels_,
                 threads_,
                 outstanding_,
                 {options.retry_delay_initial, options.retry_delay_max},
                 [](absl::Duration time) { absl::SleepFor(time); },
                 {options.retry_seed.has_value() ? *options.retry_seed : std::random_device()()}} {}

  ~BatchTransport() override {
    outstanding_.CancelAllAndWait();
    threads_.Stop();
  }

  void GetShardMap(const std::string& stream_name, ShardMapCallback done) override {
    v1::GetShardMapRequest request;
    request.set_stream_name(stream_name);
    using MethodType = std::decay_t<decltype(kGetShardMap)>;
    CallAsync<MethodType>(
        context_,
        {kGetShardMap, std::move(request), stream_name, kShardMapTimeout, kGetShardMap.kind},
        [done = std::move(done)](absl::StatusOr<v1::ShardMap> map) mutable {
          if (!map.ok()) return done(std::move(map).status());
          done(FromShardMap(*map));
        });
  }

  std::unique_ptr<producer::BatchStream> Open(int connection,
                                              producer::BatchStreamCallbacks callbacks) override {
    return OpenBatchStream(channels_.channel(connection), threads_.Next(), std::move(callbacks));
  }

  int connection_count() const override { return channels_.connection_count(); }

 private:
  ChannelPool channels_;
  CompletionThreads threads_;
  OutstandingCalls outstanding_;
  CallContext context_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<producer::Transport>> MakeBatchTransport(
    const ClientOptions& options) {
  RETURN_IF_ERROR(Validate(options));
  return std::make_unique<BatchTransport>(options);
}

}  // namespace penstock::rpc
