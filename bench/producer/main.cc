// `./x bench producer`: the producer beside the plain client and beside storage alone, with a broker
// in a process of its own. Each line is the median of several rounds; a round runs every way in
// turn, so that a machine that slows down slows them all.
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include <CLI/CLI.hpp>

#include "bench/producer/runs.h"
#include "bench/storage/append_bench.h"
#include "bench/storage/measure.h"
#include "common/check.h"
#include "penstock/client.h"
#include "tests/support/broker_process.h"

namespace penstock::bench {
namespace {

struct Arguments {
  std::string parent = "/tmp";
  double seconds = 3;
  int rounds = 3;
  int threads = 2;
  std::vector<size_t> record_bytes{100, 1'000};
  std::vector<uint32_t> shards{4, 64};
};

struct Way {
  const char* name;
  bool by_producer;
  Compression compression;
};
constexpr Way kWays[] = {
    {"PutRecords, 500 a call", false, Compression::kNone},
    {"producer, none", true, Compression::kNone},
    {"producer, lz4", true, Compression::kLz4},
    {"producer, zstd", true, Compression::kZstd},
};

double MedianOf(const std::vector<PutFigures>& rounds, double PutFigures::*figure) {
  std::vector<double> values;
  for (const PutFigures& round : rounds) values.push_back(round.*figure);
  return Median(std::move(values));
}

// The committer and the syncer, with batches of 1 MB as the producer makes them.
double StorageMegabytes(const Arguments& arguments, size_t record_bytes, uint32_t shards) {
  AppendBench bench;
  bench.records = (1 << 20) / record_bytes;
  bench.record_bytes = record_bytes;
  bench.total_bytes = static_cast<size_t>(1) << 30;
  bench.in_flight = 16;
  bench.shards = shards;
  return RunAppends(arguments.parent, bench).bytes_per_second / 1e6;
}

void RunOne(const Arguments& arguments, size_t record_bytes, uint32_t shards) {
  const Scratch scratch(arguments.parent);
  auto broker = test::BrokerProcess::Start({.work_dir = scratch.path()});
  if (!broker.ok()) std::fprintf(stderr, "%s\n", broker.status().ToString().c_str());
  CHECK(broker.ok());
  auto client = Client::Connect({.endpoint = (*broker)->endpoint()});
  CHECK(client.ok());

  std::map<std::string, std::vector<PutFigures>> figures;
  std::vector<double> storage;
  for (int round = 0; round < arguments.rounds; ++round) {
    storage.push_back(StorageMegabytes(arguments, record_bytes, shards));
    for (const Way& way : kWays) {
      // A stream of its own each time, so that the disk holds one of them.
      const std::string stream = absl::StrCat("bench-", round);
      CHECK((*client)->CreateStream(stream, {.shard_count = shards}).ok());
      CHECK((*client)->WaitUntilActive(stream, absl::Minutes(1)).ok());
      const PutWork work{(*broker)->endpoint(), (*broker)->pid(),  stream,
                         record_bytes,          arguments.seconds, arguments.threads};
      figures[way.name].push_back(way.by_producer ? PutByProducer(work, way.compression)
                                                  : PutByClient(work));
      CHECK((*client)->DeleteStream(stream).ok());
      CHECK((*client)->WaitUntilDeleted(stream, absl::Minutes(1)).ok());
    }
  }
  const double limit = Median(storage);
  const double plain = MedianOf(figures[kWays[0].name], &PutFigures::records_per_second);
  std::printf("\nrecords of %zu bytes, %u shards; storage alone %.0f MB/s\n", record_bytes, shards,
              limit);
  std::printf("%-24s %12s %8s %10s %10s %12s %12s\n", "", "records/s", "MB/s", "/ storage",
              "/ PutRecs", "client s/GB", "broker s/GB");
  for (const Way& way : kWays) {
    const std::vector<PutFigures>& rounds = figures[way.name];
    const double records = MedianOf(rounds, &PutFigures::records_per_second);
    const double megabytes = MedianOf(rounds, &PutFigures::megabytes_per_second);
    std::printf("%-24s %12.0f %8.0f %10.2f %10.2f %12.2f %12.2f\n", way.name, records, megabytes,
                megabytes / limit, records / plain,
                MedianOf(rounds, &PutFigures::client_cpu_per_gb),
                MedianOf(rounds, &PutFigures::broker_cpu_per_gb));
    std::fflush(stdout);
  }
}

int Main(int argc, char** argv) {
  CLI::App app{"Puts through the producer, beside the plain client and storage alone"};
  Arguments arguments;
  app.add_option("--dir", arguments.parent, "folder for the data")->capture_default_str();
  app.add_option("--seconds", arguments.seconds, "of each run")->capture_default_str();
  app.add_option("--rounds", arguments.rounds, "of which the medians are")->capture_default_str();
  app.add_option("--threads", arguments.threads, "that put")->capture_default_str();
  app.add_option("--record-bytes", arguments.record_bytes, "sizes of records")
      ->capture_default_str();
  app.add_option("--shards", arguments.shards, "numbers of shards")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  for (const size_t record_bytes : arguments.record_bytes) {
    for (const uint32_t shards : arguments.shards) RunOne(arguments, record_bytes, shards);
  }
  return 0;
}

}  // namespace
}  // namespace penstock::bench

int main(int argc, char** argv) {
  return penstock::bench::Main(argc, argv);
}
