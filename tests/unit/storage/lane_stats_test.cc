#include "storage/lane_stats.h"

#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <rocksdb/env.h>

#include "common/error.h"
#include "tests/support/control_pool.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/open_store.h"
#include "tests/support/storage_calls.h"
#include "tests/support/temporary_folder.h"

namespace penstock::storage {
namespace {

using testing::AppendAndWait;
using testing::CreateShard;
using testing::MakeBatch;
using testing::MustOpenStore;

constexpr ShardKey kShard{StreamId(1), ShardIndex(0)};

TEST_CASE("a lane counts what it has synced, and what that took") {
  const testing::TemporaryFolder folder;
  LaneOptions options;
  options.tail_ring_bytes = 1 << 20;
  options.queue_bytes_max = 1 << 19;
  options.queue_appends_max = 17;
  auto open = MustOpenStore(folder.path(), options);
  REQUIRE(CreateShard(*open, kShard).ok());
  const uint64_t syncs_before = open->Stats()[0].sync.count();
  const size_t batch_bytes = MakeBatch(kShard, {std::string(1'000, 'x')}).bytes().size();
  for (int i = 0; i < 10; ++i) {
    REQUIRE(AppendAndWait(*open, kShard, MakeBatch(kShard, {std::string(1'000, 'x')})).ok());
  }

  const LaneStats stats = open->Stats()[0];
  CHECK(stats.appends == 10);
  CHECK(stats.append_bytes == 10 * batch_bytes);
  CHECK(stats.appends_refused == 0);
  CHECK(stats.sync.count() == syncs_before + 10);
  CHECK(stats.sync.sum_us > 0);
  CHECK(stats.write.count() >= 10);
  CHECK(stats.rounds >= 10);
  CHECK(stats.queue_commands == 0);
  CHECK(stats.queue_bytes == 0);
  CHECK(stats.queue_commands_max == 17);
  CHECK(stats.queue_bytes_max == 1 << 19);
  CHECK(stats.tail_bytes_max == 1 << 20);
  CHECK(stats.shards == 1);
  CHECK(stats.health.ok());
  // Set after the last answer.
  CHECK(testing::WaitUntil([&] { return open->Stats()[0].tail_bytes == 10 * batch_bytes; }));
}

TEST_CASE("each lane has stats of its own") {
  const testing::TemporaryFolder folder;
  auto open = MustOpenStore(folder.path(), {}, /*lanes=*/2);
  // Stream 1's first shard is on lane 1.
  REQUIRE(CreateShard(*open, kShard).ok());
  REQUIRE(AppendAndWait(*open, kShard, MakeBatch(kShard, {"a"})).ok());
  const std::vector<LaneStats> stats = open->Stats();
  REQUIRE(stats.size() == 2);
  CHECK(stats[0].appends == 0);
  CHECK(stats[0].shards == 0);
  CHECK(stats[1].appends == 1);
  CHECK(stats[1].shards == 1);
}

TEST_CASE("a lane that has stopped says so, and counts no more appends") {
  const testing::TemporaryFolder folder;
  const auto fs = std::make_shared<testing::FaultFileSystem>();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
  LaneOptions options;
  options.env = env.get();
  auto open = MustOpenStore(folder.path(), options);
  REQUIRE(CreateShard(*open, kShard).ok());
  fs->FailLogSyncs();
  REQUIRE_FALSE(AppendAndWait(*open, kShard, MakeBatch(kShard, {"a"})).ok());
  const LaneStats stats = open->Stats()[0];
  CHECK_FALSE(stats.health.ok());
  CHECK(stats.appends == 0);
  CHECK(stats.append_bytes == 0);
  REQUIRE_FALSE(AppendAndWait(*open, kShard, MakeBatch(kShard, {"b"})).ok());
  // Refused, but not for a full queue.
  CHECK(open->Stats()[0].appends_refused == 0);
}

}  // namespace
}  // namespace penstock::storage
