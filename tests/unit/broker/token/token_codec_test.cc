#include "broker/token/token_codec.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

constexpr int64_t kNowMs = 1'700'000'000'123;

class TokenCodecFixture {
 protected:
  static std::string KeyOf(char fill) { return std::string(TokenCodec::kKeyBytes, fill); }

  bool Refused(std::string_view token) const {
    const auto opened =
        codec_.Open(TokenPurpose::kShardIterator, token, ErrorReason::kInvalidIterator);
    return !opened.ok() && ReasonOf(opened.status()) == ErrorReason::kInvalidIterator &&
           opened.status().code() == absl::StatusCode::kInvalidArgument;
  }

  ManualClock clock_{kNowMs};
  TokenCodec codec_{KeyOf('k'), clock_};
};

TEST_CASE_METHOD(TokenCodecFixture, "a token opens to its payload and issue time", "[token]") {
  for (const std::string& payload : {std::string(), std::string("orders\0\xff", 8),
                                     std::string(TokenCodec::kPayloadBytesMax, 'x')}) {
    const std::string token = codec_.Seal(TokenPurpose::kShardIterator, payload);
    REQUIRE(token.size() <= TokenCodec::kTokenCharsMax);
    clock_.AdvanceMs(1000);
    const auto opened =
        codec_.Open(TokenPurpose::kShardIterator, token, ErrorReason::kInvalidIterator);
    REQUIRE(opened.ok());
    CHECK(opened->payload == payload);
    CHECK(opened->issued_ms == clock_.NowMs() - 1000);
  }
}

TEST_CASE_METHOD(TokenCodecFixture, "a token outlives the codec, with the same key", "[token]") {
  const std::string token = codec_.Seal(TokenPurpose::kListShards, "page");
  const TokenCodec same(KeyOf('k'), clock_);
  const TokenCodec other(KeyOf('o'), clock_);
  CHECK(same.Open(TokenPurpose::kListShards, token, ErrorReason::kInvalidArgument).ok());
  CHECK_FALSE(other.Open(TokenPurpose::kListShards, token, ErrorReason::kInvalidArgument).ok());
}

TEST_CASE_METHOD(TokenCodecFixture, "a token with any bit changed is refused", "[token]") {
  const std::string token = codec_.Seal(TokenPurpose::kShardIterator, "payload");
  for (size_t i = 0; i < token.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string forged = token;
      forged[i] = static_cast<char>(forged[i] ^ (1 << bit));
      INFO("character " << i << ", bit " << bit);
      CHECK(Refused(forged));
    }
  }
}

TEST_CASE_METHOD(TokenCodecFixture, "a token cut short or made longer is refused", "[token]") {
  const std::string token = codec_.Seal(TokenPurpose::kShardIterator, "payload");
  for (size_t length = 0; length < token.size(); ++length) CHECK(Refused(token.substr(0, length)));
  CHECK(Refused(token + "A"));
  CHECK(Refused(token + "="));
  CHECK(Refused(" " + token));
  CHECK(Refused(token + "\n"));
  CHECK(Refused(std::string(TokenCodec::kTokenCharsMax + 1, 'A')));
}

TEST_CASE_METHOD(TokenCodecFixture, "a token of another purpose is refused", "[token]") {
  CHECK(Refused(codec_.Seal(TokenPurpose::kListShards, "payload")));
}

}  // namespace
}  // namespace penstock::broker
