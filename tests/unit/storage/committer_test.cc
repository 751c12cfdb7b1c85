#include "storage/committer.h"

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <rocksdb/env.h>

#include "common/error.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/open_store.h"
#include "tests/support/storage_calls.h"
#include "tests/support/temporary_folder.h"

namespace penstock::storage {
namespace {

using testing::AppendAndWait;
using testing::MakeBatch;
using testing::MustOpenStore;
using testing::ReadAll;

constexpr ShardKey kShard{StreamId(1), ShardIndex(0)};

struct FaultyDisk {
  std::shared_ptr<testing::FaultFileSystem> fs = std::make_shared<testing::FaultFileSystem>();
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
  LaneOptions options;

  FaultyDisk() { options.env = env.get(); }
};

TEST_CASE("what was acknowledged survives a power loss, in order and without a gap",
          "[committer]") {
  const testing::TemporaryFolder folder;
  FaultyDisk disk;
  auto open = MustOpenStore(folder.path(), disk.options);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  for (int i = 0; i < 50; ++i)
    REQUIRE(AppendAndWait(*open, kShard, MakeBatch(kShard, {std::to_string(i)})).ok());
  // The plug is pulled: nothing of what the closing writes gets to the disk, nor what was not
  // synced.
  disk.fs->Freeze();
  open = {};
  disk.fs->PowerLoss();

  open = MustOpenStore(folder.path(), disk.options);
  const auto records = ReadAll(*open, kShard, SequenceNumber(1));
  REQUIRE(records.ok());
  REQUIRE(records->size() == 50);
  for (int i = 0; i < 50; ++i) CHECK((*records)[i].data == std::to_string(i));
}

TEST_CASE("a failed sync stops the lane: nothing is acknowledged again", "[committer]") {
  const testing::TemporaryFolder folder;
  FaultyDisk disk;
  auto open = MustOpenStore(folder.path(), disk.options);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  REQUIRE(AppendAndWait(*open, kShard, MakeBatch(kShard, {"synced"})).ok());
  disk.fs->FailLogSyncs();
  const auto failed = AppendAndWait(*open, kShard, MakeBatch(kShard, {"not synced"}));
  CHECK(ReasonOf(failed.status()) == ErrorReason::kStorageFailed);
  CHECK_FALSE(open->Health().ok());
  const auto later = AppendAndWait(*open, kShard, MakeBatch(kShard, {"later"}));
  CHECK(ReasonOf(later.status()) == ErrorReason::kStorageStopped);
  // What was synced is still served, and nothing else.
  const auto records = ReadAll(*open, kShard, SequenceNumber(1));
  REQUIRE(records.ok());
  REQUIRE(records->size() == 1);
  CHECK(records->front().data == "synced");
}

TEST_CASE("a deletion that fails still calls the waits", "[committer]") {
  const testing::TemporaryFolder folder;
  FaultyDisk disk;
  auto open = MustOpenStore(folder.path(), disk.options);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  std::promise<void> called;
  REQUIRE(open->WaitForRecords(kShard, SequenceNumber(1), [&] { called.set_value(); }) != 0);
  disk.fs->FailLogSyncs();
  CHECK(ReasonOf(testing::DeleteShard(*open, kShard)) == ErrorReason::kStorageFailed);
  called.get_future().get();
}

TEST_CASE("a write that was not synced is not shown, and may be gone after a power loss",
          "[committer]") {
  const testing::TemporaryFolder folder;
  FaultyDisk disk;
  auto open = MustOpenStore(folder.path(), disk.options);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  REQUIRE(AppendAndWait(*open, kShard, MakeBatch(kShard, {"synced"})).ok());
  disk.fs->FailLogSyncs();
  CHECK_FALSE(AppendAndWait(*open, kShard, MakeBatch(kShard, {std::string(10'000, 'x')})).ok());
  CHECK(ReadAll(*open, kShard, SequenceNumber(1))->size() == 1);
  disk.fs->Freeze();
  open = {};
  disk.fs->PowerLoss();
  disk = {};
  open = MustOpenStore(folder.path());
  const auto records = ReadAll(*open, kShard, SequenceNumber(1));
  REQUIRE(records.ok());
  REQUIRE(records->size() == 1);
  CHECK(AppendAndWait(*open, kShard, MakeBatch(kShard, {"next"}))->first_sequence_number ==
        SequenceNumber(2));
}

TEST_CASE("a log that cannot be written stops the lane", "[committer]") {
  const testing::TemporaryFolder folder;
  FaultyDisk disk;
  auto open = MustOpenStore(folder.path(), disk.options);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  disk.fs->FailWrites(".log");
  const auto failed = AppendAndWait(*open, kShard, MakeBatch(kShard, {std::string(1 << 20, 'x')}));
  CHECK(ReasonOf(failed.status()) == ErrorReason::kStorageFailed);
  CHECK_FALSE(open->Health().ok());
}

TEST_CASE("a flush that fails in the background stops the lane", "[committer]") {
  const testing::TemporaryFolder folder;
  FaultyDisk disk;
  disk.options.memtable_bytes = 1 << 20;
  auto open = MustOpenStore(folder.path(), disk.options);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  disk.fs->FailWrites(".blob");
  absl::Status status;
  for (int i = 0; i < 200 && status.ok(); ++i) {
    status = AppendAndWait(*open, kShard, MakeBatch(kShard, {std::string(100'000, 'x')})).status();
  }
  REQUIRE_FALSE(status.ok());
  CHECK_FALSE(open->Health().ok());
}

TEST_CASE("appends of many threads keep each thread's order and share syncs", "[committer]") {
  const testing::TemporaryFolder folder;
  FaultyDisk disk;
  auto open = MustOpenStore(folder.path(), disk.options);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  constexpr int kThreads = 4;
  constexpr int kAppends = 250;
  const uint64_t syncs_before = disk.fs->log_syncs();
  std::atomic<int> acknowledged = 0;
  std::promise<void> all_done;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kAppends; ++i) {
        open->Append(kShard, MakeBatch(kShard, {std::to_string(t) + ":" + std::to_string(i)}), {},
                     [&](const absl::StatusOr<AppendResult>& result) {
                       if (result.ok() && ++acknowledged == kThreads * kAppends)
                         all_done.set_value();
                     });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  all_done.get_future().get();
  CHECK(disk.fs->log_syncs() - syncs_before < kThreads * kAppends);

  const auto records = ReadAll(*open, kShard, SequenceNumber(1));
  REQUIRE(records.ok());
  REQUIRE(records->size() == kThreads * kAppends);
  std::vector<int> next(kThreads, 0);
  for (const testing::NumberedRecord& record : *records) {
    const int thread = record.data[0] - '0';
    REQUIRE(record.data == std::to_string(thread) + ":" + std::to_string(next[thread]++));
  }
}

TEST_CASE("a seal stands in the queue: what came before is stored, what comes after refused",
          "[committer]") {
  const testing::TemporaryFolder folder;
  FaultyDisk disk;
  auto open = MustOpenStore(folder.path(), disk.options);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  constexpr int kAppends = 100;
  std::atomic<int> stored = 0;
  std::atomic<int> closed = 0;
  const auto append = [&] {
    open->Append(kShard, MakeBatch(kShard, {"x"}), {},
                 [&](const absl::StatusOr<AppendResult>& result) {
                   if (result.ok()) {
                     ++stored;
                   } else if (ReasonOf(result.status()) == ErrorReason::kShardClosed) {
                     ++closed;
                   }
                 });
  };
  for (int i = 0; i < kAppends; ++i) append();
  std::atomic<int> stored_before_seal = 0;
  std::promise<absl::StatusOr<ShardBounds>> sealed;
  open->Seal(kShard, [&](absl::StatusOr<ShardBounds> bounds) {
    stored_before_seal = stored.load();
    sealed.set_value(std::move(bounds));
  });
  for (int i = 0; i < kAppends; ++i) append();
  const auto bounds = sealed.get_future().get();
  REQUIRE(bounds.ok());
  CHECK(bounds->end == SequenceNumber(kAppends + 1));
  CHECK(stored_before_seal == kAppends);
  REQUIRE(open->Close().ok());
  CHECK(stored == kAppends);
  CHECK(closed == kAppends);
}

TEST_CASE("a seal that was answered survives a power loss", "[committer]") {
  const testing::TemporaryFolder folder;
  FaultyDisk disk;
  auto open = MustOpenStore(folder.path(), disk.options);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  REQUIRE(AppendAndWait(*open, kShard, MakeBatch(kShard, {"a"})).ok());
  REQUIRE(testing::Seal(*open, kShard).ok());
  disk.fs->Freeze();
  open = {};
  disk.fs->PowerLoss();
  open = MustOpenStore(folder.path(), disk.options);
  CHECK(open->Bounds(kShard)->sealed);
  CHECK(open->Bounds(kShard)->end == SequenceNumber(2));
}

TEST_CASE("a seal that cannot be synced is not shown", "[committer]") {
  const testing::TemporaryFolder folder;
  FaultyDisk disk;
  auto open = MustOpenStore(folder.path(), disk.options);
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  disk.fs->FailLogSyncs();
  CHECK(ReasonOf(testing::Seal(*open, kShard).status()) == ErrorReason::kStorageFailed);
  CHECK_FALSE(open->Bounds(kShard)->sealed);
}

TEST_CASE("shards made together share syncs", "[committer]") {
  const testing::TemporaryFolder folder;
  FaultyDisk disk;
  auto open = MustOpenStore(folder.path(), disk.options);
  constexpr uint32_t kShards = 2'000;
  const uint64_t syncs_before = disk.fs->log_syncs();
  std::atomic<uint32_t> made = 0;
  std::promise<void> all_made;
  for (uint32_t i = 0; i < kShards; ++i) {
    open->CreateShard({StreamId(1), ShardIndex(i)}, {}, [&](const absl::Status& status) {
      if (status.ok() && ++made == kShards) all_made.set_value();
    });
  }
  all_made.get_future().get();
  CHECK(disk.fs->log_syncs() - syncs_before < kShards / 4);
}

TEST_CASE("closing completes what was appended and refuses what comes later", "[committer]") {
  const testing::TemporaryFolder folder;
  auto open = MustOpenStore(folder.path());
  REQUIRE(testing::CreateShard(*open, kShard).ok());
  std::atomic<int> answered = 0;
  std::atomic<int> stored = 0;
  for (int i = 0; i < 100; ++i) {
    open->Append(kShard, MakeBatch(kShard, {"x"}), {},
                 [&](const absl::StatusOr<AppendResult>& result) {
                   ++answered;
                   if (result.ok()) ++stored;
                 });
  }
  REQUIRE(open->Close().ok());
  CHECK(answered == 100);
  CHECK(stored == 100);
  const auto late = AppendAndWait(*open, kShard, MakeBatch(kShard, {"late"}));
  CHECK(ReasonOf(late.status()) == ErrorReason::kShuttingDown);
  open = {};
  open = MustOpenStore(folder.path());
  CHECK(open->Bounds(kShard)->end == SequenceNumber(101));
}

}  // namespace
}  // namespace penstock::storage
