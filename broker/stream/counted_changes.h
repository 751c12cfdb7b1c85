// Changes that Kinesis allows so many of in 24 hours. Streams with the limits of Kinesis count
// them; the others do not, so that their list stays empty.
//
// Pure functions.
#pragma once

#include <cstdint>

#include "absl/status/status.h"

#include "broker/stream/stream_config.h"

namespace penstock::broker {

inline constexpr int64_t kCountedChangesWindowMs = 24 * 3'600'000;
// UpdateShardCount, UpdateStreamMode, StartStreamEncryption, StopStreamEncryption (Kinesis API).
inline constexpr uint32_t kShardCountChangesMax = 10;
inline constexpr uint32_t kModeChangesMax = 2;
inline constexpr uint32_t kEncryptionChangesMax = 25;

// Notes one more in `config.changes`, from which it takes what is older than the window.
// RESOURCE_EXHAUSTED (LIMIT_EXCEEDED) naming the stream and the limit where it would be one too
// many; OK without a note where the stream has other limits than those of Kinesis.
absl::Status CountChange(CountedChange change, int64_t now_ms, StreamConfig& config);

}  // namespace penstock::broker
