// BrokerUnderTest: a broker in this process, with a folder, a clock and a key ring of its own.
//
// The clock stands still unless the test moves it, so that the same calls leave the same times
// behind. Used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <grpcpp/channel.h>

#include "broker/app/broker.h"
#include "common/clock.h"
#include "tests/support/temporary_folder.h"

namespace penstock::conformance {

// What the key ring holds of the key "main", which is its default.
enum class MainKey { kEnabled, kDisabled, kAbsent };

class BrokerUnderTest {
 public:
  // `credentials`: the credentials file; empty: no signature is verified.
  explicit BrokerUnderTest(const std::string& credentials = "");

  ManualClock& clock() { return clock_; }
  uint16_t kinesis_port() const { return broker_->kinesis_address()->port; }
  const std::shared_ptr<::grpc::Channel>& channel() const { return channel_; }

  // The ring has "other" (enabled) and "off" (disabled) besides. Seen when the clock has gone on by
  // a minute.
  void SetMainKey(MainKey state, unsigned file_mode = 0600);

  // Waits until no stream is being created, changed or deleted.
  void Settle();

 private:
  // In the folder; readable for others as `mode` says.
  std::string WriteFile(const std::string& name, const std::string& text, unsigned mode) const;

  testing::TemporaryFolder folder_;
  ManualClock clock_{1'750'000'000'000};
  std::unique_ptr<broker::Broker> broker_;
  std::shared_ptr<::grpc::Channel> channel_;
};

}  // namespace penstock::conformance
