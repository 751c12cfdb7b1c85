#include "broker/record/consumer_positions.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "broker/cluster/embedded_metadata_store.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/broker/record/subscription_fixture.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr std::string_view kStoredC = "consumer-position/1/c/1000";

// A store whose writes fail as often as a test says, before or after they are made.
class FailingStore final : public MetadataStore {
 public:
  explicit FailingStore(MetadataStore& store) : store_(store) {}

  absl::StatusOr<std::optional<MetadataEntry>> Get(std::string_view key) override {
    return store_.Get(key);
  }
  absl::StatusOr<std::vector<MetadataEntry>> List(std::string_view prefix) override {
    return store_.List(prefix);
  }
  absl::StatusOr<Revision> CompareAndPut(std::string_view key, std::string_view value,
                                         Revision expected) override {
    ++puts;
    if (lost_answers > 0) {
      --lost_answers;
      REQUIRE(store_.CompareAndPut(key, value, expected).ok());
      return MakeError(ErrorReason::kStorageFailed, "the answer was lost");
    }
    return store_.CompareAndPut(key, value, expected);
  }
  absl::Status CompareAndDelete(std::string_view key, Revision expected) override {
    return store_.CompareAndDelete(key, expected);
  }
  absl::Status CompareAndErase(std::string_view key, Revision expected) override {
    return store_.CompareAndErase(key, expected);
  }
  std::unique_ptr<MetadataWatch> Watch(std::string_view prefix,
                                       MetadataCallback callback) override {
    return store_.Watch(prefix, std::move(callback));
  }

  std::atomic<int> puts = 0;
  std::atomic<int> lost_answers = 0;

 private:
  MetadataStore& store_;
};

struct Fixture : SubscriptionFixture {
  ~Fixture() { positions.reset(); }

  absl::Status Open(int64_t flush_interval_ms = 5'000) {
    positions.reset();
    positions = std::make_unique<ConsumerPositions>(
        ConsumerPositionsOptions{store, directory, pool.get_executor(), flush_interval_ms});
    return positions->Start();
  }
  uint64_t Position(const ConsumerKey& consumer, uint32_t shard) {
    return positions->Find(consumer, ShardIndex(shard)).value_or(SequenceNumber()).value();
  }
  void Set(const ConsumerKey& consumer, uint32_t shard, uint64_t next) {
    positions->Set(consumer, ShardIndex(shard), SequenceNumber(next));
  }
  std::vector<std::string> StoredKeys() {
    const auto entries = disk->List("consumer-position/");
    REQUIRE(entries.ok());
    std::vector<std::string> keys;
    for (const MetadataEntry& entry : *entries) keys.push_back(entry.key);
    return keys;
  }

  const ConsumerKey c{StreamId(1), "c", 1'000};
  const ConsumerKey other{StreamId(1), "other", 2'000};
  testing::TemporaryFolder folder;
  std::unique_ptr<EmbeddedMetadataStore> disk =
      EmbeddedMetadataStore::Open({folder.path() + "/metadata", true}).value();
  FailingStore store{*disk};
  std::unique_ptr<ConsumerPositions> positions;
};

TEST_CASE_METHOD(Fixture, "consumer positions: a restart keeps them") {
  REQUIRE(Open().ok());
  CHECK(Position(c, 0) == 0);
  Set(c, 0, 7);
  Set(c, 3, ~uint64_t{0});
  Set(other, 0, 9);
  CHECK(Position(c, 0) == 7);
  REQUIRE(Open().ok());
  CHECK(Position(c, 0) == 7);
  CHECK(Position(c, 1) == 0);
  CHECK(Position(c, 3) == ~uint64_t{0});
  CHECK(Position(other, 0) == 9);
  CHECK(Position({StreamId(1), "c", 2'000}, 0) == 0);
  CHECK(StoredKeys() ==
        std::vector<std::string>{std::string(kStoredC), "consumer-position/1/other/2000"});

  // A subscription that begins anew sets it back.
  Set(c, 0, 2);
  REQUIRE(Open().ok());
  CHECK(Position(c, 0) == 2);
}

TEST_CASE_METHOD(Fixture,
                 "consumer positions: flushed as time goes by, and only what has changed") {
  REQUIRE(Open(1).ok());
  Set(c, 0, 7);
  Await([&] { return StoredKeys().size() == 1; });
  Set(other, 0, 8);
  Await([&] { return StoredKeys().size() == 2; });
  Set(c, 0, 7);
  positions->Stop();
  CHECK(store.puts == 2);
}

TEST_CASE_METHOD(Fixture, "consumer positions: more consumers than a step stores") {
  config.consumers.clear();
  const size_t count = ConsumerPositions::kConsumersPerStep * 2 + 1;
  for (size_t i = 0; i < count; ++i)
    config.consumers.push_back({"c" + std::to_string(100 + i), 1'000, {}});
  PublishShards();
  REQUIRE(Open(1).ok());
  for (const ConsumerInfo& consumer : config.consumers)
    Set({StreamId(1), consumer.name, consumer.creation_timestamp_ms}, 0, 5);
  Await([&] { return StoredKeys().size() == count; });
}

TEST_CASE_METHOD(Fixture, "consumer positions: gone with the consumer, the stream and the shard") {
  REQUIRE(Open().ok());
  Set(c, 0, 7);
  Set(other, 0, 8);
  REQUIRE(Open().ok());
  REQUIRE(StoredKeys().size() == 2);
  SECTION("the consumer") {
    REQUIRE(Open(1).ok());
    REQUIRE(Position(c, 0) == 7);
    config.consumers.erase(config.consumers.begin());
    PublishShards();
    Await(
        [&] { return StoredKeys() == std::vector<std::string>{"consumer-position/1/other/2000"}; });
    // Its memory goes with it.
    Await([&] { return Position(c, 0) == 0; });
    CHECK(Position(other, 0) == 8);
  }
  SECTION("the stream") {
    REQUIRE(Open(1).ok());
    directory.Remove("orders");
    Await([&] { return StoredKeys().empty(); });
  }
  SECTION("the shard") {
    Split(0);
    PublishShards({0});
    Set(c, 4, 9);
    REQUIRE(Open().ok());
    CHECK(Position(c, 0) == 0);
    CHECK(Position(c, 4) == 9);
  }
}

TEST_CASE_METHOD(Fixture, "consumer positions: a write whose answer was lost is made again") {
  REQUIRE(Open(1).ok());
  Set(c, 0, 7);
  Await([&] { return StoredKeys().size() == 1; });
  store.lost_answers = 1;
  Set(c, 0, 8);
  // Fails, is refused as the revision has changed, and then is made.
  Await([&] { return store.puts >= 4; });
  positions->Stop();
  REQUIRE(Open().ok());
  CHECK(Position(c, 0) == 8);
}

TEST_CASE_METHOD(Fixture, "consumer positions: what cannot be read is named") {
  const auto refused = [&](std::string_view key, std::string_view value) {
    const auto revision = disk->CompareAndPut(key, value, Revision());
    REQUIRE(revision.ok());
    const absl::Status opened = Open();
    CHECK(opened.code() == absl::StatusCode::kDataLoss);
    CHECK_THAT(std::string(opened.message()), ContainsSubstring(std::string(key)));
    REQUIRE(disk->CompareAndDelete(key, *revision).ok());
  };
  refused("consumer-position/1/c", "");
  refused("consumer-position/x/c/1000", "");
  refused("consumer-position/1/c/x", "");
  refused(kStoredC, "\xff");
  // A shard without its number.
  refused(kStoredC, std::string("\x0a\x01\x00", 3));
  CHECK(Open().ok());
}

}  // namespace
}  // namespace penstock::broker
