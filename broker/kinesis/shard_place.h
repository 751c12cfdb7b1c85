// Places in a shard that a client names by a sequence number: read, and held against the stream
// and the shard that it names beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "broker/kinesis/kinesis_call.h"

namespace penstock::broker {

// The id of the shard that `text` names, in its one form. As on AWS, what follows the first '-', or
// the whole text, may be any way to write the number: "shardId-7", "7". NOT_FOUND (SHARD_NOT_FOUND)
// for everything else; the call is about that shard from then on.
absl::StatusOr<std::string> ReadShardId(KinesisCall& call, std::string_view text);

// The number in `text`; nothing if it is empty. INVALID_ARGUMENT, naming `field`: nobody gave it, or
// for another shard or stream; NOT_FOUND (STREAM_NOT_FOUND).
absl::StatusOr<std::optional<uint64_t>> ReadPlace(const KinesisCall& call,
                                                  std::string_view stream_name,
                                                  std::string_view field, std::string_view text,
                                                  std::string_view shard_id);

}  // namespace penstock::broker
