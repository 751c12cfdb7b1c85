#include "storage/batch_reader.h"

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "common/error.h"
#include "storage/key_format.h"
#include "storage/lane_db.h"
#include "tests/support/damage.h"
#include "tests/support/open_store.h"
#include "tests/support/storage_calls.h"
#include "tests/support/temporary_folder.h"

namespace penstock::storage {
namespace {

using testing::AppendAndWait;
using testing::MakeBatch;
using testing::MustOpenStore;

constexpr ShardKey kShard{StreamId(1), ShardIndex(0)};

constexpr int64_t kNowMs = 1'700'000'000'000;

LaneOptions NoTail(const Clock* clock = &SystemClock::Get()) {
  LaneOptions options;
  options.tail_ring_bytes = 0;
  options.clock = clock;
  return options;
}

// Batches of ten records, ten milliseconds apart: 1-10 of 'a', 11-20 of 'b', 21-30 of 'c'; `bytes`
// each.
void StoreThree(const std::string& path, size_t bytes) {
  ManualClock clock(kNowMs);
  auto open = MustOpenStore(path, NoTail(&clock));
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  for (const char letter : {'a', 'b', 'c'}) {
    REQUIRE(
        AppendAndWait(*open, kShard,
                      MakeBatch(kShard, std::vector<std::string>(10, std::string(bytes, letter))))
            .ok());
    clock.AdvanceMs(10);
  }
  REQUIRE(open->Close().ok());
}

void CheckGap(ShardLog& log, const std::string& lost) {
  const auto before = log.Read(kShard, SequenceNumber(1), {});
  REQUIRE(before.ok());
  CHECK(before->batches.size() == 1);
  for (const uint64_t from : {11, 20}) {
    const auto gap = log.Read(kShard, SequenceNumber(from), {});
    REQUIRE_FALSE(gap.ok());
    CHECK(ReasonOf(gap.status()) == ErrorReason::kCorruptRecords);
    INFO(gap.status());
    CHECK(
        std::string(gap.status().message()).find("reading can go on at sequence number " + lost) !=
        std::string::npos);
  }
  const auto behind = log.Read(kShard, SequenceNumber(21), {});
  REQUIRE(behind.ok());
  CHECK(behind->batches.size() == 1);
}

TEST_CASE("a bit flipped in a blob file is reported as a gap, the rest is read", "[batch_reader]") {
  const testing::TemporaryFolder folder;
  StoreThree(folder.path(), 1000);
  testing::FlipBitOf(folder.path(), ".blob", std::string(1000, 'b'));
  auto open = MustOpenStore(folder.path(), NoTail());
  CheckGap(*open, "21");
  // Appends go on.
  CHECK(AppendAndWait(*open, kShard, MakeBatch(kShard, {"d"}))->first_sequence_number ==
        SequenceNumber(31));
}

// Puts something in the place of the middle batch, past RocksDB's own checksums.
void Replace(const std::string& path, const std::optional<std::string>& value) {
  auto db = LaneDb::Open(path + "/lane-0", false, NoTail(), nullptr);
  REQUIRE(db.ok());
  const std::string key = DataKey(kShard, SequenceNumber(11));
  rocksdb::WriteOptions options;
  REQUIRE((value.has_value() ? (*db)->db().Put(options, (*db)->data(), key, *value)
                             : (*db)->db().Delete(options, (*db)->data(), key))
              .ok());
  REQUIRE((*db)->Close().ok());
}

std::string MiddleBatch(const std::string& path) {
  auto db = LaneDb::Open(path + "/lane-0", false, NoTail(), nullptr);
  REQUIRE(db.ok());
  std::string value;
  REQUIRE(
      (*db)
          ->db()
          .Get(rocksdb::ReadOptions(), (*db)->data(), DataKey(kShard, SequenceNumber(11)), &value)
          .ok());
  return value;
}

TEST_CASE("a batch that is cut, damaged, misplaced or missing is a gap", "[batch_reader]") {
  const testing::TemporaryFolder folder;
  StoreThree(folder.path(), GENERATE(size_t{1}, size_t{1000}));
  const std::string sound = MiddleBatch(folder.path());
  SECTION("cut") {
    Replace(folder.path(), sound.substr(0, sound.size() - 1));
  }
  SECTION("cut to less than a header") {
    Replace(folder.path(), sound.substr(0, 40));
  }
  SECTION("empty") {
    Replace(folder.path(), "");
  }
  SECTION("a flipped bit of the block") {
    std::string flipped = sound;
    flipped[RecordBatchHeader::kBytes + 5] ^= 1;
    Replace(folder.path(), flipped);
  }
  SECTION("under a number that is not its own") {
    std::string moved = sound;
    moved[8] = 12;
    Replace(folder.path(), moved);
  }
  SECTION("missing") {
    Replace(folder.path(), std::nullopt);
  }
  auto open = MustOpenStore(folder.path(), NoTail());
  CheckGap(*open, "21");
}

TEST_CASE("a look-up by time in a gap reports it", "[batch_reader]") {
  const testing::TemporaryFolder folder;
  StoreThree(folder.path(), 1);
  Replace(folder.path(), std::nullopt);
  auto open = MustOpenStore(folder.path(), NoTail());
  CHECK(ReasonOf(open->FindByTime(kShard, kNowMs + 15).status()) == ErrorReason::kCorruptRecords);
  CHECK(*open->FindByTime(kShard, kNowMs) == SequenceNumber(1));
  CHECK(*open->FindByTime(kShard, kNowMs + 100) == SequenceNumber(31));
}

}  // namespace
}  // namespace penstock::storage
