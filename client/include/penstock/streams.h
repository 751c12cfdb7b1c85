// What the client says about streams and shards: plain values, owned by whoever holds them. The
// names are those of Amazon Kinesis Data Streams.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace penstock {

enum class StreamState {
  // A state that this client does not know: the broker is newer.
  kUnknown,
  // Being created; records are not taken yet.
  kCreating,
  kActive,
  // Being resharded or reconfigured; records are taken and given.
  kUpdating,
  // Being deleted; its records are no longer to be had.
  kDeleting,
};

// "CREATING", "ACTIVE", "UPDATING", "DELETING" or "UNKNOWN".
std::string_view StreamStateName(StreamState state);

struct CreateStreamOptions {
  // 1 to 10,000.
  uint32_t shard_count = 1;
  // How long records are kept: 24 to 8,760 hours; 0 stands for the broker's default, 24.
  uint32_t retention_hours = 0;
  // Largest record, data and partition key together: 1,024 to 10,240 KiB; 0 stands for the broker's
  // default, 1,024.
  uint32_t record_kib_max = 0;
};

struct StreamListing {
  std::string stream_name;
  StreamState state = StreamState::kUnknown;
  absl::Time creation_time;
};

struct ListStreamsOptions {
  // The page begins after this name; it need not exist. Empty: at the beginning.
  std::string exclusive_start_stream_name = {};
  // Streams a page, 1 to 10,000; 0 stands for 100.
  uint32_t limit = 0;
};

// A page of streams in order of name.
struct StreamListPage {
  std::vector<StreamListing> streams;
  bool has_more = false;
};

struct StreamDescription {
  std::string stream_name;
  StreamState state = StreamState::kUnknown;
  absl::Time creation_time;
  uint32_t retention_hours = 0;
  uint32_t open_shard_count = 0;
  // Largest record, data and partition key together.
  uint32_t record_kib_max = 0;
  // Tells a stream from one of the same name that was deleted before it.
  uint64_t stream_id = 0;
};

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

  bool is_open() const { return !ending_sequence_number.has_value(); }
};

struct DescribeStreamOptions {
  // The page begins after this shard; it need not exist. Empty: at the beginning.
  std::string exclusive_start_shard_id = {};
  // Shards a page, 1 to 10,000; 0 stands for 100.
  uint32_t limit = 0;
};

// A stream and a page of its shards.
struct StreamPage {
  StreamDescription stream;
  std::vector<ShardDescription> shards;
  bool has_more_shards = false;
};

struct ListShardsOptions {
  // From the page before, valid for five minutes; then stream_name and exclusive_start_shard_id
  // must be empty.
  std::string next_token = {};
  std::string stream_name = {};
  // The page begins after this shard; it need not exist. Empty: at the beginning.
  std::string exclusive_start_shard_id = {};
  // Shards a page, 1 to 10,000; 0 stands for 1,000.
  uint32_t max_results = 0;
};

// A page of shards in order of id. `next_token` is empty on the last one.
struct ShardListPage {
  std::vector<ShardDescription> shards;
  std::string next_token;
};

}  // namespace penstock
