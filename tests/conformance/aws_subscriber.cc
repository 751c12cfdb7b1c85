#include "tests/conformance/aws_subscriber.h"

#include <cstddef>

#include <catch2/catch_test_macros.hpp>

#include "broker/aws/event_stream.h"

namespace penstock::conformance {
namespace {

constexpr size_t kLengthBytes = 4;

size_t LengthOf(std::string_view bytes) {
  size_t length = 0;
  for (size_t i = 0; i < kLengthBytes; ++i)
    length = length << 8 | static_cast<unsigned char>(bytes[i]);
  return length;
}

}  // namespace

std::string WireEvent::Header(std::string_view name) const {
  for (const auto& [header, value] : headers) {
    if (header == name) return value;
  }
  return "";
}

testing::HttpAnswer AwsSubscriber::Subscribe(const testing::HttpClientFields& fields,
                                             std::string_view body) {
  client_.Send(testing::HttpClient::PostHead("/", fields, body.size()));
  client_.Send(body);
  testing::HttpAnswer answer = client_.Receive(/*body_expected=*/false);
  if (answer.status != 200) client_.ReceiveBody(&answer);
  return answer;
}

bool AwsSubscriber::ReceiveAtLeast(size_t bytes) {
  while (received_.size() < bytes) {
    const std::string chunk = client_.ReceiveChunk();
    if (chunk.empty()) return false;
    received_ += chunk;
  }
  return true;
}

WireEvent AwsSubscriber::Next() {
  if (!ReceiveAtLeast(kLengthBytes)) return {};
  const size_t length = LengthOf(received_);
  REQUIRE(ReceiveAtLeast(length));
  const std::string frame = received_.substr(0, length);
  received_.erase(0, length);
  const auto message = broker::DecodeEventStreamMessage(frame);
  INFO(message.status());
  REQUIRE(message.ok());
  WireEvent event;
  for (const auto& header : message->headers) event.headers.emplace_back(header.name, header.value);
  event.payload = std::string(message->payload);
  return event;
}

}  // namespace penstock::conformance
