// A connection of the HTTP server over what a client of HTTP/1.1 sends, whole and in pieces. What
// comes back is a row of answers, no more of them than requests, and nothing follows the last one.
#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "common/check.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/http_session.h"

namespace penstock::fuzz {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kLineEnd = "\r\n";

struct Answer {
  int status = 0;
  bool closes = false;
  bool complete = false;
};

std::string_view FieldOf(std::string_view head, std::string_view name) {
  const size_t at = head.find("\r\n" + std::string(name) + ": ");
  if (at == std::string_view::npos) return {};
  const size_t begin = at + name.size() + 4;
  return head.substr(begin, head.find(kLineEnd, begin) - begin);
}

size_t NumberIn(std::string_view text, int base) {
  size_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, base);
  CHECK(parsed.ec == std::errc() && parsed.ptr == text.data() + text.size());
  return number;
}

// Takes the bytes from the front of `rest`; false if they are not all there.
bool Skip(std::string_view* rest, size_t bytes) {
  const bool whole = rest->size() >= bytes;
  rest->remove_prefix(std::min(bytes, rest->size()));
  return whole;
}

bool SkipChunks(std::string_view* rest) {
  while (true) {
    const size_t line = rest->find(kLineEnd);
    if (line == std::string_view::npos) return Skip(rest, std::string_view::npos);
    const size_t bytes = NumberIn(rest->substr(0, line), 16);
    if (!Skip(rest, line + kLineEnd.size() + bytes)) return false;
    CHECK(rest->substr(0, 2) == kLineEnd.substr(0, rest->size()));
    if (!Skip(rest, kLineEnd.size())) return false;
    if (bytes == 0) return true;
  }
}

Answer TakeAnswer(std::string_view* rest) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  CHECK(rest->substr(0, kVersion.size()) == kVersion.substr(0, rest->size()));
  Answer answer;
  const size_t end = rest->find(kHeadEnd);
  if (end == std::string_view::npos) {
    *rest = {};
    return answer;
  }
  const std::string_view head = rest->substr(0, end + kLineEnd.size());
  answer.status = static_cast<int>(NumberIn(head.substr(kVersion.size(), 3), 10));
  answer.closes = FieldOf(head, "connection") == "close";
  *rest = rest->substr(end + kHeadEnd.size());
  const std::string_view length = FieldOf(head, "content-length");
  if (!length.empty()) {
    answer.complete = Skip(rest, NumberIn(length, 10));
  } else if (FieldOf(head, "transfer-encoding") == "chunked") {
    answer.complete = SkipChunks(rest);
  } else if (answer.status == 204 || answer.status == 100) {
    answer.complete = true;
  } else {
    // To the end of the connection (HTTP/1.0).
    CHECK(answer.closes);
    *rest = {};
  }
  return answer;
}

// Of requests whose fields were not taken; they end the connection.
bool MayHaveNoRequest(int status) {
  return (status >= 400 && status < 500) || status == 501 || status == 505;
}

void CheckAnswers(std::string_view rest, uint64_t requests) {
  uint64_t answers = 0;
  Answer last;
  while (!rest.empty()) {
    last = TakeAnswer(&rest);
    if (last.status == 100) continue;
    ++answers;
    CHECK(rest.empty() || (last.complete && !last.closes));
  }
  CHECK(answers <= requests + (MayHaveNoRequest(last.status) || last.status == 0 ? 1 : 0));
}

void Run(std::string_view input) {
  const HttpInput parts = HttpInput::Of(input);
  HttpSession session(parts);
  session.Run(parts.bytes);
  if (session.metrics().http2_requests_total.value() > 0 || parts.bytes.starts_with("PRI")) return;
  // Answers to HEAD have a length and no body, and nothing in them says so.
  if (parts.bytes.find("HEAD") != std::string_view::npos) return;
  CheckAnswers(session.answers(), session.metrics().http1_requests_total.value());
}

}  // namespace
}  // namespace penstock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  penstock::fuzz::Run(penstock::fuzz::View(data, size));
  return 0;
}
