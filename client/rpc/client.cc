#include "penstock/client.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "client/rpc/client_impl.h"
#include "client/rpc/error_status.h"
#include "common/status_macros.h"

namespace penstock {
namespace {

constexpr int kConnectionsMax = 64;
constexpr int kCallbackThreadsMax = 64;

absl::Status CheckRange(std::string_view option, int value, int max) {
  if (value >= 1 && value <= max) return absl::OkStatus();
  return rpc::InvalidArgumentError(
      absl::StrCat(std::string(option), " is ", value, "; it must be 1 to ", max));
}

absl::Status Validate(const ClientOptions& options) {
  RETURN_IF_ERROR(rpc::ValidateEndpoint(options.endpoint));
  RETURN_IF_ERROR(CheckRange("connection_count", options.connection_count, kConnectionsMax));
  RETURN_IF_ERROR(
      CheckRange("callback_thread_count", options.callback_thread_count, kCallbackThreadsMax));
  if (options.call_timeout < absl::Milliseconds(1))
    return rpc::InvalidArgumentError("call_timeout is less than 1 ms");
  if (options.retry_delay_initial <= absl::ZeroDuration() ||
      options.retry_delay_max < options.retry_delay_initial)
    return rpc::InvalidArgumentError(
        "retry_delay_initial must be above zero and at most retry_delay_max");
  return absl::OkStatus();
}

}  // namespace

Client::Impl::Impl(const ClientOptions& options)
    : call_timeout_(options.call_timeout),
      channels_(options.endpoint, options.connection_count),
      threads_(options.callback_thread_count),
      context_{channels_,
               threads_,
               outstanding_,
               {options.retry_delay_initial, options.retry_delay_max},
               options.sleep ? options.sleep : [](absl::Duration time) { absl::SleepFor(time); },
               {options.retry_seed.has_value() ? *options.retry_seed : std::random_device()()}} {}

Client::Impl::~Impl() {
  outstanding_.CancelAllAndWait();
  threads_.Stop();
}

absl::StatusOr<std::unique_ptr<Client>> Client::Connect(const ClientOptions& options) {
  RETURN_IF_ERROR(Validate(options));
  return std::unique_ptr<Client>(new Client(std::make_unique<Impl>(options)));
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

absl::Status Client::WaitUntilConnected(absl::Duration timeout) {
  return impl_->WaitUntilConnected(timeout);
}

}  // namespace penstock
