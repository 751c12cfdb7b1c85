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

// Calls that are under way, no more than a bound.
class UnderWay {
 public:
  void BeginBelow(uint32_t bound) {
    MutexLock lock(mutex_);
    while (count_ >= bound) changed_.Wait(mutex_);
    ++count_;
  }
  void End() {
    MutexLock lock(mutex_);
    --count_;
    changed_.NotifyAll();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  uint32_t count_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Calls `begin` for 0 to `count` - 1 with a callback, so that `in_flight` are under way at any time.
template <typename Begin>
void RunAll(uint32_t count, uint32_t in_flight, Begin begin) {
  UnderWay under_way;
  for (uint32_t i = 0; i < count; ++i) {
    under_way.BeginBelow(in_flight);
    begin(KeyOf(i), [&under_way](const absl::Status& status) {
      CHECK(status.ok());
      under_way.End();
    });
  }
  under_way.BeginBelow(1);
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
