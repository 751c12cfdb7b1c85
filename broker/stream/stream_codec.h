// How a stream is stored: penstock.internal.v1.StoredStream.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "broker/stream/stream_snapshot.h"

namespace penstock::broker {

std::string EncodeStream(const StreamSnapshot& stream);

// DATA_LOSS (CORRUPT_RECORDS) naming the stream and what is wrong: bytes that do not parse, another
// name than `expected_name`, no id, an unknown status, or shards that are out of order or whose
// open ones do not tile all hash keys.
absl::StatusOr<std::shared_ptr<const StreamSnapshot>> DecodeStream(std::string_view expected_name,
                                                                   std::string_view stored);

}  // namespace penstock::broker
