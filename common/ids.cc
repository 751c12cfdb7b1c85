#include "common/ids.h"

#include <algorithm>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "common/error.h"

namespace penstock {
namespace {

constexpr std::string_view kShardIdPrefix = "shardId-";
constexpr size_t kShardIdDigits = 12;

}  // namespace

std::string FormatShardId(ShardIndex shard) {
  return absl::StrFormat("shardId-%012u", shard.value());
}

absl::StatusOr<ShardIndex> ParseShardId(std::string_view text) {
  uint64_t number = 0;
  const std::string_view digits =
      text.starts_with(kShardIdPrefix) ? text.substr(kShardIdPrefix.size()) : std::string_view();
  const bool all_digits =
      std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits.size() != kShardIdDigits || !all_digits ||
      !absl::SimpleAtoi(absl::string_view(digits.data(), digits.size()), &number) ||
      number > std::numeric_limits<uint32_t>::max()) {
    return MakeError(
        ErrorReason::kInvalidArgument,
        absl::StrCat("shard_id '", Excerpt(text), "' is not of the form shardId-000000000000"));
  }
  return ShardIndex(static_cast<uint32_t>(number));
}

std::string ToString(const ShardKey& key) {
  return absl::StrCat(key.stream.value(), "/", FormatShardId(key.shard));
}

}  // namespace penstock
