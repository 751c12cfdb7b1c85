#include "bench/storage/append_bench.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "bench/storage/create_bench.h"
#include "bench/storage/measure.h"
#include "common/check.h"
#include "common/mutex.h"
#include "common/record_batch_builder.h"
#include "storage/lane.h"

namespace penstock::bench {
namespace {

ShardKey KeyOf(size_t shard) {
  return {StreamId(1), ShardIndex(static_cast<uint32_t>(shard))};
}

// One batch a shard, as bytes: each append parses a copy, as a broker takes in a batch from a
// client.
std::vector<std::string> BuildBatches(const AppendBench& bench) {
  std::vector<std::string> batches;
  for (size_t shard = 0; shard < bench.shards; ++shard) {
    RecordBatchBuilder builder(bench.records * (bench.record_bytes + 32));
    std::string data(bench.record_bytes, '\0');
    for (size_t i = 0; i < bench.records; ++i) {
      for (size_t j = 0; j < data.size(); ++j) data[j] = static_cast<char>((i * 7 + j) * 131);
      builder.Add({data, "partition-key", ""}, HashKey(i));
    }
    batches.emplace_back(std::move(builder).Build(KeyOf(shard), Codec::kNone).bytes());
  }
  return batches;
}

// Keeps `in_flight` appends under way and their latencies.
class Window {
 public:
  explicit Window(size_t in_flight) : in_flight_(in_flight) {}

  void Enter() {
    MutexLock lock(mutex_);
    while (under_way_ == in_flight_) changed_.Wait(mutex_);
    ++under_way_;
  }

  void Leave(double latency_us) {
    MutexLock lock(mutex_);
    --under_way_;
    latencies_us_.push_back(latency_us);
    changed_.NotifyAll();
  }

  std::vector<double> Finish() {
    MutexLock lock(mutex_);
    while (under_way_ > 0) changed_.Wait(mutex_);
    return std::move(latencies_us_);
  }

 private:
  const size_t in_flight_;
  Mutex mutex_;
  CondVar changed_;
  size_t under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<double> latencies_us_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

AppendResult RunAppends(const std::string& parent, const AppendBench& bench) {
  const Scratch scratch(parent);
  storage::LaneOptions options;
  options.round_bytes_max = bench.round_bytes_max;
  auto lane = storage::Lane::Open(scratch.path() + "/lane", true, options);
  CHECK(lane.ok());
  CreateShards(**lane, static_cast<uint32_t>(bench.shards), 1);
  const std::vector<std::string> batches = BuildBatches(bench);
  const size_t appends = std::max<size_t>(1, bench.total_bytes / batches.front().size());
  const double bytes = static_cast<double>(appends * batches.front().size());

  Window window(bench.in_flight);
  const uint64_t written_before = DiskBytesWritten();
  const Stopwatch stopwatch;
  for (size_t i = 0; i < appends; ++i) {
    const ShardKey shard = KeyOf(i % bench.shards);
    window.Enter();
    absl::StatusOr<RecordBatch> batch = RecordBatch::Parse(shard, batches[i % bench.shards]);
    CHECK(batch.ok());
    (*lane)->Append(
        shard, *std::move(batch), {},
        [&window, start = Stopwatch()](const absl::StatusOr<storage::AppendResult>& result) {
          CHECK(result.ok());
          window.Leave(start.seconds() * 1e6);
        });
  }
  std::vector<double> latencies_us = window.Finish();
  const double seconds = stopwatch.seconds();
  CHECK((*lane)->Close().ok());

  std::sort(latencies_us.begin(), latencies_us.end());
  AppendResult result;
  result.bytes_per_second = bytes / seconds;
  result.records_per_second = static_cast<double>(appends * bench.records) / seconds;
  result.write_amplification = static_cast<double>(DiskBytesWritten() - written_before) / bytes;
  result.p50_us = latencies_us[latencies_us.size() / 2];
  result.p99_us = latencies_us[latencies_us.size() * 99 / 100];
  return result;
}

}  // namespace penstock::bench
