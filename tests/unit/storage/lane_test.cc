#include "storage/lane.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <string>
#include <thread>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "common/clock.h"
#include "common/error.h"
#include "tests/support/open_store.h"
#include "tests/support/storage_calls.h"
#include "tests/support/temporary_folder.h"

namespace penstock::storage {
namespace {

using testing::AppendAndWait;
using testing::MakeBatch;
using testing::MustOpenStore;
using testing::ReadAll;
using testing::TrimAndWait;

constexpr ShardKey kShard{StreamId(1), ShardIndex(0)};
constexpr ShardKey kOther{StreamId(1), ShardIndex(1)};
constexpr int64_t kNowMs = 1'700'000'000'000;

// With no tail in memory every read goes to RocksDB.
LaneOptions Options(size_t tail_ring_bytes, const Clock* clock = &SystemClock::Get()) {
  LaneOptions options;
  options.tail_ring_bytes = tail_ring_bytes;
  options.clock = clock;
  return options;
}

SequenceNumber MustAppend(ShardLog& log, const ShardKey& shard,
                          const std::vector<std::string>& data) {
  const auto result = AppendAndWait(log, shard, MakeBatch(shard, data));
  if (!result.ok()) throw std::runtime_error(result.status().ToString());
  return result->first_sequence_number;
}

TEST_CASE("records come back in order, from memory and from disk", "[lane]") {
  const testing::TemporaryFolder folder;
  auto open = MustOpenStore(folder.path(), Options(GENERATE(size_t{0}, size_t{64} << 20)));
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  CHECK(MustAppend(*open, kShard, {"a", "b"}) == SequenceNumber(1));
  CHECK(MustAppend(*open, kShard, {"c"}) == SequenceNumber(3));
  CHECK(MustAppend(*open, kShard, {std::string(100'000, 'd'), "e"}) == SequenceNumber(4));

  const auto all = ReadAll(*open, kShard, SequenceNumber(0));
  REQUIRE(all.ok());
  REQUIRE(all->size() == 5);
  CHECK(all->front().data == "a");
  CHECK(all->back() == testing::NumberedRecord{SequenceNumber(5), "e"});
  CHECK(ReadAll(*open, kShard, SequenceNumber(2), {1, 1})->size() == 4);
  CHECK(ReadAll(*open, kShard, SequenceNumber(6))->empty());
  CHECK(ReadAll(*open, kShard, SequenceNumber(1000))->empty());
}

TEST_CASE("a read says what follows it", "[lane]") {
  const testing::TemporaryFolder folder;
  ManualClock clock(kNowMs);
  auto open = MustOpenStore(folder.path(),
                            Options(GENERATE(size_t{0}, size_t{400}, size_t{64} << 20), &clock));
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  for (const char* data : {"a", "b", "c"}) {
    MustAppend(*open, kShard, {data, std::string(100, 'x')});
    clock.AdvanceMs(10);
  }
  for (uint64_t from = 1; from <= 6; ++from) {
    const auto result = open->Read(kShard, SequenceNumber(from), {1, 1});
    REQUIRE(result.ok());
    REQUIRE(result->batches.size() == 1);
    CHECK(result->bounds.end == SequenceNumber(7));
    const auto batch = static_cast<int64_t>((from - 1) / 2);
    CHECK(result->batches[0]->header().append_time_ms == kNowMs + 10 * batch);
    CHECK(result->next_append_time_ms ==
          (batch < 2 ? std::optional(kNowMs + 10 * (batch + 1)) : std::nullopt));
  }
}

TEST_CASE("shards are told apart, and unknown ones are named", "[lane]") {
  const testing::TemporaryFolder folder;
  auto open = MustOpenStore(folder.path(), Options(0));
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  REQUIRE(testing::CreateShard(*open, kOther, {SequenceNumber(100)}).ok());
  MustAppend(*open, kShard, {"here"});
  CHECK(MustAppend(*open, kOther, {"there"}) == SequenceNumber(100));
  CHECK(ReadAll(*open, kShard, SequenceNumber(1))->front().data == "here");
  CHECK(ReadAll(*open, kOther, SequenceNumber(1))->front().data == "there");

  constexpr ShardKey kUnknown{StreamId(9), ShardIndex(9)};
  const auto append = AppendAndWait(*open, kUnknown, MakeBatch(kUnknown, {"x"}));
  CHECK(ReasonOf(append.status()) == ErrorReason::kShardNotFound);
  const auto read = open->Read(kUnknown, SequenceNumber(1), {});
  CHECK(ReasonOf(read.status()) == ErrorReason::kShardNotFound);
  CHECK(std::string(read.status().message()).find("9/shardId-000000000009") != std::string::npos);
}

TEST_CASE("making a shard again changes nothing", "[lane]") {
  const testing::TemporaryFolder folder;
  auto open = MustOpenStore(folder.path());
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  MustAppend(*open, kShard, {"a"});
  REQUIRE(testing::CreateShard(*open, kShard, {SequenceNumber(50)}).ok());
  CHECK(open->Bounds(kShard)->end == SequenceNumber(2));
}

TEST_CASE("a trimmed record is not read again, not even after opening anew", "[lane]") {
  const testing::TemporaryFolder folder;
  const LaneOptions options = Options(GENERATE(size_t{0}, size_t{64} << 20));
  auto open = MustOpenStore(folder.path(), options);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  MustAppend(*open, kShard, {"a", "b", "c"});
  MustAppend(*open, kShard, {"d"});
  REQUIRE(TrimAndWait(*open, kShard, SequenceNumber(2)).ok());
  CHECK(open->Bounds(kShard)->first == SequenceNumber(2));
  CHECK(ReadAll(*open, kShard, SequenceNumber(0))->front().data == "b");
  // The horizon only moves forward.
  REQUIRE(TrimAndWait(*open, kShard, SequenceNumber(1)).ok());
  CHECK(open->Bounds(kShard)->first == SequenceNumber(2));
  REQUIRE(open->Close().ok());
  open = {};
  open = MustOpenStore(folder.path(), options);
  CHECK(ReadAll(*open, kShard, SequenceNumber(0))->front().data == "b");
  // Past the end it stops there, and numbers go on.
  REQUIRE(TrimAndWait(*open, kShard, SequenceNumber(1000)).ok());
  CHECK(open->Bounds(kShard)->first == SequenceNumber(5));
  CHECK(ReadAll(*open, kShard, SequenceNumber(0))->empty());
  CHECK(MustAppend(*open, kShard, {"e"}) == SequenceNumber(5));
}

TEST_CASE("a time is found exactly, from memory and from disk", "[lane]") {
  const testing::TemporaryFolder folder;
  ManualClock clock(kNowMs);
  LaneOptions options = Options(GENERATE(size_t{0}, size_t{64} << 20), &clock);
  options.time_index_interval_ms = 25;
  auto open = MustOpenStore(folder.path(), options);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  CHECK(*open->FindByTime(kShard, kNowMs) == SequenceNumber(1));
  for (int i = 0; i < 20; ++i) {
    MustAppend(*open, kShard, {"x", "y"});
    clock.AdvanceMs(10);
  }
  CHECK(*open->FindByTime(kShard, 0) == SequenceNumber(1));
  for (int i = 0; i < 20; ++i) {
    CHECK(*open->FindByTime(kShard, kNowMs + 10 * i) == SequenceNumber(1 + 2 * i));
    CHECK(*open->FindByTime(kShard, kNowMs + 10 * i - 1) == SequenceNumber(1 + 2 * i));
  }
  CHECK(*open->FindByTime(kShard, kNowMs + 191) == SequenceNumber(41));
  REQUIRE(TrimAndWait(*open, kShard, SequenceNumber(10)).ok());
  CHECK(*open->FindByTime(kShard, kNowMs) == SequenceNumber(10));
}

TEST_CASE("a clock put back does not put times back", "[lane]") {
  const testing::TemporaryFolder folder;
  ManualClock clock(kNowMs);
  auto open = MustOpenStore(folder.path(), Options(0, &clock));
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  MustAppend(*open, kShard, {"a"});
  clock.AdvanceMs(-5'000);
  const auto result = AppendAndWait(*open, kShard, MakeBatch(kShard, {"b"}));
  REQUIRE(result.ok());
  CHECK(result->append_time_ms == kNowMs);
}

TEST_CASE("a deleted shard is gone, and its key may be used anew", "[lane]") {
  const testing::TemporaryFolder folder;
  auto open = MustOpenStore(folder.path(), Options(0));
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  REQUIRE(testing::CreateShard(*open, kOther).ok());
  MustAppend(*open, kShard, {"a"});
  MustAppend(*open, kOther, {"b"});
  REQUIRE(testing::DeleteShard(*open, kShard).ok());
  REQUIRE(testing::DeleteShard(*open, kShard).ok());
  CHECK(ReasonOf(open->Bounds(kShard).status()) == ErrorReason::kShardNotFound);
  open = {};
  open = MustOpenStore(folder.path(), Options(0));
  CHECK(ReasonOf(open->Bounds(kShard).status()) == ErrorReason::kShardNotFound);
  CHECK(ReadAll(*open, kOther, SequenceNumber(1))->size() == 1);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  CHECK(ReadAll(*open, kShard, SequenceNumber(1))->empty());
}

TEST_CASE("a wait is called by an append, a deletion and the end", "[lane]") {
  const testing::TemporaryFolder folder;
  auto open = MustOpenStore(folder.path());
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  REQUIRE(testing::CreateShard(*open, kOther).ok());

  std::promise<void> appended;
  CHECK(open->WaitForRecords(kShard, SequenceNumber(1), [&] { appended.set_value(); }) != 0);
  MustAppend(*open, kShard, {"a"});
  appended.get_future().get();

  bool at_once = false;
  CHECK(open->WaitForRecords(kShard, SequenceNumber(1), [&] { at_once = true; }) == 0);
  CHECK(at_once);

  bool canceled = false;
  const WaitId wait = open->WaitForRecords(kShard, SequenceNumber(2), [&] { canceled = true; });
  CHECK(open->CancelWait(kShard, wait));
  CHECK_FALSE(open->CancelWait(kShard, wait));

  std::promise<void> deleted;
  open->WaitForRecords(kShard, SequenceNumber(2), [&] { deleted.set_value(); });
  REQUIRE(testing::DeleteShard(*open, kShard).ok());
  deleted.get_future().get();

  bool ended = false;
  open->WaitForRecords(kOther, SequenceNumber(1), [&] { ended = true; });
  REQUIRE(open->Close().ok());
  CHECK(ended);
  CHECK_FALSE(canceled);
}

TEST_CASE("a sealed shard takes no more, and everything else goes on", "[lane]") {
  const testing::TemporaryFolder folder;
  ManualClock clock(kNowMs);
  const LaneOptions options = Options(GENERATE(size_t{0}, size_t{64} << 20), &clock);
  auto open = MustOpenStore(folder.path(), options);
  REQUIRE(testing::CreateShard(*open, kShard, {SequenceNumber(5)}).ok());
  CHECK_FALSE(open->Bounds(kShard)->sealed);
  MustAppend(*open, kShard, {"a", "b", "c"});
  std::promise<void> woken;
  REQUIRE(open->WaitForRecords(kShard, SequenceNumber(8), [&] { woken.set_value(); }) != 0);

  for (int i = 0; i < 2; ++i) {
    const auto sealed = testing::Seal(*open, kShard);
    REQUIRE(sealed.ok());
    CHECK(sealed->first == SequenceNumber(5));
    CHECK(sealed->end == SequenceNumber(8));
    CHECK(sealed->sealed);
  }
  woken.get_future().get();
  bool at_once = false;
  CHECK(open->WaitForRecords(kShard, SequenceNumber(8), [&] { at_once = true; }) == 0);
  CHECK(at_once);

  // The second time after a restart.
  for (int i = 0; i < 2; ++i) {
    const auto refused = AppendAndWait(*open, kShard, MakeBatch(kShard, {"late"}));
    CHECK(ReasonOf(refused.status()) == ErrorReason::kShardClosed);
    CHECK(open->Bounds(kShard)->sealed);
    const auto read = open->Read(kShard, SequenceNumber(0), {});
    REQUIRE(read.ok());
    CHECK(read->bounds.sealed);
    CHECK(read->bounds.end == SequenceNumber(8));
    CHECK(*open->FindByTime(kShard, kNowMs) == read->bounds.first);
    REQUIRE(TrimAndWait(*open, kShard, SequenceNumber(6)).ok());
    CHECK(ReadAll(*open, kShard, SequenceNumber(0))->front().data == "b");
    open = {};
    open = MustOpenStore(folder.path(), options);
  }
  REQUIRE(testing::DeleteShard(*open, kShard).ok());
  CHECK(ReasonOf(testing::Seal(*open, kShard).status()) == ErrorReason::kShardNotFound);
}

TEST_CASE("trimmed space is given back to the disk", "[lane]") {
  const testing::TemporaryFolder folder;
  LaneOptions options = Options(0);
  options.memtable_bytes = 1 << 20;
  options.blob_file_bytes = 1 << 20;
  options.trim_step_bytes = 1 << 20;
  const std::string path = folder.path() + "/lane";
  auto lane = Lane::Open(path, true, options);
  REQUIRE(lane.ok());
  std::promise<absl::Status> created;
  (*lane)->CreateShard(kShard, kFirstSequenceNumber, {},
                       [&](absl::Status status) { created.set_value(status); });
  REQUIRE(created.get_future().get().ok());
  const auto blob_bytes = [&] {
    uintmax_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(path)) {
      std::error_code gone;
      if (file.path().extension() != ".blob") continue;
      const uintmax_t size = file.file_size(gone);
      if (!gone) bytes += size;
    }
    return bytes;
  };
  constexpr int kBatches = 160;
  for (int i = 0; i < kBatches; ++i) {
    std::promise<void> done;
    (*lane)->Append(kShard,
                    MakeBatch(kShard, {std::string(100'000, static_cast<char>('a' + i % 26))}), {},
                    [&](const absl::StatusOr<AppendResult>&) { done.set_value(); });
    done.get_future().get();
  }
  const uintmax_t before = blob_bytes();
  std::promise<absl::Status> trimmed;
  (*lane)->Trim(kShard, SequenceNumber(kBatches * 3 / 4 + 1),
                [&](absl::Status status) { trimmed.set_value(status); });
  REQUIRE(trimmed.get_future().get().ok());
  (*lane)->ReclaimNow();
  // RocksDB removes the files a little after it reports the compaction done.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (blob_bytes() >= before / 2 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  CHECK(blob_bytes() < before / 2);
  CHECK((*lane)
            ->Read(kShard, SequenceNumber(1), {})
            ->batches.front()
            ->header()
            .first_sequence_number == SequenceNumber(kBatches * 3 / 4 + 1));
}

TEST_CASE("a reader beside trims and deletions is never told of damage", "[lane]") {
  const testing::TemporaryFolder folder;
  ManualClock clock(kNowMs);
  LaneOptions options = Options(0, &clock);
  // Each trim deletes.
  options.trim_step_bytes = 1;
  options.time_index_interval_ms = 1;
  auto open = MustOpenStore(folder.path(), options);
  constexpr int kRounds = 20;
  constexpr int kBatches = 10;
  std::atomic<bool> done = false;
  std::atomic<uint64_t> shard_number = 0;
  absl::Status damage;
  std::thread reader([&] {
    while (!done) {
      const ShardKey shard{StreamId(2), ShardIndex(static_cast<uint32_t>(shard_number.load()))};
      const auto read = open->Read(shard, SequenceNumber(0), {1, 1});
      if (!read.ok() && ReasonOf(read.status()) != ErrorReason::kShardNotFound)
        damage = read.status();
    }
  });
  for (int round = 0; round < kRounds; ++round) {
    const ShardKey shard{StreamId(2), ShardIndex(static_cast<uint32_t>(round))};
    REQUIRE(testing::CreateShard(*open, shard).ok());
    shard_number = static_cast<uint64_t>(round);
    for (int i = 0; i < kBatches; ++i) {
      MustAppend(*open, shard, {"x", "y"});
      clock.AdvanceMs(1);
    }
    for (uint64_t first = 3; first < 2 * kBatches; first += 2) {
      REQUIRE(TrimAndWait(*open, shard, SequenceNumber(first)).ok());
    }
    REQUIRE(testing::DeleteShard(*open, shard).ok());
  }
  done = true;
  reader.join();
  INFO(damage);
  CHECK(damage.ok());
}

TEST_CASE("what is older than all there is needs no reading", "[lane]") {
  const testing::TemporaryFolder folder;
  ManualClock clock(kNowMs);
  auto open = MustOpenStore(folder.path(), Options(0, &clock));
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  CHECK(*open->FindByTime(kShard, kNowMs) == SequenceNumber(1));
  MustAppend(*open, kShard, {"a"});
  CHECK(*open->FindByTime(kShard, kNowMs + 1) == SequenceNumber(2));
  CHECK(*open->FindByTime(kShard, kNowMs) == SequenceNumber(1));
}

TEST_CASE("a queue that is full refuses and says so", "[lane]") {
  const testing::TemporaryFolder folder;
  LaneOptions options = Options(0);
  options.queue_appends_max = 0;
  auto open = MustOpenStore(folder.path(), options);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  const auto result = AppendAndWait(*open, kShard, MakeBatch(kShard, {"a"}));
  CHECK(ReasonOf(result.status()) == ErrorReason::kOverloaded);
  // What is no append has a limit of its own.
  CHECK(testing::Seal(*open, kShard).ok());
}

TEST_CASE("commands of all kinds have a limit", "[lane]") {
  const testing::TemporaryFolder folder;
  LaneOptions options = Options(0);
  options.queue_commands_max = 0;
  auto open = MustOpenStore(folder.path(), options);
  CHECK(ReasonOf(testing::CreateShard(*open, kShard)) == ErrorReason::kOverloaded);
}

}  // namespace
}  // namespace penstock::storage
