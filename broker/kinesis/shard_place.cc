#include "broker/kinesis/shard_place.h"

#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "broker/kinesis/sequence_text.h"
#include "broker/stream/request_checks.h"
#include "common/error.h"
#include "common/ids.h"
#include "common/status_macros.h"

namespace penstock::broker {

absl::StatusOr<std::string> ReadShardId(KinesisCall& call, std::string_view text) {
  call.SetShard(text);
  const size_t dash = text.find('-');
  const std::string_view digits = dash == std::string_view::npos ? text : text.substr(dash + 1);
  uint32_t index = 0;
  if (!absl::SimpleAtoi(absl::string_view(digits.data(), digits.size()), &index)) {
    return MakeError(ErrorReason::kShardNotFound,
                     absl::StrCat("shard '", Excerpt(text), "' not found"));
  }
  std::string shard_id = FormatShardId(ShardIndex(index));
  call.SetShard(shard_id);
  return shard_id;
}

absl::StatusOr<std::optional<uint64_t>> ReadPlace(const KinesisCall& call,
                                                  std::string_view stream_name,
                                                  std::string_view field, std::string_view text,
                                                  std::string_view shard_id) {
  if (text.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(const auto stream, call.catalog().Find(stream_name));
  ASSIGN_OR_RETURN(const PlacedSequenceNumber placed, ParseSequenceNumber(field, text));
  const std::string encoded = FormatShardId(placed.shard.shard);
  if (encoded != shard_id) {
    // The words of AWS, which people search for.
    return WithField(
        MakeError(
            ErrorReason::kInvalidArgument,
            absl::StrCat("Invalid ", std::string(field), ". It encodes ", encoded,
                         ", while it was used in a call to a shard with ", std::string(shard_id))),
        field);
  }
  if (placed.shard.stream != stream->config().id) {
    return InvalidField(
        field, absl::StrCat(std::string(text), " was given by another stream than ",
                            std::string(stream_name), ", or by one of that name that was deleted"));
  }
  return placed.number.value();
}

}  // namespace penstock::broker
