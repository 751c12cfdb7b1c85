// Points in time as the command line takes and gives them. Pure functions; INVALID_ARGUMENT says
// what is accepted.
//
//   2026-01-31T12:00:00Z, 2026-01-31T12:00:00.5+01:00     ISO 8601
//   2026-01-31T12:00:00, 2026-01-31                       the same in UTC
//   1769860800000                                         milliseconds since 1970-01-01 UTC
//   -10s, -30m, -1h, -7d                                  before now
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "penstock/records.h"

namespace penstock::cli {

absl::StatusOr<absl::Time> ParseTimestamp(std::string_view text, absl::Time now);

// "2026-01-31T12:00:00.123Z".
std::string FormatTimestamp(absl::Time time);

// A length of time of whole minutes: "30m", "48h", "7d".
absl::StatusOr<absl::Duration> ParsePeriod(std::string_view text);
// "90 minutes", "24 hours", "7 days": the largest unit of which it is a whole number, days from two
// on.
std::string FormatPeriod(absl::Duration period);
// How far behind: "0 s", "1.5 s", "12 min", "3.2 h", "4.1 d".
std::string FormatAge(absl::Duration age);

// Where reading begins: trim-horizon, latest, at:NUMBER, after:NUMBER, or a point in time.
absl::StatusOr<IteratorPosition> ParsePosition(std::string_view text, absl::Time now);

}  // namespace penstock::cli
