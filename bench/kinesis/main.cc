// penstock-bench-kinesis: the Kinesis endpoint beside the gRPC API, on the same broker.
//
// Puts and gets of records of 1 KB, JSON and CBOR, HTTP/1.1 and HTTP/2, with and without signatures
// that are verified. The broker is a child process on a folder of its own. All ways of a workload
// are measured in turn, round by round, so that what the machine does meanwhile meets all of them;
// medians are shown.
#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "bench/kinesis/bench_brokers.h"
#include "bench/kinesis/measurement.h"
#include "bench/kinesis/oracles.h"
#include "bench/kinesis/report.h"
#include "bench/kinesis/workload.h"
#include "bench/storage/measure.h"

namespace penstock::bench {
namespace {

using broker::AwsFormat;

struct Arguments {
  std::string directory = ".";
  std::string oracle_directory = PENSTOCK_ORACLE_DIR;
  std::string workload;
  std::string way;
  size_t rounds = 3;
  double seconds = 0.8;
  double oracle_seconds = 4;
  size_t callers = 8;
  size_t single_callers = 64;
  bool oracles = false;
  bool json = false;
};

std::vector<Workload> Workloads(const Arguments& arguments) {
  return {{.name = "put 500 x 1 KB", .callers = arguments.callers},
          {.kind = WorkloadKind::kPutRecord,
           .name = "put 1 x 1 KB",
           .records = 1,
           .callers = arguments.single_callers},
          {.kind = WorkloadKind::kGetRecords, .name = "get 500 x 1 KB", .callers = 4},
          {.kind = WorkloadKind::kGetRecords,
           .name = "get 10,000 x 1 KB",
           .records = 10'000,
           .callers = 4}};
}

std::vector<Way> Ways(const Workload& workload) {
  std::vector<Way> ways = {{.name = "gRPC"},
                           {"JSON, HTTP/1.1", Wire::kHttp1, AwsFormat::kJson},
                           {"JSON, HTTP/2", Wire::kHttp2, AwsFormat::kJson},
                           {"CBOR, HTTP/1.1", Wire::kHttp1, AwsFormat::kCbor},
                           {"CBOR, HTTP/2", Wire::kHttp2, AwsFormat::kCbor}};
  if (workload.kind == WorkloadKind::kGetRecords) return ways;
  ways.push_back({"JSON, HTTP/1.1, verified", Wire::kHttp1, AwsFormat::kJson, true});
  ways.push_back({"CBOR, HTTP/1.1, verified", Wire::kHttp1, AwsFormat::kCbor, true});
  return ways;
}

bool IsAsked(const std::string& part, const std::string& name) {
  return part.empty() || name.find(part) != std::string::npos;
}

ReportTable Run(BenchBrokers& brokers, const Workload& workload, const Arguments& arguments) {
  std::vector<Way> ways = Ways(workload);
  // The first is what the others are held against.
  ways.erase(std::remove_if(ways.begin() + 1, ways.end(),
                            [&](const Way& way) { return !IsAsked(arguments.way, way.name); }),
             ways.end());
  std::vector<std::vector<Measured>> rounds(ways.size());
  for (size_t round = 0; round < arguments.rounds; ++round) {
    for (size_t i = 0; i < ways.size(); ++i) {
      rounds[i].push_back(
          Measure(brokers.NewCallers(workload, ways[i]), arguments.seconds, brokers.pid(ways[i])));
    }
  }
  ReportTable table{workload, {}};
  for (size_t i = 0; i < ways.size(); ++i) table.rows.push_back({ways[i].name, Median(rounds[i])});
  return table;
}

// Beside what came out for Penstock in this run.
void AddOracles(const Arguments& arguments, ReportTable* table) {
  const absl::StatusOr<std::vector<Oracle>> oracles = StartOracles(arguments.oracle_directory);
  if (!oracles.ok()) {
    std::fprintf(stderr, "kinesalite and kinesis-mock are left out: %s\n",
                 std::string(oracles.status().message()).c_str());
    return;
  }
  for (const Oracle& oracle : *oracles) {
    table->rows.push_back(
        {oracle.name() + ", JSON, HTTP/1.1",
         Measure(oracle.NewCallers(table->workload), arguments.oracle_seconds, oracle.pid())});
  }
}

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("The Kinesis endpoint beside the gRPC API of the same broker");
  app.add_option("--directory", arguments.directory,
                 "where to write; name a folder on the disk to be measured")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--seconds", arguments.seconds, "of each measurement; there are 24 a round")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  app.add_option("--rounds", arguments.rounds, "of which the medians are shown")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--callers", arguments.callers, "that put 500 records, each with a connection")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--single-callers", arguments.single_callers, "that put one record")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  app.add_option("--workload", arguments.workload, "only those with this in their name");
  app.add_option("--way", arguments.way, "beside gRPC, only those with this in their name");
  app.add_flag("--oracles", arguments.oracles,
               "puts to kinesalite and kinesis-mock too, which npm installs into the build folder");
  app.add_option("--oracle-seconds", arguments.oracle_seconds, "of each of them")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  app.add_flag("--json", arguments.json, "one JSON document instead of tables");
  CLI11_PARSE(app, argc, argv);

  const Scratch scratch(arguments.directory);
  std::vector<ReportTable> tables;
  {
    BenchBrokers brokers(scratch.path());
    for (const Workload& workload : Workloads(arguments)) {
      if (!IsAsked(arguments.workload, workload.name)) continue;
      tables.push_back(Run(brokers, workload, arguments));
      if (workload.kind == WorkloadKind::kPutRecords && arguments.oracles)
        AddOracles(arguments, &tables.back());
      if (!arguments.json) PrintTable(tables.back());
    }
  }
  if (arguments.json) PrintJson(tables);
  return 0;
}

}  // namespace
}  // namespace penstock::bench

int main(int argc, char** argv) {
  return penstock::bench::Main(argc, argv);
}
