#include "broker/aws/event_stream.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include <catch2/catch_test_macros.hpp>
#include <zlib.h>

namespace penstock::broker {
namespace {

std::string BigEndian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

std::string Crc(const std::string& bytes) {
  const auto crc = ::crc32(0, reinterpret_cast<const unsigned char*>(bytes.data()),
                           static_cast<unsigned>(bytes.size()));
  return BigEndian(static_cast<uint32_t>(crc));
}

// A message whose checksums are right, whatever else is.
std::string Sealed(uint32_t total, uint32_t headers_bytes, const std::string& rest) {
  const std::string lengths = BigEndian(total) + BigEndian(headers_bytes);
  const std::string checked = lengths + Crc(lengths) + rest;
  return checked + Crc(checked);
}

std::string WithHeaders(const std::string& headers) {
  return Sealed(static_cast<uint32_t>(16 + headers.size()), static_cast<uint32_t>(headers.size()),
                headers);
}

std::string ErrorOf(const std::string& message) {
  const auto decoded = DecodeEventStreamMessage(message);
  if (decoded.ok()) return "none";
  CHECK(decoded.status().code() == absl::StatusCode::kInvalidArgument);
  return std::string(decoded.status().message()).substr(sizeof("malformed event stream message"));
}

TEST_CASE("the messages of the specification", "[aws]") {
  // As other implementations write them.
  CHECK(absl::BytesToHexString(EncodeEventStreamMessage({}, "")) ==
        "000000100000000005c248eb7d98c8ff");
  CHECK(absl::BytesToHexString(EncodeEventStreamMessage({}, "{'foo':'bar'}")) ==
        "0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936");
  const std::vector<EventStreamHeader> headers = {{"content-type", "application/json"}};
  CHECK(absl::BytesToHexString(EncodeEventStreamMessage(headers, "{'foo':'bar'}")) ==
        "0000003d0000002007fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e"
        "7b27666f6f273a27626172277d8d9c08b1");
}

TEST_CASE("a message comes back as it was", "[aws]") {
  const std::vector<EventStreamHeader> headers = {
      {":message-type", "event"}, {":event-type", "SubscribeToShardEvent"}, {"empty", ""}};
  const std::string payload(100'000, '\xFF');
  const std::string message = EncodeEventStreamMessage(headers, payload);
  const auto decoded = DecodeEventStreamMessage(message);
  REQUIRE(decoded.ok());
  REQUIRE(decoded->headers.size() == 3);
  CHECK(decoded->Header(":event-type") == "SubscribeToShardEvent");
  CHECK(decoded->Header("empty").empty());
  CHECK(decoded->Header("absent").empty());
  CHECK(decoded->payload == payload);
}

TEST_CASE("names and values of headers have limits", "[aws]") {
  const EventStreamHeader longest = {std::string(kEventStreamNameBytesMax, 'n'),
                                     std::string(kEventStreamValueBytesMax, 'v')};
  const std::string message = EncodeEventStreamMessage(std::vector{longest}, "");
  const auto decoded = DecodeEventStreamMessage(message);
  REQUIRE(decoded.ok());
  CHECK(decoded->headers[0].name == longest.name);
  CHECK(decoded->headers[0].value == longest.value);
  const std::string value(kEventStreamValueBytesMax + 1, 'v');
  CHECK(ErrorOf(WithHeaders("\x01n\x07\x80" + std::string(1, '\0') + value)) ==
        " a header's value");
}

TEST_CASE("every bit that is changed is found", "[aws]") {
  const std::string good =
      EncodeEventStreamMessage(std::vector<EventStreamHeader>{{"n", "v"}}, "p");
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
    INFO(bit);
    CHECK(ErrorOf(bad) != "none");
  }
}

TEST_CASE("a message that ends early, or late, is refused", "[aws]") {
  const std::string good =
      EncodeEventStreamMessage(std::vector<EventStreamHeader>{{"n", "v"}}, "p");
  for (size_t size = 0; size < good.size(); ++size) CHECK(ErrorOf(good.substr(0, size)) != "none");
  CHECK(ErrorOf(good + "x") == " says that it has 23 bytes, has 24");
}

TEST_CASE("malformed messages with right checksums are refused", "[aws]") {
  CHECK(ErrorOf(WithHeaders("")) == "none");
  CHECK(ErrorOf(Sealed(17, 0, "")) == " says that it has 17 bytes, has 16");
  CHECK(ErrorOf(Sealed(15, 0, "")) == " says that it has 15 bytes, has 16");
  CHECK(ErrorOf(Sealed(16, 1, "")) == " the length of its headers");
  CHECK(ErrorOf(Sealed(16, 0xffffffff, "")) == " the length of its headers");
  CHECK(ErrorOf(WithHeaders(std::string("\0\x07\0\0", 4))) == " a header's name");
  CHECK(ErrorOf(WithHeaders("\x05name")) == " a header's name");
  CHECK(ErrorOf(WithHeaders("\x01n")) == " a header that is no string");
  CHECK(ErrorOf(WithHeaders(std::string("\x01n\x00", 3))) == " a header that is no string");
  CHECK(ErrorOf(WithHeaders(std::string("\x01n\x07\0", 4))) == " a header's value");
  CHECK(ErrorOf(WithHeaders(std::string("\x01n\x07\0\x02v", 6))) == " a header's value");
}

}  // namespace
}  // namespace penstock::broker
