#include "broker/stream/shard_paging.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/stream/page_token.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

// Payload, little-endian: stream id (8 bytes), first index of the page (8), the filter's moment (8),
// its kind (1).
constexpr size_t kPayloadBytes = 25;

bool IsKind(char byte) {
  return byte >= static_cast<char>(ShardFilter::Kind::kFrom) &&
         byte <= static_cast<char>(ShardFilter::Kind::kOpen);
}

void PutFixed64(std::string* out, uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) out->push_back(static_cast<char>(value >> shift));
}

uint64_t GetFixed64(const char* bytes) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return value;
}

}  // namespace

absl::StatusOr<uint64_t> FirstIndexAfter(std::string_view exclusive_start_shard_id) {
  if (exclusive_start_shard_id.empty()) return uint64_t{0};
  const absl::StatusOr<ShardIndex> index = ParseShardId(exclusive_start_shard_id);
  if (!index.ok()) {
    return WithField(
        MakeError(ErrorReason::kInvalidArgument,
                  absl::StrCat("exclusive_start_shard_id '", Excerpt(exclusive_start_shard_id),
                               "' is not \"shardId-\" and twelve digits")),
        "exclusive_start_shard_id");
  }
  return uint64_t{index->value()} + 1;
}

ShardPage PageOfShards(std::shared_ptr<const StreamSnapshot> stream, uint64_t from_index,
                       const ShardFilter& filter, uint32_t limit) {
  const std::vector<ShardInfo>& shards = stream->shards();
  auto at = std::partition_point(
      shards.begin(), shards.end(),
      [from_index](const ShardInfo& shard) { return shard.index.value() < from_index; });
  ShardPage page;
  for (; at != shards.end(); ++at) {
    if (!filter.Matches(*at)) continue;
    page.has_more = page.shards.size() == limit;
    if (page.has_more) break;
    page.shards.push_back(*at);
  }
  page.stream = std::move(stream);
  return page;
}

std::string SealCursor(const TokenCodec& tokens, const ShardCursor& cursor) {
  std::string payload;
  PutFixed64(&payload, cursor.stream.value());
  PutFixed64(&payload, cursor.from_index);
  PutFixed64(&payload, static_cast<uint64_t>(cursor.filter.timestamp_ms));
  payload.push_back(static_cast<char>(cursor.filter.kind));
  return tokens.Seal(TokenPurpose::kListShards, payload);
}

absl::StatusOr<ShardCursor> OpenCursor(const TokenCodec& tokens, std::string_view next_token,
                                       int64_t now_ms) {
  ASSIGN_OR_RETURN(const std::string payload,
                   OpenPageToken(tokens, TokenPurpose::kListShards, next_token, now_ms));
  if (payload.size() != kPayloadBytes || !IsKind(payload.back())) {
    return WithField(
        MakeError(ErrorReason::kInvalidArgument, "next_token is not one of this broker's"),
        "next_token");
  }
  return ShardCursor{StreamId(GetFixed64(payload.data())),
                     GetFixed64(payload.data() + 8),
                     {static_cast<ShardFilter::Kind>(payload.back()),
                      static_cast<int64_t>(GetFixed64(payload.data() + 16))}};
}

}  // namespace penstock::broker
