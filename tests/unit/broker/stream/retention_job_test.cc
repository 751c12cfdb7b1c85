#include "broker/stream/retention_job.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "broker/cluster/embedded_metadata_store.h"
#include "broker/stream/reshard_plan.h"
#include "broker/stream/shard_expiry.h"
#include "common/record_batch_builder.h"
#include "tests/support/control_pool.h"
#include "tests/support/memory_shard_log.h"
#include "tests/support/storage_calls.h"
#include "tests/support/temporary_folder.h"

namespace penstock::broker {
namespace {

using testing::ControlPool;
using testing::WaitUntil;

constexpr int64_t kHourMs = 3'600'000;

class RetentionFixture {
 protected:
  std::shared_ptr<const StreamSnapshot> Stream(uint64_t id, StreamStatus status, uint32_t shards) {
    StreamConfig config;
    config.id = StreamId(id);
    config.name = "stream" + std::to_string(id);
    config.status = status;
    config.next_shard_index = ShardIndex(shards);
    std::vector<ShardInfo> infos;
    for (const HashKeyRange& range : UniformRanges(shards)) {
      ShardInfo info;
      info.index = ShardIndex(static_cast<uint32_t>(infos.size()));
      info.hash_keys = range;
      REQUIRE(testing::CreateShard(log_, {config.id, info.index}).ok());
      infos.push_back(info);
    }
    return std::make_shared<const StreamSnapshot>(config, infos);
  }

  void Append(const ShardKey& shard) {
    RecordBatchBuilder builder;
    RecordView record;
    record.data = "data";
    record.partition_key = "key";
    builder.Add(record, HashKey());
    bool stored = false;
    log_.Append(shard, std::move(builder).Build(shard, Codec::kNone), {},
                [&](absl::StatusOr<storage::AppendResult> result) { stored = result.ok(); });
    REQUIRE(stored);
  }

  // A pass each millisecond, and each stream's turn in each of them.
  RetentionJobOptions Options() { return {table_, editor_, log_, pool_.executor(), clock_, 1, 1}; }

  uint64_t FirstOf(const ShardKey& shard) { return log_.Bounds(shard)->first.value(); }

  ManualClock clock_{1'700'000'000'000};
  testing::MemoryShardLog log_{&clock_};
  testing::TemporaryFolder folder_;
  std::unique_ptr<EmbeddedMetadataStore> metadata_ =
      *EmbeddedMetadataStore::Open({folder_.path() + "/metadata", true});
  StreamStore store_{*metadata_};
  StreamTable table_;
  StreamEditor editor_{store_, table_};
  ControlPool pool_;
};

TEST_CASE_METHOD(RetentionFixture, "records older than the retention period are trimmed",
                 "[stream]") {
  // More shards than a step has.
  const uint32_t count = RetentionJob::kShardsPerStep + 3;
  const auto active = Stream(1, StreamStatus::kActive, count);
  const auto deleting = Stream(2, StreamStatus::kDeleting, 1);
  table_.Publish({active, Revision(1)});
  table_.Publish({deleting, Revision(2)});
  const ShardKey deleted{StreamId(2), ShardIndex(0)};
  for (uint32_t i = 0; i < count; ++i) Append({StreamId(1), ShardIndex(i)});
  Append(deleted);
  clock_.AdvanceMs(kHourMs);
  for (uint32_t i = 0; i < count; ++i) Append({StreamId(1), ShardIndex(i)});

  RetentionJob job(Options());
  job.Start();
  // The first record is just as old as the period.
  clock_.AdvanceMs(23 * kHourMs);
  const ShardKey last{StreamId(1), ShardIndex(count - 1)};
  CHECK(FirstOf(last) == 1);
  clock_.AdvanceMs(1);
  REQUIRE(WaitUntil([&] { return FirstOf(last) == 2; }));
  for (uint32_t i = 0; i < count; ++i) CHECK(FirstOf({StreamId(1), ShardIndex(i)}) == 2);
  clock_.AdvanceMs(kHourMs);
  REQUIRE(WaitUntil([&] { return FirstOf(last) == 3; }));
  CHECK(FirstOf(deleted) == 1);
  job.Stop();
}

TEST_CASE_METHOD(RetentionFixture, "a shard that is gone does not keep the others", "[stream]") {
  table_.Publish({Stream(1, StreamStatus::kActive, 2), Revision(1)});
  const ShardKey kept{StreamId(1), ShardIndex(1)};
  Append(kept);
  REQUIRE(testing::DeleteShard(log_, {StreamId(1), ShardIndex(0)}).ok());
  clock_.AdvanceMs(25 * kHourMs);
  RetentionJob job(Options());
  job.Start();
  CHECK(WaitUntil([&] { return FirstOf(kept) == 2; }));
}

TEST_CASE_METHOD(RetentionFixture, "a closed shard expires when its last record has", "[stream]") {
  const auto before = Stream(1, StreamStatus::kActive, 1);
  const StreamId id = before->config().id;
  const ShardKey parent{id, ShardIndex(0)};
  Append(parent);
  REQUIRE(testing::Seal(log_, parent).ok());
  StreamConfig config = before->config();
  config.creation_timestamp_ms = clock_.NowMs();
  config.status = StreamStatus::kUpdating;
  config.reshard = PlanShardCount(*before, 2);
  const StreamSnapshot updating(config, before->shards());
  const auto after = ApplySwitch(updating, {{ShardIndex(0), SequenceNumber(2)}}, clock_.NowMs());
  for (const ShardIndex child : {ShardIndex(1), ShardIndex(2)}) {
    REQUIRE(testing::CreateShard(log_, {id, child}).ok());
  }
  const auto put = store_.Put(*after, Revision());
  REQUIRE(put.ok());
  table_.Publish({after, *put});

  // Just as old as the period, it is kept.
  clock_.AdvanceMs(24 * kHourMs);
  CHECK(ExpireShards(after, clock_.NowMs()) == after);
  RetentionJob job(Options());
  job.Start();
  clock_.AdvanceMs(1);
  REQUIRE(WaitUntil([&] { return (*table_.Find(id))->shards().size() == 2; }));
  REQUIRE(WaitUntil([&] { return (*table_.Find(id))->config().expired_shards.empty(); }));
  CHECK_FALSE(log_.Bounds(parent).ok());
  CHECK(log_.Bounds({id, ShardIndex(1)}).ok());
  job.Stop();
  const auto stored = store_.Get("stream1");
  REQUIRE(stored.ok());
  CHECK((*stored)->snapshot->shards().size() == 2);
  CHECK((*stored)->snapshot->config().expired_shards.empty());
}

TEST_CASE_METHOD(RetentionFixture, "stopping does not wait for the next pass", "[stream]") {
  RetentionJobOptions options = Options();
  options.interval_min_ms = 3'600'000;
  options.interval_max_ms = 3'600'000;
  RetentionJob job(options);
  job.Start();
  job.Stop();
  job.Stop();
}

}  // namespace
}  // namespace penstock::broker
