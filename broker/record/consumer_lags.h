// ConsumerLags: how far registered consumers are behind, from their positions and the log.
//
// A shard that a consumer was never given anything of counts from its trim horizon. A closed shard
// with nothing left for the consumer is left out. How old the oldest record not given is, is in the
// header of its batch: read once, and remembered, as it never changes; recent batches are in
// memory, others are read from disk.
//
// Thread-safe. What the options refer to outlives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

#include "broker/metrics/lag_source.h"
#include "broker/record/consumer_key.h"
#include "broker/record/consumer_positions.h"
#include "broker/record/subscriptions.h"
#include "broker/stream/consumer_lag.h"
#include "broker/stream/stream_snapshot.h"
#include "common/clock.h"
#include "common/ids.h"
#include "common/mutex.h"
#include "storage/shard_log.h"

namespace penstock::broker {

struct ConsumerLagsOptions {
  const StreamDirectory& directory;
  storage::ShardLog& log;
  const Clock& clock;
  const ConsumerPositions& positions;
  const Subscriptions& subscriptions;
  // All streams, for Lags.
  std::function<std::vector<std::shared_ptr<const StreamSnapshot>>()> streams;
};

class ConsumerLags final : public ConsumerLagSource, public LagSource {
 public:
  // Arrival times remembered; past it they are forgotten and read again.
  static constexpr size_t kArrivalsMax = 65'536;

  explicit ConsumerLags(ConsumerLagsOptions options) : options_(std::move(options)) {}

  // Also errors of the log's reads, e.g. DATA_LOSS (CORRUPT_RECORDS).
  absl::StatusOr<std::vector<ShardLagInfo>> Lag(std::string_view stream_name,
                                                std::string_view consumer_name) override;

  // Of all consumers of all streams that serve. A shard whose lag cannot be told is left out.
  std::vector<ConsumerLag> Lags() override;

 private:
  // Nothing: the consumer has read the shard to its end.
  absl::StatusOr<std::optional<ShardLagInfo>> LagOf(const StreamSnapshot& stream,
                                                    const ShardInfo& shard,
                                                    const ConsumerKey& consumer);
  // When the record arrived.
  absl::StatusOr<int64_t> ArrivalOf(const ShardKey& shard, SequenceNumber number)
      ABSL_LOCKS_EXCLUDED(mutex_);

  const ConsumerLagsOptions options_;

  Mutex mutex_;
  absl::flat_hash_map<std::pair<ShardKey, SequenceNumber>, int64_t> arrivals_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
