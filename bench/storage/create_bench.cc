#include "bench/storage/create_bench.h"

#include <utility>

#include "bench/storage/measure.h"
#include "common/check.h"
#include "common/mutex.h"

namespace penstock::bench {
namespace {

ShardKey KeyOf(uint32_t shard) {
  return {StreamId(1), ShardIndex(shard)};
}

// Calls `begin` for 0 to `count` - 1 with a callback, so that `in_flight` are under way at any time.
template <typename Begin>
void RunAll(uint32_t count, uint32_t in_flight, Begin begin) {
  Mutex mutex;
  CondVar changed;
  uint32_t under_way = 0;
  const auto wait_below = [&](uint32_t bound) {
    MutexLock lock(mutex);
    while (under_way >= bound) changed.Wait(mutex);
    ++under_way;
  };
  for (uint32_t i = 0; i < count; ++i) {
    wait_below(in_flight);
    begin(KeyOf(i), [&](const absl::Status& status) {
      CHECK(status.ok());
      MutexLock lock(mutex);
      --under_way;
      changed.NotifyAll();
    });
  }
  wait_below(1);
}

}  // namespace

void CreateShards(storage::Lane& lane, uint32_t count, uint32_t in_flight) {
  RunAll(count, in_flight, [&](const ShardKey& shard, storage::StatusCallback done) {
    lane.CreateShard(shard, kFirstSequenceNumber, {}, std::move(done));
  });
}

CreateResult RunCreate(const std::string& parent, uint32_t count, uint32_t in_flight) {
  const Scratch scratch(parent);
  auto lane = storage::Lane::Open(scratch.path() + "/lane", true, {});
  CHECK(lane.ok());
  CreateResult result;
  const Stopwatch creating;
  CreateShards(**lane, count, in_flight);
  result.create_seconds = creating.seconds();
  const Stopwatch deleting;
  RunAll(count, in_flight, [&](const ShardKey& shard, storage::StatusCallback done) {
    (*lane)->DeleteShard(shard, std::move(done));
  });
  result.delete_seconds = deleting.seconds();
  CHECK((*lane)->Close().ok());
  return result;
}

}  // namespace penstock::bench
