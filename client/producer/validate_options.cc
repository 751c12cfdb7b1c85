#include "client/producer/validate_options.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "client/rpc/error_details.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::producer {
namespace {

absl::Status Invalid(const std::string& what) {
  return rpc::ToStatus({.reason = "INVALID_ARGUMENT", .message = what});
}

absl::Status CheckRange(const char* option, uint64_t value, uint64_t min, uint64_t max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return Invalid(absl::StrCat(option, " is ", value, "; it must be ", min, " to ", max));
}

absl::Status CheckAtLeast(const char* option, absl::Duration value, absl::Duration min) {
  if (value >= min) return absl::OkStatus();
  return Invalid(absl::StrCat(option, " is ", absl::FormatDuration(value), "; it must be at least ",
                              absl::FormatDuration(min)));
}

}  // namespace

absl::Status Validate(const ProducerOptions& options) {
  if (options.stream_name.empty()) return Invalid("stream_name is empty");
  RETURN_IF_ERROR(
      CheckRange("stream_name's length", options.stream_name.size(), 1, kStreamNameCharsMax));
  if (options.record_max_buffered_time < absl::ZeroDuration() ||
      options.record_max_buffered_time > absl::Seconds(60)) {
    return Invalid(absl::StrCat("record_max_buffered_time is ",
                                absl::FormatDuration(options.record_max_buffered_time),
                                "; it must be 0 to 60s"));
  }
  RETURN_IF_ERROR(
      CheckRange("collection_max_size", options.collection_max_size, 1 << 10, 15 << 20));
  RETURN_IF_ERROR(
      CheckRange("collection_max_count", options.collection_max_count, 1, kBatchRecordsMax));
  RETURN_IF_ERROR(
      CheckRange("aggregation_max_count", options.aggregation_max_count, 1, kBatchRecordsMax));
  RETURN_IF_ERROR(CheckRange("aggregation_max_size", options.aggregation_max_size, 64, 10 << 20));
  RETURN_IF_ERROR(
      CheckRange("buffered_bytes_max", options.buffered_bytes_max, 1 << 20, uint64_t{64} << 30));
  RETURN_IF_ERROR(CheckRange("buffered_records_max", options.buffered_records_max, 1, 100'000'000));
  RETURN_IF_ERROR(CheckRange("batches_in_flight_max",
                             static_cast<uint64_t>(options.batches_in_flight_max), 1, 16));
  RETURN_IF_ERROR(CheckRange("rate_limit", options.rate_limit, 1, 1'000));
  RETURN_IF_ERROR(
      CheckAtLeast("request_timeout", options.request_timeout, absl::Milliseconds(100)));
  RETURN_IF_ERROR(CheckAtLeast("record_ttl", options.record_ttl, absl::Milliseconds(100)));
  if (options.record_ttl < options.record_max_buffered_time) {
    return Invalid(absl::StrCat("record_ttl is ", absl::FormatDuration(options.record_ttl),
                                "; it must be at least record_max_buffered_time, ",
                                absl::FormatDuration(options.record_max_buffered_time)));
  }
  return CheckAtLeast("metrics_interval", options.metrics_interval, absl::Seconds(1));
}

}  // namespace penstock::producer
