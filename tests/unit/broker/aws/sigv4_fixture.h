// SigV4Fixture: a verifier with two keys and a clock that stands still, and requests for it.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include "broker/aws/aws_error.h"
#include "broker/aws/credentials.h"
#include "broker/aws/sigv4_verifier.h"
#include "broker/http/http_message.h"
#include "common/clock.h"
#include "tests/support/sigv4_signer.h"

namespace penstock::broker {

// Keys that a test sets.
class MapCredentials final : public CredentialsSource {
 public:
  void Set(const std::string& id, std::string_view secret, uint64_t version = 1) {
    AccessKey key;
    key.id = id;
    auto text = std::make_unique<SecretText>(secret.size());
    std::copy(secret.begin(), secret.end(), text->text().begin());
    key.secret = std::move(text);
    key.version = version;
    keys_[id] = std::make_shared<const AccessKey>(std::move(key));
  }
  void Remove(const std::string& id) { keys_.erase(id); }

  std::shared_ptr<const AccessKey> Find(std::string_view id) override {
    const auto found = keys_.find(id);
    return found == keys_.end() ? nullptr : found->second;
  }

 private:
  std::map<std::string, std::shared_ptr<const AccessKey>, std::less<>> keys_;
};

// The value of the field, which must be there.
inline std::string& FieldOf(HttpRequestHead& head, std::string_view name) {
  const auto found = std::find_if(head.fields.begin(), head.fields.end(),
                                  [&](const HttpField& field) { return field.name == name; });
  REQUIRE(found != head.fields.end());
  return found->value;
}

inline void RemoveField(HttpRequestHead& head, std::string_view name) {
  head.fields.erase(std::remove_if(head.fields.begin(), head.fields.end(),
                                   [&](const HttpField& field) { return field.name == name; }),
                    head.fields.end());
}

inline void Replace(std::string& text, std::string_view what, std::string_view with) {
  const size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  text.replace(at, what.size(), with);
}

class SigV4Fixture {
 protected:
  // 2026-01-31T12:00:00Z.
  static constexpr int64_t kNowMs = 1'769'860'800'000;
  static constexpr char kId[] = "PSTKTESTTESTTESTTEST";
  static constexpr char kSecret[] = "the secret of the key of the tests";
  static constexpr char kBody[] = R"({"StreamName":"orders"})";

  SigV4Fixture() { credentials_.Set(kId, kSecret); }

  testing::SigV4SignerOptions Signer() const {
    return {.access_key_id = kId, .secret = kSecret, .now_ms = kNowMs};
  }

  static HttpRequestHead Unsigned(const std::string& target = "/") {
    HttpRequestHead head;
    head.method = "POST";
    head.target = target;
    head.fields = {{"host", "localhost:4567"},
                   {"content-type", "application/x-amz-json-1.1"},
                   {"x-amz-target", "Kinesis_20131202.DescribeStreamSummary"}};
    return head;
  }
  HttpRequestHead Signed() const {
    HttpRequestHead head = Unsigned();
    testing::Sign(Signer(), kBody, &head);
    return head;
  }
  HttpRequestHead Presigned(int64_t expires_s = 300, const std::string& target = "/") const {
    HttpRequestHead head = Unsigned(target);
    testing::Presign(Signer(), kBody, expires_s, &head);
    return head;
  }

  // "" if the request is good, else "TYPE: message".
  static std::string ErrorOf(const absl::Status& status) {
    if (status.ok()) return "";
    const AwsError error = AwsErrorOf(status);
    return error.type + ": " + error.message;
  }
  std::string ErrorOf(const HttpRequestHead& head, std::string_view body = kBody) {
    return ErrorOf(verifier_.Verify(head, body).status());
  }
  // Of a request whose body need not be read to say so.
  std::string HeadErrorOf(const HttpRequestHead& head) {
    const std::string error = ErrorOf(verifier_.CheckHead(head));
    CHECK(ErrorOf(head) == error);
    return error;
  }

  ManualClock clock_{kNowMs};
  MapCredentials credentials_;
  SigV4Verifier verifier_{{.clock = &clock_, .credentials = &credentials_}};
};

}  // namespace penstock::broker
