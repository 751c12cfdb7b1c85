#include "broker/encryption/aead.h"

#include <algorithm>
#include <string>

#include "absl/strings/escaping.h"
#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

Nonce NonceOf(std::string_view text) {
  REQUIRE(text.size() == kNonceBytes);
  Nonce nonce;
  std::copy(text.begin(), text.end(), nonce.begin());
  return nonce;
}

std::string Hex(std::string_view bytes) {
  return absl::BytesToHexString({bytes.data(), bytes.size()});
}

std::string SealHex(const SecretKey& key, std::string_view associated, std::string text) {
  const Tag tag = SealInPlace(key, NonceOf("ABCDEFGHIJKLMNOPQRSTUVWX"), associated, text);
  return Hex(text) + Hex({tag.data(), tag.size()});
}

// c2sp.org/XAES-256-GCM, test vectors: one for each branch of the doubling in CMAC.
TEST_CASE("the published vectors of XAES-256-GCM come out", "[encryption]") {
  CHECK(SealHex(SecretKey(std::string(32, '\x01')), "", "XAES-256-GCM") ==
        "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
  CHECK(SealHex(SecretKey(std::string(32, '\x03')), "c2sp.org/XAES-256-GCM", "XAES-256-GCM") ==
        "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
}

TEST_CASE("what was sealed opens with the same key, nonce, data and tag alone", "[encryption]") {
  const SecretKey key(std::string(32, 'k'));
  const Nonce nonce = NonceOf("abcdefghijklmnopqrstuvwx");
  std::string sealed = "some plain text";
  const Tag tag = SealInPlace(key, nonce, "associated", sealed);
  CHECK(sealed != "some plain text");
  {
    std::string opened = sealed;
    REQUIRE(OpenInPlace(key, nonce, "associated", opened, tag));
    CHECK(opened == "some plain text");
  }
  const std::string wiped(sealed.size(), '\0');
  {
    std::string opened = sealed;
    CHECK_FALSE(OpenInPlace(key, nonce, "Associated", opened, tag));
    CHECK(opened == wiped);
  }
  {
    std::string opened = sealed;
    CHECK_FALSE(OpenInPlace(SecretKey(std::string(32, 'K')), nonce, "associated", opened, tag));
  }
  for (size_t i = 0; i < nonce.size(); ++i) {
    std::string opened = sealed;
    Nonce other = nonce;
    other[i] ^= 1;
    CHECK_FALSE(OpenInPlace(key, other, "associated", opened, tag));
  }
  for (size_t i = 0; i < tag.size(); ++i) {
    std::string opened = sealed;
    Tag other = tag;
    other[i] ^= 1;
    CHECK_FALSE(OpenInPlace(key, nonce, "associated", opened, other));
  }
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string opened = sealed;
    opened[i] ^= 1;
    CHECK_FALSE(OpenInPlace(key, nonce, "associated", opened, tag));
  }
}

TEST_CASE("a nonce is another one each time", "[encryption]") {
  CHECK(*RandomNonce() != *RandomNonce());
}

}  // namespace
}  // namespace penstock::broker
