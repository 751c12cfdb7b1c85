// GetShardIterator: turns what a caller says of a place in a shard into a position.
//
// A closed shard has iterators as an open one does (Kinesis API, GetShardIterator): LATEST is its
// end. A place below the trim horizon is moved up to it. The shard's own starting and ending numbers
// are places too, whether or not a record has them: the ending number of a closed shard is its end,
// at it and after it. Thread-safe: no state between calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"

#include "broker/record/read_limiter.h"
#include "broker/record/shard_position.h"
#include "broker/stream/stream_snapshot.h"
#include "common/clock.h"
#include "storage/shard_log.h"

namespace penstock::broker {

// Values are those of penstock.v1.ShardIteratorType.
enum class ShardIteratorType {
  kUnspecified = 0,
  kAtSequenceNumber = 1,
  kAfterSequenceNumber = 2,
  kTrimHorizon = 3,
  kLatest = 4,
  kAtTimestamp = 5,
};

struct GetShardIteratorRequest {
  std::string_view stream_name;
  std::string_view shard_id;
  ShardIteratorType type = ShardIteratorType::kUnspecified;
  std::optional<uint64_t> starting_sequence_number;
  std::optional<int64_t> timestamp_ms;
  // Everything is checked, then the answer is DRY_RUN.
  bool dry_run = false;
};

struct ShardIteratorContext {
  const StreamDirectory& directory;
  storage::ShardLog& log;
  const Clock& clock;
  // Null: iterators are not limited.
  ReadLimiter* limiter = nullptr;
};

// Errors as RecordPlane::GetShardIterator. A call counts against the limit once its stream and
// shard are found, before anything is read for it; a dry run never does.
absl::StatusOr<ShardPosition> ResolveShardPosition(const ShardIteratorContext& context,
                                                   const GetShardIteratorRequest& request);

// The same in a stream that has been found, of which the request's name is not looked at.
// `type_field` is what the door calls the type.
absl::StatusOr<ShardPosition> ResolveShardPosition(const StreamSnapshot& stream,
                                                   storage::ShardLog& log, const Clock& clock,
                                                   const GetShardIteratorRequest& request,
                                                   std::string_view type_field);

}  // namespace penstock::broker
