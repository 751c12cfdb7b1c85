// A door to Producer::Impl, which is private to Producer: producers on a transport of the test's.
#pragma once

#include <memory>
#include <utility>

#include "absl/status/statusor.h"

#include "client/producer/producer_impl.h"
#include "common/clock.h"
#include "tests/unit/client/producer/batch_broker.h"

namespace penstock {

struct ProducerTestPeer {
  static absl::StatusOr<std::unique_ptr<Producer>> Create(const ProducerOptions& options,
                                                          testing::BatchBroker& broker) {
    return Producer::Impl::Create(options, broker.MakeTransport(options.client.connection_count),
                                  SystemClock::Get());
  }
  static absl::StatusOr<std::unique_ptr<Producer>> Create(
      const ProducerOptions& options, std::unique_ptr<producer::Transport> transport) {
    return Producer::Impl::Create(options, std::move(transport), SystemClock::Get());
  }
};

}  // namespace penstock
