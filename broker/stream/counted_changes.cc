#include "broker/stream/counted_changes.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"

#include "common/error.h"

namespace penstock::broker {
namespace {

struct Allowance {
  uint32_t max;
  std::string_view what;
};

Allowance AllowanceOf(CountedChange change) {
  switch (change) {
    case CountedChange::kShardCount:
      return {kShardCountChangesMax, "changes of the shard count"};
    case CountedChange::kMode:
      return {kModeChangesMax, "changes of the mode"};
    case CountedChange::kEncryptionStart:
      return {kEncryptionChangesMax, "starts of encryption"};
    case CountedChange::kEncryptionStop:
      break;
  }
  return {kEncryptionChangesMax, "stops of encryption"};
}

}  // namespace

absl::Status CountChange(CountedChange change, int64_t now_ms, StreamConfig& config) {
  if (config.limits.profile != StreamLimits::Profile::kKinesis) return absl::OkStatus();
  std::vector<ChangeRecord>& changes = config.changes;
  changes.erase(std::remove_if(changes.begin(), changes.end(),
                               [&](const ChangeRecord& record) {
                                 return record.timestamp_ms <= now_ms - kCountedChangesWindowMs;
                               }),
                changes.end());
  const Allowance allowance = AllowanceOf(change);
  const auto made = std::count_if(changes.begin(), changes.end(), [&](const ChangeRecord& record) {
    return record.change == change;
  });
  if (made >= allowance.max) {
    return MakeError(
        ErrorReason::kLimitExceeded,
        absl::StrCat("stream ", config.name, " had ", made, " ", std::string(allowance.what),
                     " in the last 24 hours; there may be no more than ", allowance.max));
  }
  changes.push_back({change, now_ms});
  return absl::OkStatus();
}

}  // namespace penstock::broker
