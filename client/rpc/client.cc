#include "penstock/client.h"

#include <random>

#include "absl/time/clock.h"

#include "client/rpc/client_impl.h"
#include "client/rpc/validate_options.h"
#include "common/status_macros.h"

namespace penstock {

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
  RETURN_IF_ERROR(rpc::Validate(options));
  return std::unique_ptr<Client>(new Client(std::make_unique<Impl>(options)));
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

absl::Status Client::WaitUntilConnected(absl::Duration timeout) {
  return impl_->WaitUntilConnected(timeout);
}

}  // namespace penstock
