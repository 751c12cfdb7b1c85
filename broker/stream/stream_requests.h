// What callers of the control plane ask for, and the rules on it: every limit of the stream
// operations is checked here, for every door.
//
// Plain values and pure functions. All errors are INVALID_ARGUMENT and name the field (FieldOf
// too), the value and the limit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/stream/shard_filter.h"
#include "broker/stream/stream_config.h"
#include "broker/stream/tags.h"

namespace penstock::broker {

// Zeros stand for the defaults, as in penstock.v1.
struct CreateStreamSpec {
  std::string name;
  uint32_t shard_count = 0;
  uint32_t max_record_size_in_kib = 0;
  // One of the two.
  uint32_t retention_period_hours = 0;
  uint32_t retention_period_minutes = 0;
  StreamMode mode{};
  uint32_t warm_throughput_mibps = 0;
  std::optional<StreamLimits> limits = std::nullopt;
  std::vector<Tag> tags = {};
};

// What a new stream is made from: a CreateStreamSpec that keeps to all limits.
struct NewStreamSettings {
  // Without an id, and with no shards yet.
  StreamConfig config;
  uint32_t shard_count = 0;
};

struct DeleteStreamSpec {
  std::string name;
  // Its consumers are deleted with it.
  bool enforce_consumer_deletion = false;
};

// Either next_token or exclusive_start_stream_name, or neither for the first page.
struct ListStreamsQuery {
  uint32_t limit = 0;
  // The page begins after this name.
  std::string exclusive_start_stream_name = {};
  std::string next_token = {};
};

struct DescribeStreamQuery {
  std::string stream_name;
  uint32_t limit = 0;
  std::string exclusive_start_shard_id;
};

// Either next_token, or stream_name with what it needs.
struct ListShardsQuery {
  std::string stream_name = {};
  std::string next_token = {};
  uint32_t max_results = 0;
  std::string exclusive_start_shard_id = {};
  std::optional<ShardFilterSpec> filter = std::nullopt;
  // Of the stream that is meant, where another may have got its name.
  std::optional<int64_t> stream_creation_timestamp_ms = std::nullopt;
};

// INVALID_ARGUMENT where next_token comes with anything but max_results, or the filter is wrong.
absl::Status CheckListShards(const ListShardsQuery& query, int64_t now_ms);

// 1 to 128 of letters, digits, '_', '.', '-' (Kinesis API, StreamName). `field` names it in the
// error.
absl::Status CheckStreamName(std::string_view name, std::string_view field = "stream_name");

// STREAM_NOT_ACTIVE, naming the stream and its status.
absl::Status NotActive(const StreamConfig& config);

// NOT_FOUND (STREAM_NOT_FOUND) if the stream was created at another time than the one given.
absl::Status CheckCreationTime(const StreamConfig& config,
                               std::optional<int64_t> stream_creation_timestamp_ms);

// `spec` with the defaults put in, if it keeps to all limits. `committed`: the account's minimum
// throughput commitment, which warm throughput needs, is in force.
absl::StatusOr<NewStreamSettings> ResolveCreateStream(CreateStreamSpec spec, bool committed);

// `given`, or `value_if_zero`; at most kPageMax.
absl::StatusOr<uint32_t> ResolvePageSize(std::string_view field, uint32_t given,
                                         uint32_t value_if_zero);

}  // namespace penstock::broker
