// Fuzzes what reads a signed request before anybody is known: the authorization in both forms, the
// canonical request, and the verifier as a whole.
//
// An input is a request as text, "POST /target\nname: value\n...\n\nbody", so that the corpus can be
// read; field names are made lower case, as the HTTP server does. Beyond crashes it is checked that
// the rules hold which callers rely on.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"

#include "broker/aws/aws_error.h"
#include "broker/aws/canonical_request.h"
#include "broker/aws/credentials.h"
#include "broker/aws/query_string.h"
#include "broker/aws/sigv4_date.h"
#include "broker/aws/sigv4_verifier.h"
#include "broker/http/http_message.h"
#include "common/check.h"
#include "common/clock.h"

namespace penstock::broker {
namespace {

// Those of the corpus, which is made of tests/unit/broker/aws/sigv4_vectors.json.
constexpr char kId[] = "PSTKVECTORS234567ABC";
constexpr std::string_view kSecret = "vector/secret+of~penstock-0123456789ABCD";
constexpr int64_t kNowMs = 1'769'860'800'000;

class OneKey final : public CredentialsSource {
 public:
  OneKey() {
    AccessKey key;
    key.id = kId;
    auto secret = std::make_unique<SecretText>(kSecret.size());
    std::copy(kSecret.begin(), kSecret.end(), secret->text().begin());
    key.secret = std::move(secret);
    key_ = std::make_shared<const AccessKey>(std::move(key));
  }
  std::shared_ptr<const AccessKey> Find(std::string_view id) override {
    return id == key_->id ? key_ : nullptr;
  }

 private:
  std::shared_ptr<const AccessKey> key_;
};

// Takes a line off the front.
std::string_view TakeLine(std::string_view* text) {
  const size_t end = text->find('\n');
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  return line;
}

HttpRequest ReadRequest(std::string_view text) {
  HttpRequest request;
  const std::string_view first = TakeLine(&text);
  const size_t blank = first.find(' ');
  request.head.method = first.substr(0, blank);
  if (blank != std::string_view::npos) request.head.target = first.substr(blank + 1);
  while (!text.empty()) {
    const std::string_view line = TakeLine(&text);
    if (line.empty()) break;
    const size_t colon = line.find(':');
    std::string name(line.substr(0, colon));
    absl::AsciiStrToLower(&name);
    std::string value(colon == std::string_view::npos ? "" : line.substr(colon + 1));
    request.head.fields.push_back({std::move(name), std::move(value)});
  }
  request.body = text;
  return request;
}

void CheckVerifier(const HttpRequest& request) {
  static const ManualClock clock(kNowMs);
  static OneKey credentials;
  static SigV4Verifier verifier({.clock = &clock, .credentials = &credentials});
  static SigV4Verifier open_verifier({.clock = &clock});

  const absl::Status head = verifier.CheckHead(request.head);
  const absl::StatusOr<std::string> id = verifier.Verify(request.head, request.body);
  const absl::StatusOr<std::string> any = open_verifier.Verify(request.head, request.body);
  CHECK(head.ok() || id.status() == head);
  CHECK(open_verifier.CheckHead(request.head) == any.status());
  if (id.ok()) {
    CHECK(*id == kId);
    CHECK(any.ok() && *any == kId);
    // What was signed is not what something else was signed as.
    CHECK(!verifier.Verify(request.head, request.body + "x").ok());
  } else {
    CHECK(AwsErrorOf(id.status()).message.find(kSecret) == std::string::npos);
  }
}

void CheckCanonicalForms(const HttpRequestHead& head) {
  const std::string query = CanonicalQuery(ParseQuery(QueryOf(head.target)), "");
  CHECK(CanonicalQuery(ParseQuery(query), "") == query);
  const std::string path = CanonicalPath(PathOf(head.target));
  CHECK(path.front() == '/' && path.find("//") == std::string::npos);
  for (const HttpField& field : head.fields) {
    const std::string value = CanonicalFieldValue(field.value);
    CHECK(CanonicalFieldValue(value) == value);
    if (const auto seconds = ParseAmzDate(field.value)) {
      CHECK(FormatAmzDate(*seconds) == field.value);
    }
    if (const auto seconds = ParseHttpDate(field.value)) {
      CHECK(ParseAmzDate(FormatAmzDate(*seconds)) == seconds);
    }
  }
}

}  // namespace
}  // namespace penstock::broker

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const penstock::broker::HttpRequest request =
      penstock::broker::ReadRequest({reinterpret_cast<const char*>(data), size});
  penstock::broker::CheckVerifier(request);
  penstock::broker::CheckCanonicalForms(request.head);
  return 0;
}
