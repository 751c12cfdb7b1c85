// Paging over the shards of a stream: pages, and ListShards' next_token.
//
// The token holds the stream's id, not its name: after a stream is deleted and made again the old
// tokens find nothing, where the name would continue in the wrong stream. Pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "broker/stream/shard_filter.h"
#include "broker/stream/stream_snapshot.h"
#include "broker/token/token_codec.h"
#include "common/ids.h"

namespace penstock::broker {

struct ShardPage {
  std::shared_ptr<const StreamSnapshot> stream;
  // In order of index.
  std::vector<ShardInfo> shards;
  bool has_more = false;
  // ListShards only; empty on the last page.
  std::string next_token;
};

// Where a page begins.
struct ShardCursor {
  StreamId stream;
  uint64_t from_index = 0;
  ShardFilter filter;
};

// The first index after shard `exclusive_start_shard_id`, which need not exist; 0 if it is empty.
// INVALID_ARGUMENT if it is no shard id.
absl::StatusOr<uint64_t> FirstIndexAfter(std::string_view exclusive_start_shard_id);

// Up to `limit` shards from that index on that the filter lets through.
ShardPage PageOfShards(std::shared_ptr<const StreamSnapshot> stream, uint64_t from_index,
                       const ShardFilter& filter, uint32_t limit);

std::string SealCursor(const TokenCodec& tokens, const ShardCursor& cursor);
// INVALID_ARGUMENT if it is no next_token of this broker; FAILED_PRECONDITION (EXPIRED_NEXT_TOKEN)
// if it is older than kNextTokenLifetimeMs.
absl::StatusOr<ShardCursor> OpenCursor(const TokenCodec& tokens, std::string_view next_token,
                                       int64_t now_ms);

}  // namespace penstock::broker
