#include "broker/http/http1_head_scanner.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

using Result = Http1HeadScanner::Result;

constexpr std::string_view kLine = "GET / HTTP/1.1\r\n";

struct Scanned {
  Result result;
  size_t head_bytes;
  std::optional<HttpFault> fault;
};

// The same result whether the bytes come at once or one by one.
Scanned Scan(const std::string& bytes, const HttpLimits& limits = {}) {
  const auto outcome = [](Http1HeadScanner& scanner, Result result) {
    return Scanned{result, scanner.head_bytes(),
                   result == Result::kFault ? std::optional(scanner.fault()) : std::nullopt};
  };
  Http1HeadScanner at_once(limits);
  const Scanned whole = outcome(at_once, at_once.Scan(bytes));
  Http1HeadScanner by_byte(limits);
  Result result = Result::kMore;
  for (size_t count = 1; count <= bytes.size() && result == Result::kMore; ++count)
    result = by_byte.Scan(std::string_view(bytes).substr(0, count));
  const Scanned split = outcome(by_byte, result);
  CHECK(split.result == whole.result);
  CHECK(split.head_bytes == whole.head_bytes);
  if (whole.fault.has_value() && split.fault.has_value())
    CHECK(split.fault->reason == whole.fault->reason);
  return whole;
}

TEST_CASE("the end of a head is found, whatever follows") {
  const std::string head = std::string(kLine) + "Host: h\r\nA:\r\n\r\n";
  CHECK(Scan(head).result == Result::kComplete);
  CHECK(Scan(head + "\n\n body \r\r").head_bytes == head.size());
  CHECK(Scan(head.substr(0, head.size() - 1)).result == Result::kMore);
  CHECK(Scan(head.substr(0, head.size() - 2)).result == Result::kMore);
}

TEST_CASE("lines that two readers may read in two ways are refused") {
  for (const std::string& bad : {
           std::string("GET / HTTP/1.1\n"),
           std::string(kLine) + "A: b\n",
           std::string(kLine) + "A: b\r\r\n",
           std::string(kLine) + "A: b\rC: d\r\n",
           std::string(kLine) + "A: b\r\n c\r\n",
           std::string(kLine) + "A: b\r\n\tc\r\n",
           std::string(kLine) + " A: b\r\n",
           std::string(kLine) + "\n",
           std::string(kLine) + "A: b" + std::string(1, '\0') + "\r\n",
           std::string("\r\n"),
       }) {
    CAPTURE(bad);
    const Scanned scanned = Scan(bad);
    REQUIRE(scanned.result == Result::kFault);
    CHECK(scanned.fault->status == 400);
    CHECK(scanned.fault->reason == HttpRefusal::kMalformed);
  }
}

TEST_CASE("lines of the longest length are let through, one byte more is not") {
  HttpLimits limits;
  limits.line_bytes_max = 20;
  const auto request_line = [](size_t bytes) {
    return "GET /" + std::string(bytes - 14, 'a') + " HTTP/1.1\r\n\r\n";
  };
  CHECK(Scan(request_line(20), limits).result == Result::kComplete);
  CHECK(Scan(request_line(21), limits).fault->reason == HttpRefusal::kRequestLineTooLong);
  CHECK(Scan(request_line(21), limits).fault->status == 414);
  const auto field = [](size_t bytes) {
    return std::string(kLine) + "a:" + std::string(bytes - 2, 'b') + "\r\n\r\n";
  };
  CHECK(Scan(field(20), limits).result == Result::kComplete);
  CHECK(Scan(field(21), limits).fault->reason == HttpRefusal::kFieldTooLong);
  CHECK(Scan(field(21), limits).fault->status == 431);
  // Without its end, as soon as it is too long.
  CHECK(Scan(std::string(20, 'G'), limits).result == Result::kMore);
  CHECK(Scan(std::string(21, 'G'), limits).result == Result::kFault);
}

TEST_CASE("as many fields as there may be, in as many bytes, are let through, and not more") {
  HttpLimits limits;
  limits.fields_max = 3;
  const auto fields = [](size_t count) {
    std::string head(kLine);
    for (size_t i = 0; i < count; ++i) head += "a: b\r\n";
    return head + "\r\n";
  };
  CHECK(Scan(fields(3), limits).result == Result::kComplete);
  CHECK(Scan(fields(4), limits).fault->reason == HttpRefusal::kTooManyFields);
  limits.fields_bytes_max = 18;
  CHECK(Scan(fields(3), limits).result == Result::kComplete);
  limits.fields_bytes_max = 17;
  CHECK(Scan(fields(3), limits).fault->reason == HttpRefusal::kFieldsTooLarge);
  CHECK(Scan(fields(3), limits).fault->status == 431);
}

}  // namespace
}  // namespace penstock::broker
