#include "storage/recovery.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"
#include "storage/key_format.h"
#include "tests/support/open_store.h"
#include "tests/support/storage_calls.h"
#include "tests/support/temporary_folder.h"

namespace penstock::storage {
namespace {

using testing::AppendAndWait;
using testing::MakeBatch;
using testing::MustOpenStore;
using testing::TryOpenStore;

constexpr ShardKey kShard{StreamId(1), ShardIndex(0)};

void StoreOne(const std::string& path) {
  auto open = MustOpenStore(path);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  REQUIRE(AppendAndWait(*open, kShard, MakeBatch(kShard, {"a", "b"})).ok());
  REQUIRE(open->Close().ok());
}

void Change(const std::string& path, const std::function<void(LaneDb&)>& change) {
  auto db = LaneDb::Open(path + "/lane-0", false, {}, nullptr);
  REQUIRE(db.ok());
  change(**db);
  REQUIRE((*db)->Close().ok());
}

TEST_CASE("a lost tail is never taken for an empty shard, and its numbers are not used again",
          "[recovery]") {
  const testing::TemporaryFolder folder;
  StoreOne(folder.path());
  Change(folder.path(), [](LaneDb& db) {
    REQUIRE(db.db().Delete({}, db.data(), DataKey(kShard, SequenceNumber(1))).ok());
  });
  auto open = MustOpenStore(folder.path());
  const auto read = open->Read(kShard, SequenceNumber(1), {});
  CHECK(ReasonOf(read.status()) == ErrorReason::kCorruptRecords);
  CHECK(
      std::string(read.status().message()).find("records 1 to 2 of shard 1/shardId-000000000000") !=
      std::string::npos);
  CHECK(AppendAndWait(*open, kShard, MakeBatch(kShard, {"c"}))->first_sequence_number ==
        SequenceNumber(3));
}

TEST_CASE("a damaged shard row is refused and named", "[recovery]") {
  const testing::TemporaryFolder folder;
  StoreOne(folder.path());
  Change(folder.path(), [](LaneDb& db) {
    REQUIRE(db.db().Put({}, db.shards(), ShardPrefix(kShard), std::string(64, 'x')).ok());
  });
  const auto open = TryOpenStore(folder.path());
  REQUIRE_FALSE(open.ok());
  CHECK(ReasonOf(open.status()) == ErrorReason::kCorruptRecords);
  CHECK(std::string(open.status().message()).find("1/shardId-000000000000") != std::string::npos);
}

TEST_CASE("a producer's row that is damaged, missing or astray is refused and named",
          "[recovery]") {
  const testing::TemporaryFolder folder;
  {
    auto open = MustOpenStore(folder.path());
    REQUIRE(testing::CreateShard(*open, kShard).ok());
    for (uint64_t sequence = 1; sequence <= 2; ++sequence) {
      REQUIRE(AppendAndWait(*open, kShard, MakeBatch(kShard, {"a"}, Codec::kNone, {5, 1, sequence}))
                  .ok());
    }
    REQUIRE(open->Close().ok());
  }
  const std::string first = EncodeProducerRowKey({kShard, 5, 0});
  std::string stored;
  const auto refused = [&](const std::string& what) {
    const auto open = TryOpenStore(folder.path());
    REQUIRE_FALSE(open.ok());
    CHECK(ReasonOf(open.status()) == ErrorReason::kCorruptRecords);
    INFO(open.status());
    CHECK(std::string(open.status().message()).find(what) != std::string::npos);
  };
  Change(folder.path(), [&](LaneDb& db) {
    REQUIRE(db.db().Get({}, db.shards(), first, &stored).ok());
    REQUIRE(db.db().Put({}, db.shards(), first, std::string(stored.size(), 'x')).ok());
  });
  refused("row 0 of producer 5 of shard 1/shardId-000000000000");
  Change(folder.path(), [&](LaneDb& db) { REQUIRE(db.db().Delete({}, db.shards(), first).ok()); });
  refused("row 1 of producer 5 of shard 1/shardId-000000000000: a row before it is missing");
  Change(folder.path(), [&](LaneDb& db) {
    REQUIRE(db.db().Put({}, db.shards(), first, stored).ok());
    REQUIRE(db.db()
                .Put({}, db.shards(), EncodeProducerRowKey({{StreamId(2), ShardIndex(0)}, 5, 0}),
                     stored)
                .ok());
  });
  refused("foreign key");
}

TEST_CASE("a lane that is missing is an error, not an empty lane", "[recovery]") {
  const testing::TemporaryFolder folder;
  StoreOne(folder.path());
  std::filesystem::remove_all(folder.path() + "/lane-0");
  const auto open = TryOpenStore(folder.path());
  REQUIRE_FALSE(open.ok());
  CHECK(std::string(open.status().message()).find("lane-0") != std::string::npos);
}

TEST_CASE("a lane whose manifest is damaged is refused, and its files stay", "[recovery]") {
  const testing::TemporaryFolder folder;
  StoreOne(folder.path());
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() + "/lane-0")) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("MANIFEST"))
      std::ofstream(entry.path(), std::ios::trunc) << "not a manifest";
    if (name.ends_with(".sst") || name.ends_with(".blob")) ++files;
  }
  const auto open = TryOpenStore(folder.path());
  REQUIRE_FALSE(open.ok());
  CHECK(std::string(open.status().message()).find("lane-0") != std::string::npos);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() + "/lane-0")) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".sst") || name.ends_with(".blob")) --files;
  }
  CHECK(files == 0);
}

}  // namespace
}  // namespace penstock::storage
