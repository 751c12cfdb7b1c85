// penstock-bench-storage: how fast the shard log is beside RocksDB alone, how often it writes a
// byte, what it gives back.
//
// Each figure is the median of --rounds runs, which take turns, so that a machine that slows down
// slows all of them. The ratios are what to look at; docs/adr keeps those that decided something.

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "bench/storage/append_bench.h"
#include "bench/storage/create_bench.h"
#include "bench/storage/measure.h"
#include "bench/storage/plain_rocksdb.h"
#include "bench/storage/space_bench.h"

namespace penstock::bench {
namespace {

constexpr double kMega = 1e6;
constexpr size_t kSpaceMibMin = 512;
constexpr uint32_t kShardsToCreate = 10'000;

struct Arguments {
  std::string directory = ".";
  size_t mib = 512;
  size_t rounds = 3;
  bool choices = false;
};

struct Row {
  std::string name;
  std::function<PlainResult()> run;
  std::vector<double> rates = {};
  std::vector<double> amplifications = {};
};

// Runs all rows in turn, then prints each with its ratio to the first.
void RunTable(const char* title, size_t rounds, std::vector<Row> rows) {
  std::printf("\n%s\n%-52s %10s %8s %8s\n", title, "", "MB/s", "ratio", "amplif.");
  for (size_t round = 0; round < rounds; ++round) {
    for (Row& row : rows) {
      const PlainResult result = row.run();
      row.rates.push_back(result.bytes_per_second);
      row.amplifications.push_back(result.write_amplification);
    }
  }
  for (const Row& row : rows) {
    std::printf("%-52s %10.1f %8.2f %8.2f\n", row.name.c_str(), Median(row.rates) / kMega,
                Median(row.rates) / Median(rows.front().rates), Median(row.amplifications));
  }
}

void RunAppendTable(const Arguments& arguments, size_t records, size_t record_bytes,
                    size_t in_flight) {
  AppendBench bench;
  bench.records = records;
  bench.record_bytes = record_bytes;
  bench.in_flight = in_flight;
  bench.total_bytes = arguments.mib << 20;
  // Small batches are bound by the number of syncs, not by bytes.
  if (records * record_bytes < 10'000) bench.total_bytes /= 32;
  PlainRun plain;
  plain.value_bytes = records * record_bytes;
  plain.values = bench.total_bytes / plain.value_bytes;
  AppendResult last;
  const std::string title = "synced appends of " + std::to_string(records) + " x " +
                            std::to_string(record_bytes) + " bytes, " + std::to_string(in_flight) +
                            " under way";
  PlainRun each = plain;
  each.sync = SyncMode::kEachWrite;
  // One writer alone never has more than one round to sync; it needs less of them to be measured.
  RunTable(title.c_str(), arguments.rounds,
           {{"RocksDB alone, Write and SyncWAL on two threads",
             [&] { return RunPlainRocksDb(arguments.directory, plain); }},
            {"RocksDB alone, Write(sync=true)",
             [&] { return RunPlainRocksDb(arguments.directory, each); }},
            {"Penstock's shard log", [&] {
               last = RunAppends(arguments.directory, bench);
               return PlainResult{last.bytes_per_second, last.write_amplification};
             }}});
  std::printf("  shard log: %.0f records/s, append to acknowledgement p50 %.0f us, p99 %.0f us\n",
              last.records_per_second, last.p50_us, last.p99_us);
}

// What ADRs 0002 and 0003 stand on: RocksDB alone, with rolling retention of a quarter.
void RunChoices(const Arguments& arguments) {
  for (const size_t value_bytes :
       {size_t{1'000}, size_t{20'000}, size_t{200'000}, size_t{500'000}}) {
    const size_t values =
        (value_bytes < 10'000 ? arguments.mib << 15 : arguments.mib << 20) / value_bytes;
    std::vector<Row> rows;
    for (const SyncMode sync : {SyncMode::kSyncerThread, SyncMode::kEachWrite}) {
      for (const Layout layout : {Layout::kBlobFiles, Layout::kLeveled}) {
        rows.push_back({std::string(sync == SyncMode::kSyncerThread ? "syncer thread, "
                                                                    : "Write(sync=true), ") +
                            (layout == Layout::kBlobFiles ? "blob files" : "leveled"),
                        [=] {
                          return RunPlainRocksDb(arguments.directory,
                                                 {sync, layout, value_bytes, values, values / 4});
                        }});
      }
    }
    RunTable(
        ("RocksDB alone, values of " + std::to_string(value_bytes) + " bytes, a quarter retained")
            .c_str(),
        arguments.rounds, std::move(rows));
  }
}

// What LaneOptions::round_bytes_max stands on.
void RunRoundSizes(const Arguments& arguments) {
  std::vector<Row> rows;
  for (const size_t kib :
       {size_t{256}, size_t{512}, size_t{1024}, size_t{2048}, size_t{4096}, size_t{8192}}) {
    AppendBench bench;
    bench.total_bytes = arguments.mib << 20;
    bench.round_bytes_max = kib << 10;
    rows.push_back({"rounds of at most " + std::to_string(kib) + " KiB", [=] {
                      const AppendResult result = RunAppends(arguments.directory, bench);
                      return PlainResult{result.bytes_per_second, result.write_amplification};
                    }});
  }
  RunTable("shard log, synced appends of 500 x 1000 bytes, 8 under way", arguments.rounds,
           std::move(rows));
}

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Benchmarks of Penstock's shard log beside RocksDB alone");
  app.add_option("--directory", arguments.directory,
                 "where to write; name a folder on the disk to be measured")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--mib", arguments.mib, "MiB a run")
      ->check(CLI::Range(16, 65536))
      ->capture_default_str();
  app.add_option("--rounds", arguments.rounds, "runs of each")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_flag("--choices", arguments.choices,
               "measure the choices of layout, syncing and round size instead");
  CLI11_PARSE(app, argc, argv);

  if (arguments.choices) {
    RunChoices(arguments);
    RunRoundSizes(arguments);
    return 0;
  }
  RunAppendTable(arguments, 500, 1'000, 8);
  RunAppendTable(arguments, 500, 100, 8);
  RunAppendTable(arguments, 1, 1'000, 1);
  RunAppendTable(arguments, 1, 1'000, 64);
  for (const uint32_t in_flight : {1U, 64U, 1'024U}) {
    const CreateResult result = RunCreate(arguments.directory, kShardsToCreate, in_flight);
    std::printf("\n%u shards, %u under way: created in %.2f s, deleted in %.2f s\n",
                kShardsToCreate, in_flight, result.create_seconds, result.delete_seconds);
  }
  // At least so much that three quarters of a shard are more than one step of a trim (64 MiB).
  const SpaceResult space =
      RunSpace(arguments.directory, std::max<size_t>(arguments.mib, kSpaceMibMin) << 20);
  std::printf("\nspace after trimming three quarters: %.1f MB live, %.1f MB on disk, ratio %.2f\n",
              space.live_bytes / kMega, space.disk_bytes / kMega,
              space.disk_bytes / space.live_bytes);
  return 0;
}

}  // namespace
}  // namespace penstock::bench

int main(int argc, char** argv) {
  return penstock::bench::Main(argc, argv);
}
