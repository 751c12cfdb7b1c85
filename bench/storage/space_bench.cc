#include "bench/storage/space_bench.h"

#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include "bench/storage/create_bench.h"
#include "bench/storage/measure.h"
#include "common/check.h"
#include "common/record_batch_builder.h"
#include "storage/lane.h"

namespace penstock::bench {
namespace {

constexpr uint32_t kShards = 4;
constexpr size_t kBatchBytes = 100'000;

ShardKey KeyOf(uint32_t shard) {
  return {StreamId(1), ShardIndex(shard)};
}

void Append(storage::Lane& lane, const ShardKey& shard, const std::string& data) {
  RecordBatchBuilder builder(data.size());
  builder.Add({data, "key", ""}, HashKey());
  std::promise<void> done;
  lane.Append(shard, std::move(builder).Build(shard, Codec::kNone), {},
              [&](const absl::StatusOr<storage::AppendResult>& result) {
                CHECK(result.ok());
                done.set_value();
              });
  done.get_future().get();
}

// RocksDB removes files after the compaction that made them obsolete is reported done: waits until
// nothing has changed for a while.
uint64_t SettledBytesBelow(const std::string& path) {
  constexpr int kUnchangedMin = 20;
  constexpr auto kInterval = std::chrono::milliseconds(50);
  uint64_t bytes = BytesBelow(path);
  for (int unchanged = 0; unchanged < kUnchangedMin; ++unchanged) {
    std::this_thread::sleep_for(kInterval);
    const uint64_t now = BytesBelow(path);
    if (now != bytes) unchanged = 0;
    bytes = now;
  }
  return bytes;
}

}  // namespace

SpaceResult RunSpace(const std::string& parent, size_t total_bytes) {
  const Scratch scratch(parent);
  const std::string path = scratch.path() + "/lane";
  auto lane = storage::Lane::Open(path, true, {});
  CHECK(lane.ok());
  CreateShards(**lane, kShards, 1);
  const std::string data(kBatchBytes, 'x');
  const size_t batches = total_bytes / kBatchBytes / kShards;
  const size_t trimmed_batches = batches * 3 / 4;
  for (size_t i = 0; i < batches; ++i) {
    for (uint32_t shard = 0; shard < kShards; ++shard) Append(**lane, KeyOf(shard), data);
  }
  for (uint32_t shard = 0; shard < kShards; ++shard) {
    std::promise<absl::Status> trimmed;
    (*lane)->Trim(KeyOf(shard), SequenceNumber(trimmed_batches + 1),
                  [&](absl::Status status) { trimmed.set_value(std::move(status)); });
    CHECK(trimmed.get_future().get().ok());
  }
  (*lane)->ReclaimNow();
  SpaceResult result;
  result.live_bytes = static_cast<double>((batches - trimmed_batches) * kShards * kBatchBytes);
  result.disk_bytes = static_cast<double>(SettledBytesBelow(path));
  return result;
}

}  // namespace penstock::bench
