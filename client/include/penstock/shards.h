// What the client says about shards: plain values, owned by whoever holds them. The names are those
// of Amazon Kinesis Data Streams.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace penstock {

struct ShardDescription {
  // "shardId-" and twelve digits, numbered in order of creation.
  std::string shard_id;
  // The shard takes the hash keys from the first to the last, both included. Decimal, 0 to 2^128-1.
  std::string starting_hash_key;
  std::string ending_hash_key;
  uint64_t starting_sequence_number = 0;
  // Absent while the shard is open.
  std::optional<uint64_t> ending_sequence_number;
  // Empty for the shards that a stream was created with.
  std::string parent_shard_id;
  // The second parent of a merged shard; otherwise empty.
  std::string adjacent_parent_shard_id;
  absl::Time creation_time;
  // Absent while the shard is open.
  std::optional<absl::Time> closed_time;

  bool is_open() const { return !ending_sequence_number.has_value(); }
};

// A shard that goes on with the hash keys of one that has ended.
struct ChildShard {
  std::string shard_id;
  // One after a split, two after a merge. A child is to be read when all of them have ended.
  std::vector<std::string> parent_shards;
  // As in ShardDescription.
  std::string starting_hash_key;
  std::string ending_hash_key;
};

// Which shards of a stream are meant.
//
//   ShardFilter::FromTrimHorizon()   all whose records are kept: the default
//   ShardFilter::AtTrimHorizon()     those that were open at the trim horizon
//   ShardFilter::AtLatest()          the open ones
//   ShardFilter::AtTimestamp(t)      those that were open at `t`
//   ShardFilter::FromTimestamp(t)    those that were open at `t` or later
//   ShardFilter::AfterShardId(id)    those after a shard, which need not exist
class ShardFilter {
 public:
  enum class Kind {
    kFromTrimHorizon,
    kAtTrimHorizon,
    kAtLatest,
    kAtTimestamp,
    kFromTimestamp,
    kAfterShardId,
  };

  ShardFilter() = default;
  static ShardFilter FromTrimHorizon() { return ShardFilter(Kind::kFromTrimHorizon); }
  static ShardFilter AtTrimHorizon() { return ShardFilter(Kind::kAtTrimHorizon); }
  static ShardFilter AtLatest() { return ShardFilter(Kind::kAtLatest); }
  // Times are taken to the millisecond, rounded down; the broker refuses those in the future.
  static ShardFilter AtTimestamp(absl::Time time) { return ShardFilter(Kind::kAtTimestamp, time); }
  static ShardFilter FromTimestamp(absl::Time time) {
    return ShardFilter(Kind::kFromTimestamp, time);
  }
  static ShardFilter AfterShardId(std::string_view shard_id) {
    ShardFilter filter(Kind::kAfterShardId);
    filter.shard_id_ = std::string(shard_id);
    return filter;
  }

  Kind kind() const { return kind_; }
  // Meant with kAtTimestamp and kFromTimestamp.
  absl::Time timestamp() const { return timestamp_; }
  // Meant with kAfterShardId.
  const std::string& shard_id() const { return shard_id_; }

 private:
  explicit ShardFilter(Kind kind, absl::Time timestamp = {}) : kind_(kind), timestamp_(timestamp) {}

  Kind kind_ = Kind::kFromTrimHorizon;
  absl::Time timestamp_;
  std::string shard_id_;
};

struct ListShardsOptions {
  // From the page before, valid for five minutes; then stream_name and exclusive_start_shard_id
  // must be empty, and filter the default.
  std::string next_token = {};
  std::string stream_name = {};
  // The page begins after this shard; it need not exist. Empty: at the beginning.
  std::string exclusive_start_shard_id = {};
  // Shards a page, 1 to 10,000; 0 stands for 1,000.
  uint32_t max_results = 0;
  ShardFilter filter = {};
};

// A page of shards in order of id. `next_token` is empty on the last one.
struct ShardListPage {
  std::vector<ShardDescription> shards;
  std::string next_token;
};

struct UpdateShardCountResult {
  // Before the change.
  uint32_t current_shard_count = 0;
  uint32_t target_shard_count = 0;
};

}  // namespace penstock
