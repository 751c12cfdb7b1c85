// What a record costs on its way into a batch and out of it.

#include "common/record_batch.h"

#include <string>

#include <benchmark/benchmark.h>

#include "common/hash_key.h"
#include "common/record_batch_builder.h"

namespace penstock {
namespace {

constexpr ShardKey kShard{StreamId(1), ShardIndex(0)};
constexpr int kRecords = 500;

RecordBatch Build(const std::string& data, Codec codec) {
  RecordBatchBuilder builder(kRecords * (data.size() + 32));
  for (int i = 0; i < kRecords; ++i)
    builder.Add({data, "partition-key", ""}, HashKey(static_cast<Uint128>(i)));
  return std::move(builder).Build(kShard, codec);
}

std::string Text(int64_t size) {
  std::string text;
  while (text.size() < static_cast<size_t>(size))
    text += R"({"delay":)" + std::to_string(text.size() * 37 % 1000) + "}";
  text.resize(static_cast<size_t>(size));
  return text;
}

void HashPartitionKey(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(HashKey::FromPartitionKey("partition-key"));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(HashPartitionKey);

void BuildBatch(benchmark::State& state) {
  const std::string data = Text(state.range(0));
  const auto codec = static_cast<Codec>(state.range(1));
  for (auto _ : state) benchmark::DoNotOptimize(Build(data, codec));
  state.SetBytesProcessed(state.iterations() * kRecords * state.range(0));
  state.SetLabel(std::string(CodecName(codec)));
}
BENCHMARK(BuildBatch)->ArgsProduct({{100, 1'000}, {0, 1, 2}});

void ReadBatch(benchmark::State& state) {
  const RecordBatch batch = Build(Text(state.range(0)), static_cast<Codec>(state.range(1)));
  const std::string bytes(batch.bytes());
  for (auto _ : state) {
    const RecordBatch parsed = *RecordBatch::Parse(kShard, bytes);
    RecordBlockReader reader = *RecordBlockReader::Open(parsed);
    RecordView record;
    while (reader.Next(&record)) benchmark::DoNotOptimize(record.data.size());
  }
  state.SetBytesProcessed(state.iterations() * kRecords * state.range(0));
  state.SetLabel(std::string(CodecName(static_cast<Codec>(state.range(1)))));
}
BENCHMARK(ReadBatch)->ArgsProduct({{100, 1'000}, {0, 1, 2}});

}  // namespace
}  // namespace penstock
