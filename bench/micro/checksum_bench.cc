// XXH3-64 against CRC32C, for the checksum of a batch (ADR 0004).

#include <string>

#include <benchmark/benchmark.h>
#include <xxhash.h>

#ifdef PENSTOCK_HAVE_ISAL
#include <isa-l/crc.h>
#endif

namespace {

std::string Bytes(int64_t size) {
  std::string bytes(static_cast<size_t>(size), '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 131);
  return bytes;
}

void Xxh3(benchmark::State& state) {
  const std::string bytes = Bytes(state.range(0));
  for (auto _ : state)
    benchmark::DoNotOptimize(XXH3_64bits_withSeed(bytes.data(), bytes.size(), 7));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Xxh3)->Arg(160)->Arg(1'100)->Arg(50'000)->Arg(500'000);

#ifdef PENSTOCK_HAVE_ISAL
void Crc32cIsal(benchmark::State& state) {
  std::string bytes = Bytes(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(crc32_iscsi(reinterpret_cast<unsigned char*>(bytes.data()),
                                         static_cast<int>(bytes.size()), 7));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Crc32cIsal)->Arg(160)->Arg(1'100)->Arg(50'000)->Arg(500'000);
#endif

}  // namespace
