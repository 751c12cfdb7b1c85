#include "broker/aws/base64.h"

#include <random>
#include <vector>

#include "absl/strings/escaping.h"
#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

std::optional<std::string> Decoded(std::string_view text) {
  std::string bytes(Base64DecodedSize(text), '?');
  const std::optional<size_t> size = DecodeBase64(text, bytes.data());
  if (!size) return std::nullopt;
  REQUIRE(*size == bytes.size());
  return bytes;
}

std::string Encoded(std::string_view bytes) {
  std::string text = "before";
  AppendBase64(bytes, &text);
  CHECK(text.size() == 6 + Base64EncodedSize(bytes.size()));
  return text.substr(6);
}

TEST_CASE("base64 of the RFC's examples", "[aws]") {
  const std::vector<std::pair<std::string, std::string>> examples = {{"", ""},
                                                                     {"f", "Zg=="},
                                                                     {"fo", "Zm8="},
                                                                     {"foo", "Zm9v"},
                                                                     {"foob", "Zm9vYg=="},
                                                                     {"fooba", "Zm9vYmE="},
                                                                     {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : examples) {
    CHECK(Encoded(bytes) == text);
    CHECK(Decoded(text) == bytes);
  }
}

TEST_CASE("base64 of random bytes is the same as another encoder's, and comes back", "[aws]") {
  std::mt19937 random(7);
  for (size_t size = 0; size < 200; ++size) {
    std::string bytes;
    for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(random());
    const std::string text = Encoded(bytes);
    CHECK(text == absl::Base64Escape(bytes));
    CHECK(Decoded(text) == bytes);
  }
}

TEST_CASE("every character outside the alphabet is refused at every place", "[aws]") {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int c = 0; c < 256; ++c) {
    const bool good = alphabet.find(static_cast<char>(c)) != std::string::npos;
    // Long enough for what is decoded in vectors, and for what is left over.
    for (size_t place = 0; place < 78; ++place) {
      std::string text;
      while (text.size() < 80) text += "Zm9vYmFy";
      text[place] = static_cast<char>(c);
      INFO(c << " at " << place);
      CHECK(Decoded(text).has_value() == good);
    }
  }
}

TEST_CASE("base64 must have its padding, once, and no bits behind the last byte", "[aws]") {
  for (const char* text : {"Z", "Zg", "Zg=", "Zm9", "=", "==", "====", "Zg==Zg==", "Z===", "Zg=g",
                           "Zm9v=", "Zm9v==", "Zm9v\n", " Zm9", "Zh==", "Zm9=", "Zm-_"}) {
    INFO(text);
    CHECK_FALSE(Decoded(text).has_value());
  }
}

TEST_CASE("why a text is no base64 is told as AWS tells it", "[aws]") {
  CHECK(WhyNotBase64("abc") ==
        "Base64 encoded length is expected a multiple of 4 bytes but found: 3");
  CHECK(WhyNotBase64("ab-d") == "Invalid Base64 character: '-'");
  CHECK(WhyNotBase64("ab=d") == "Invalid Base64 character: '='");
  CHECK(WhyNotBase64("ab\nd") == "Invalid Base64 character: 0x0a");
  CHECK(WhyNotBase64("Zh==") == "Invalid last non-pad Base64 character detected");
}

}  // namespace
}  // namespace penstock::broker
