#include "common/secret.h"

#include <new>
#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock {
namespace {

TEST_CASE("a key is wiped when it is dropped and where it is moved from", "[encryption]") {
  alignas(SecretKey) unsigned char place[sizeof(SecretKey)];
  const std::string wiped(SecretKey::kBytes, '\0');
  const auto at_place = [&place] {
    return std::string(reinterpret_cast<const char*>(place), SecretKey::kBytes);
  };
  auto* key = new (place) SecretKey(std::string(SecretKey::kBytes, 'k'));
  CHECK(at_place() == std::string(SecretKey::kBytes, 'k'));
  const SecretKey moved = std::move(*key);
  CHECK(at_place() == wiped);
  CHECK(moved.bytes() == std::string(SecretKey::kBytes, 'k'));

  *key = SecretKey(std::string(SecretKey::kBytes, 'm'));
  CHECK(at_place() == std::string(SecretKey::kBytes, 'm'));
  key->~SecretKey();
  CHECK(at_place() == wiped);
}

TEST_CASE("keys that are made are random", "[encryption]") {
  CHECK(SecretKey::Make()->bytes() != SecretKey::Make()->bytes());
}

TEST_CASE("wiping reaches what was cut off", "[encryption]") {
  std::string text(100, 's');
  const char* const bytes = text.data();
  text.resize(1);
  Wipe(text);
  CHECK(text.empty());
  CHECK(std::string(bytes, 100) == std::string(100, '\0'));
}

}  // namespace
}  // namespace penstock
