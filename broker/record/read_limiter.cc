#include "broker/record/read_limiter.h"

namespace penstock::broker {
namespace {

class ShardReadLimiter final : public ReadLimiter {
 public:
  ShardReadLimiter(ShardLimiters& limiters, const Clock& clock)
      : limiters_(limiters), clock_(clock) {}

  absl::Status AdmitReadCall(const StreamConfig& stream, const ShardKey& shard) override {
    return limiters_.AdmitReadCall(LimitsOf(stream, shard), clock_.MonotonicMs());
  }
  void ChargeRead(const StreamConfig& stream, const ShardKey& shard, uint64_t bytes) override {
    limiters_.ChargeRead(LimitsOf(stream, shard), bytes, clock_.MonotonicMs());
  }
  absl::Status AdmitIteratorCall(const StreamConfig& stream, const ShardKey& shard) override {
    return limiters_.AdmitIteratorCall(LimitsOf(stream, shard), clock_.MonotonicMs());
  }
  int64_t ConsumerWaitMs(const StreamConfig& stream, const ShardKey& shard,
                         std::string_view consumer_name) override {
    return limiters_.ConsumerWaitMs(LimitsOf(stream, shard), consumer_name, clock_.MonotonicMs());
  }
  void ChargeConsumerRead(const StreamConfig& stream, const ShardKey& shard,
                          std::string_view consumer_name, uint64_t bytes) override {
    limiters_.ChargeConsumerRead(LimitsOf(stream, shard), consumer_name, bytes,
                                 clock_.MonotonicMs());
  }

 private:
  static LimitedShard LimitsOf(const StreamConfig& stream, const ShardKey& shard) {
    return {shard, stream.name, stream.limits};
  }

  ShardLimiters& limiters_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<ReadLimiter> MakeReadLimiter(ShardLimiters* limiters, const Clock& clock) {
  return limiters == nullptr ? nullptr : std::make_unique<ShardReadLimiter>(*limiters, clock);
}

}  // namespace penstock::broker
