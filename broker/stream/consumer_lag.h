// ConsumerLagSource: how far a registered consumer is behind. The seam between the door that is
// asked (Consumers.DescribeConsumerLag) and the record plane, which knows where subscriptions are.
//
// Thread-safe. Answers on the calling thread, from memory but for the age of an old record that
// nobody has asked for yet: LIMIT: then a batch is read from disk, for each shard that is behind.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "common/ids.h"

namespace penstock::broker {

struct ShardLagInfo {
  ShardIndex shard;
  // The next record to be given to the consumer; absent where it has never subscribed to the shard.
  std::optional<SequenceNumber> next;
  // Records between there (or the trim horizon) and the tip.
  uint64_t records_behind = 0;
  // Age of the oldest of them; 0 at the tip.
  int64_t millis_behind = 0;
  bool subscribed = false;
};

class ConsumerLagSource {
 public:
  virtual ~ConsumerLagSource() = default;

  // In order of shard, without those that the consumer has read to their end. INVALID_ARGUMENT;
  // NOT_FOUND (STREAM_NOT_FOUND, CONSUMER_NOT_FOUND).
  virtual absl::StatusOr<std::vector<ShardLagInfo>> Lag(std::string_view stream_name,
                                                        std::string_view consumer_name) = 0;
};

}  // namespace penstock::broker
