#include "client/rpc/validate_options.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "client/rpc/channel_pool.h"
#include "client/rpc/error_status.h"
#include "common/status_macros.h"

namespace penstock::rpc {
namespace {

constexpr int kConnectionsMax = 64;
constexpr int kCallbackThreadsMax = 64;

absl::Status CheckRange(std::string_view option, int value, int max) {
  if (value >= 1 && value <= max) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat(std::string(option), " is ", value, "; it must be 1 to ", max));
}

}  // namespace

absl::Status Validate(const ClientOptions& options) {
  RETURN_IF_ERROR(ValidateEndpoint(options.endpoint));
  RETURN_IF_ERROR(CheckRange("connection_count", options.connection_count, kConnectionsMax));
  RETURN_IF_ERROR(
      CheckRange("callback_thread_count", options.callback_thread_count, kCallbackThreadsMax));
  if (options.call_timeout < absl::Milliseconds(1))
    return InvalidArgumentError("call_timeout is less than 1 ms");
  if (options.retry_delay_initial <= absl::ZeroDuration() ||
      options.retry_delay_max < options.retry_delay_initial)
    return InvalidArgumentError(
        "retry_delay_initial must be above zero and at most retry_delay_max");
  return absl::OkStatus();
}

}  // namespace penstock::rpc
