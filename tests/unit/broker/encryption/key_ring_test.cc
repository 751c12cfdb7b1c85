#include "broker/encryption/key_ring.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "broker/encryption/no_key_service.h"
#include "broker/encryption/open_key_service.h"
#include "tests/unit/broker/encryption/key_ring_fixture.h"

namespace penstock::broker {
namespace {

using Keys = std::vector<std::string>;

TEST_CASE_METHOD(KeyRingFixture, "a data key unwraps to the same key each time", "[encryption]") {
  const auto ring = Open({{"a"}});
  const auto wrapped = ring->GenerateDataKey("alias/a", kStream, 3);
  REQUIRE(wrapped.ok());
  CHECK(wrapped->key_id == "a");
  CHECK(wrapped->generation == 3);
  const auto key = ring->Unwrap(*wrapped, kStream);
  REQUIRE(key.ok());
  CHECK(ring->Unwrap(*wrapped, kStream)->bytes() == key->bytes());
  CHECK(wrapped->wrapped.find(key->bytes()) == std::string::npos);
  const auto other = ring->GenerateDataKey("a", kStream, 3);
  CHECK(ring->Unwrap(*other, kStream)->bytes() != key->bytes());
}

TEST_CASE_METHOD(KeyRingFixture, "a wrapped key that is changed or elsewhere does not unwrap",
                 "[encryption]") {
  const auto ring = Open({{"a", 's'}, {"b", 's'}});
  const WrappedDataKey sound = *ring->GenerateDataKey("a", kStream, 3);
  const auto unwraps = [&](const WrappedDataKey& key, StreamId stream = kStream) {
    const auto unwrapped = ring->Unwrap(key, stream);
    if (!unwrapped.ok()) CHECK(ReasonOf(unwrapped.status()) == ErrorReason::kKmsInvalidState);
    return unwrapped.ok();
  };
  CHECK(unwraps(sound));
  CHECK_FALSE(unwraps(sound, StreamId(8)));
  WrappedDataKey other = sound;
  other.generation = 4;
  CHECK_FALSE(unwraps(other));
  // The same secret under another id.
  other = sound;
  other.key_id = "b";
  CHECK_FALSE(unwraps(other));
  for (size_t i = 0; i < sound.wrapped.size(); ++i) {
    other = sound;
    other.wrapped[i] = static_cast<char>(other.wrapped[i] ^ 1);
    CHECK_FALSE(unwraps(other));
  }
  for (const std::string& bytes : {std::string(), sound.wrapped + "x", sound.wrapped.substr(1)}) {
    other = sound;
    other.wrapped = bytes;
    CHECK_FALSE(unwraps(other));
  }
}

TEST_CASE_METHOD(KeyRingFixture, "a rewrapped key is the same key under another master key",
                 "[encryption]") {
  const auto ring = Open({{"a", 'x'}, {"b", 'y'}});
  WrappedDataKey old_key = *ring->GenerateDataKey("a", kStream, 3);
  old_key.creation_timestamp_ms = 42;
  const auto new_key = ring->Rewrap(old_key, kStream, "b");
  REQUIRE(new_key.ok());
  CHECK(new_key->key_id == "b");
  CHECK(new_key->generation == 3);
  CHECK(new_key->creation_timestamp_ms == 42);
  const std::string secret(ring->Unwrap(old_key, kStream)->bytes());
  Change(std::vector<Entry>{{"b", 'y'}});
  CHECK(ring->Unwrap(*new_key, kStream)->bytes() == secret);
  CHECK(ReasonOf(ring->Unwrap(old_key, kStream).status()) == ErrorReason::kKmsNotFound);
}

TEST_CASE_METHOD(KeyRingFixture, "the default key is that of alias/aws/kinesis", "[encryption]") {
  const auto ring = Open({{"a"}, {"b", 's', true, true}});
  CHECK(ring->GenerateDataKey("alias/aws/kinesis", kStream, 1)->key_id == "b");
  Change(std::vector<Entry>{{"a"}, {"b"}});
  const auto none = ring->GenerateDataKey("alias/aws/kinesis", kStream, 1);
  CHECK(ReasonOf(none.status()) == ErrorReason::kKmsNotFound);
}

TEST_CASE_METHOD(KeyRingFixture, "a change of the file counts a second later, no sooner",
                 "[encryption]") {
  const auto ring = Open({{"a"}});
  Write(std::vector<Entry>{{"a", 's', false}});
  clock_.AdvanceMs(KeyRing::kReloadMs - 1);
  CHECK(ring->CheckUsable("a").ok());
  clock_.AdvanceMs(1);
  CHECK(ReasonOfUse(*ring, "a") == ErrorReason::kKmsDisabled);
  CHECK(ring->CheckUsable("a").status().message() ==
        "master key 'a' is disabled in key ring " + path());
  Change(std::vector<Entry>{{"b"}});
  CHECK(ReasonOfUse(*ring, "a") == ErrorReason::kKmsNotFound);
  CHECK(ring->CheckUsable("a").status().message() == "master key 'a' is not in key ring " + path());
  Change(std::vector<Entry>{{"a"}});
  CHECK(ring->CheckUsable("a").ok());
}

TEST_CASE_METHOD(KeyRingFixture, "another secret under an id is another version of the key",
                 "[encryption]") {
  const auto ring = Open({{"a", 'x'}});
  const auto before = ring->CheckUsable("a");
  Change(std::vector<Entry>{{"a", 'y'}});
  const auto changed = ring->CheckUsable("a");
  Change(std::vector<Entry>{{"b"}, {"a", 'x', true, true}});
  const auto back = ring->CheckUsable("a");
  CHECK(*before != *changed);
  CHECK(*before == *back);
}

TEST_CASE_METHOD(KeyRingFixture, "a broken file leaves the last keys in force", "[encryption]") {
  const auto ring = Open({{"a"}});
  Change(std::string("not TOML"));
  CHECK(ring->CheckUsable("a").ok());
  clock_.AdvanceMs(KeyRing::kReloadMs);
  CHECK(ring->CheckUsable("a").ok());
  Change(std::string());
  CHECK(ring->CheckUsable("a").ok());
  Change(std::vector<Entry>{{"b"}});
  CHECK(ring->CheckUsable("b").ok());
  CHECK(ReasonOfUse(*ring, "a") == ErrorReason::kKmsNotFound);
}

TEST_CASE_METHOD(KeyRingFixture, "a file that is gone or open to others takes the keys away",
                 "[encryption]") {
  const auto ring = Open({{"a"}});
  const std::string good = TextOf({{"a"}});
  std::filesystem::remove(path());
  clock_.AdvanceMs(KeyRing::kReloadMs);
  CHECK(ReasonOfUse(*ring, "a") == ErrorReason::kKmsAccessDenied);
  Change(good);
  CHECK(ring->CheckUsable("a").ok());
  Write(good, 0644);
  clock_.AdvanceMs(KeyRing::kReloadMs);
  CHECK(ReasonOfUse(*ring, "a") == ErrorReason::kKmsAccessDenied);
  CHECK(ReasonOf(ring->GenerateDataKey("a", kStream, 1).status()) == ErrorReason::kKmsAccessDenied);
  // Readable again, but broken meanwhile: the last good keys.
  Change(std::string("not TOML"));
  CHECK(ring->CheckUsable("a").ok());
}

TEST_CASE_METHOD(KeyRingFixture, "a ring that is not good at the start is not opened",
                 "[encryption]") {
  CHECK(ReasonOf(KeyRing::Open(path(), clock_).status()) == ErrorReason::kKmsAccessDenied);
  Write(std::string("not TOML"));
  CHECK(ReasonOf(KeyRing::Open(path(), clock_).status()) == ErrorReason::kInvalidArgument);
  Write(TextOf({{"a"}}), 0644);
  CHECK(ReasonOf(OpenKeyService(path(), clock_).status()) == ErrorReason::kKmsAccessDenied);
  Write(TextOf({{"a"}}));
  CHECK((*OpenKeyService(path(), clock_))->CheckUsable("a").ok());
}

TEST_CASE_METHOD(KeyRingFixture, "without a ring no key is found, and the setting is named",
                 "[encryption]") {
  const auto keys = OpenKeyService("", clock_);
  REQUIRE(keys.ok());
  CHECK((*keys)->CheckUsable("a").status().message() ==
        "master key 'a' is not there: the broker has no key ring (key-ring-file)");
  CHECK(ReasonOfUse(**keys, "a") == ErrorReason::kKmsNotFound);
  CHECK(ReasonOf((*keys)->GenerateDataKey("a", kStream, 1).status()) == ErrorReason::kKmsNotFound);
  CHECK(ReasonOf((*keys)->Unwrap({1, "a", "", 0}, kStream).status()) == ErrorReason::kKmsNotFound);
  CHECK(ReasonOf((*keys)->Rewrap({1, "a", "", 0}, kStream, "b").status()) ==
        ErrorReason::kKmsNotFound);
}

}  // namespace
}  // namespace penstock::broker
