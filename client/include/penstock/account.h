// What the client says about the broker as a whole, where Kinesis speaks of an account: plain
// values, owned by whoever holds them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"

namespace penstock {

// Of all streams together.
struct AccountLimits {
  uint32_t shard_limit = 0;
  uint32_t open_shard_count = 0;
  uint32_t on_demand_stream_count = 0;
  uint32_t on_demand_stream_count_limit = 0;
};

enum class CommitmentStatus {
  // A status that this client does not know: the broker is newer.
  kUnknown,
  kEnabled,
  kDisabled,
  // It was disabled within 24 hours and ends when they have gone by.
  kEnabledUntilEarliestAllowedEnd,
};

// "ENABLED", "DISABLED", "ENABLED_UNTIL_EARLIEST_ALLOWED_END" or "UNKNOWN".
std::string_view CommitmentStatusName(CommitmentStatus status);

// Kinesis' minimum throughput billing commitment. There is no bill here: it allows warm throughput,
// and 50 registered consumers a stream instead of 20.
struct ThroughputCommitment {
  CommitmentStatus status = CommitmentStatus::kUnknown;
  std::optional<absl::Time> started_at;
  std::optional<absl::Time> ended_at;
  std::optional<absl::Time> earliest_allowed_end_at;
};

struct AccountSettings {
  ThroughputCommitment throughput_commitment;
};

}  // namespace penstock
