#include "broker/encryption/data_key_cache.h"

#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

constexpr MasterKeyVersion kVersion{1};

DataKeyCache::Id Id(uint64_t stream, uint32_t generation = 1) {
  return {StreamId(stream), generation};
}

DataKeyCache::Key Key(char c) {
  return std::make_shared<const SecretKey>(std::string(SecretKey::kBytes, c));
}

TEST_CASE("a cached key is found by stream, generation and version", "[encryption]") {
  DataKeyCache cache(10);
  const DataKeyCache::Key key = Key('a');
  cache.Put(Id(1), kVersion, key);
  CHECK(cache.Find(Id(1), kVersion) == key);
  CHECK(cache.Find(Id(1), kVersion.Next()) == nullptr);
  CHECK(cache.Find(Id(1, 2), kVersion) == nullptr);
  CHECK(cache.Find(Id(2), kVersion) == nullptr);

  const DataKeyCache::Key other = Key('b');
  cache.Put(Id(1), kVersion.Next(), other);
  CHECK(cache.size() == 1);
  CHECK(cache.Find(Id(1), kVersion) == nullptr);
  CHECK(cache.Find(Id(1), kVersion.Next()) == other);
}

TEST_CASE("a full cache drops the key that was used longest ago", "[encryption]") {
  DataKeyCache cache(3);
  for (uint64_t stream = 1; stream <= 3; ++stream) cache.Put(Id(stream), kVersion, Key('k'));
  const std::weak_ptr<const SecretKey> second = cache.Find(Id(2), kVersion);
  CHECK(cache.Find(Id(1), kVersion) != nullptr);
  CHECK(cache.Find(Id(3), kVersion) != nullptr);
  CHECK_FALSE(second.expired());
  cache.Put(Id(4), kVersion, Key('k'));
  CHECK(cache.size() == 3);
  CHECK(cache.Find(Id(2), kVersion) == nullptr);
  CHECK(second.expired());
  for (const uint64_t stream : {1, 3, 4}) CHECK(cache.Find(Id(stream), kVersion) != nullptr);
}

TEST_CASE("a stream that is forgotten leaves no key", "[encryption]") {
  DataKeyCache cache(10);
  for (const uint64_t stream : {1, 2}) {
    for (const uint32_t generation : {1U, 2U}) {
      cache.Put(Id(stream, generation), kVersion, Key('k'));
    }
  }
  const std::weak_ptr<const SecretKey> gone = cache.Find(Id(1, 2), kVersion);
  cache.Forget(StreamId(1));
  CHECK(gone.expired());
  CHECK(cache.size() == 2);
  CHECK(cache.Find(Id(1, 1), kVersion) == nullptr);
  CHECK(cache.Find(Id(2, 2), kVersion) != nullptr);
}

}  // namespace
}  // namespace penstock::broker
