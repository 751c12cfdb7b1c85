// What the client says about registered consumers, each with read capacity of its own: plain
// values, owned by whoever holds them. The names are those of Amazon Kinesis Data Streams, which
// calls it enhanced fan-out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace penstock {

enum class ConsumerState {
  // A state that this client does not know: the broker is newer.
  kUnknown,
  kCreating,
  kDeleting,
  kActive,
};

// "CREATING", "DELETING", "ACTIVE" or "UNKNOWN".
std::string_view ConsumerStateName(ConsumerState state);

struct ConsumerDescription {
  std::string consumer_name;
  ConsumerState state = ConsumerState::kUnknown;
  // Tells apart consumers of one name, registered one after the other.
  absl::Time creation_time;
  std::string stream_name;
};

struct ListStreamConsumersOptions {
  // From the page before, valid for five minutes; then stream_name must be empty.
  std::string next_token = {};
  std::string stream_name = {};
  // Consumers a page, 1 to 10,000; 0 stands for 100.
  uint32_t max_results = 0;
};

// A page of consumers in order of name. `next_token` is empty on the last one.
struct ConsumerListPage {
  std::vector<ConsumerDescription> consumers;
  std::string next_token;
};

// How far a consumer is behind in one shard.
struct ShardLag {
  std::string shard_id;
  // The next record to be given to the consumer; absent where it has never subscribed to the shard.
  std::optional<uint64_t> next_sequence_number;
  // Records between there, or the trim horizon, and the tip.
  uint64_t records_behind_latest = 0;
  // Age of the oldest of them; zero at the tip.
  absl::Duration behind_latest;
  bool is_subscribed = false;
};

struct ConsumerLag {
  // In order of shard id; those that are read to their end are left out.
  std::vector<ShardLag> shards;
  // Sum and largest of the above.
  uint64_t records_behind_latest = 0;
  absl::Duration behind_latest;
};

}  // namespace penstock
