// AwsSubscriber: one SubscribeToShard over HTTP/1.1: the head of the answer, then event by event.
//
// Events may be cut into chunks at any place. Blocking; used by one thread. Fails the test where the
// bytes are no event stream.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/http_client.h"

namespace penstock::conformance {

struct WireEvent {
  // Empty at the end of the stream.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string payload;

  // Empty if there is none.
  std::string Header(std::string_view name) const;
};

class AwsSubscriber {
 public:
  explicit AwsSubscriber(uint16_t port) : client_(port) {}

  // The head, and if it is an error, the body.
  testing::HttpAnswer Subscribe(const testing::HttpClientFields& fields, std::string_view body);
  WireEvent Next();

 private:
  bool ReceiveAtLeast(size_t bytes);

  testing::HttpClient client_;
  std::string received_;
};

}  // namespace penstock::conformance
