// What encryption at rest costs a batch (ADR 0009).

#include "broker/encryption/batch_cipher.h"

#include <string>
#include <utility>

#include <benchmark/benchmark.h>

#include "broker/encryption/aead.h"
#include "common/record_batch_builder.h"

namespace penstock::broker {
namespace {

constexpr ShardKey kShard{StreamId(1), ShardIndex(0)};

RecordBatch Plain(int64_t bytes) {
  const std::string data(static_cast<size_t>(bytes), 'x');
  RecordBatchBuilder builder(data.size() + 64);
  builder.Add({data, "partition-key", ""}, HashKey(1));
  return std::move(builder).Build(kShard, Codec::kNone);
}

SecretKey Key() {
  return SecretKey(std::string(SecretKey::kBytes, 'k'));
}

// AES-256-GCM alone, with its key derivation: what the others are held against.
void Seal(benchmark::State& state) {
  std::string text(static_cast<size_t>(state.range(0)), 'x');
  const SecretKey key = Key();
  const Nonce nonce = *RandomNonce();
  for (auto _ : state) benchmark::DoNotOptimize(SealInPlace(key, nonce, "associated", text));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Seal)->Arg(0)->Arg(1'000)->Arg(500'000);

// Making the plain batch is in it; BuildAlone is what to take off.
void Encrypt(benchmark::State& state) {
  const SecretKey key = Key();
  for (auto _ : state)
    benchmark::DoNotOptimize(EncryptBatch(kShard, Plain(state.range(0)), key, 1));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Encrypt)->Arg(100)->Arg(1'000)->Arg(500'000);

void BuildAlone(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Plain(state.range(0)));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BuildAlone)->Arg(100)->Arg(1'000)->Arg(500'000);

void Decrypt(benchmark::State& state) {
  const SecretKey key = Key();
  const RecordBatch encrypted = *EncryptBatch(kShard, Plain(state.range(0)), key, 1);
  for (auto _ : state) benchmark::DoNotOptimize(DecryptBatch(kShard, encrypted, key));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Decrypt)->Arg(100)->Arg(1'000)->Arg(500'000);

}  // namespace
}  // namespace penstock::broker
