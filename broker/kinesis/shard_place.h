// Places in a shard that a client names by a sequence number: read, and held against the stream
// and the shard that it names beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"

#include "broker/kinesis/kinesis_call.h"

namespace penstock::broker {

// The number in `text`; nothing if it is empty. INVALID_ARGUMENT, naming `field`: nobody gave it, or
// for another shard or stream; NOT_FOUND (STREAM_NOT_FOUND).
absl::StatusOr<std::optional<uint64_t>> ReadPlace(const KinesisCall& call,
                                                  std::string_view stream_name,
                                                  std::string_view field, std::string_view text,
                                                  std::string_view shard_id);

}  // namespace penstock::broker
