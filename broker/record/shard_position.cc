#include "broker/record/shard_position.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "common/error.h"
#include "common/limits.h"

namespace penstock::broker {
namespace {

constexpr size_t kPayloadBytes = 8 + 4 + 8;

void AppendLittleEndian(uint64_t value, size_t bytes, std::string* output) {
  for (size_t i = 0; i < bytes; ++i) output->push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

uint64_t LoadLittleEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string FormatMs(int64_t ms) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(ms), absl::UTCTimeZone());
}

absl::Status AboutIterator(absl::Status status) {
  return WithField(std::move(status), "shard_iterator");
}

}  // namespace

std::string SealShardIterator(const TokenCodec& tokens, const ShardPosition& position) {
  std::string payload;
  AppendLittleEndian(position.shard.stream.value(), 8, &payload);
  AppendLittleEndian(position.shard.shard.value(), 4, &payload);
  AppendLittleEndian(position.next.value(), 8, &payload);
  return tokens.Seal(TokenPurpose::kShardIterator, payload);
}

absl::StatusOr<ShardPosition> OpenShardIterator(const TokenCodec& tokens, const Clock& clock,
                                                std::string_view iterator) {
  const absl::StatusOr<TokenCodec::Opened> opened =
      tokens.Open(TokenPurpose::kShardIterator, iterator, ErrorReason::kInvalidIterator);
  if (!opened.ok()) return AboutIterator(opened.status());
  const std::string_view payload = opened->payload;
  if (payload.size() != kPayloadBytes) {
    return AboutIterator(MakeError(ErrorReason::kInvalidIterator,
                                   "shard_iterator was made by another version of the broker"));
  }
  const int64_t now_ms = clock.NowMs();
  if (now_ms - opened->issued_ms > kIteratorLifetimeMs) {
    // The words of Kinesis, which people search for.
    return AboutIterator(MakeError(
        ErrorReason::kExpiredIterator,
        absl::StrCat("iterator expired: it was created at time ", FormatMs(opened->issued_ms),
                     " while right now it is ", FormatMs(now_ms),
                     " which is further in the future than the tolerated delay of ",
                     kIteratorLifetimeMs, " milliseconds")));
  }
  return ShardPosition{{StreamId(LoadLittleEndian(payload.substr(0, 8))),
                        ShardIndex(static_cast<uint32_t>(LoadLittleEndian(payload.substr(8, 4))))},
                       SequenceNumber(LoadLittleEndian(payload.substr(12, 8)))};
}

}  // namespace penstock::broker
