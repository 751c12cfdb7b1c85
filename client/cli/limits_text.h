// What a shard takes and gives a second, as the command line says it. Pure functions;
// INVALID_ARGUMENT names the part that is wrong.
//
//   kinesis                                 1,000 records and 1 MiB in, 2 MiB and 5 calls out
//   unlimited                               no limit but the machine's
//   records=500,bytes=1MiB                  numbers of one's own; what is left out is not limited
//     records  records put       burst       bytes that may be put at once after a pause
//     bytes    bytes put         read-bytes  bytes got        read-calls  calls of GetRecords
//
// Byte counts are plain or with KiB, MiB or GiB.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "penstock/streams.h"

namespace penstock::cli {

absl::StatusOr<StreamLimits> ParseLimits(std::string_view text);

// As ParseLimits takes it.
std::string FormatLimits(const StreamLimits& limits);

}  // namespace penstock::cli
