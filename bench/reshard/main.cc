// penstock-bench-reshard: what a reshard costs those who put, and how fast a wide stream is
// described.
//
// A broker in this process, on a folder of its own, and clients of it over loopback. Writers put as
// fast as they are answered; meanwhile the stream is split again and again, then doubled. For each
// switch: the longest time in which no put of any writer was acknowledged, and the slowest put;
// beside it the same right after each split for as long, so that the disk is in the same mood.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include <CLI/CLI.hpp>

#include "bench/broker_in_process.h"
#include "bench/reshard/ack_log.h"
#include "bench/storage/measure.h"
#include "broker/app/broker.h"
#include "common/check.h"
#include "common/hash_key.h"
#include "common/log.h"
#include "penstock/client.h"

namespace penstock::bench {
namespace {

constexpr char kStream[] = "orders";
constexpr char kWideStream[] = "wide";

struct Arguments {
  std::string directory = ".";
  uint32_t splits = 50;
  uint32_t doublings = 6;
  uint32_t writers = 8;
  uint32_t records = 10;
  uint32_t record_bytes = 1'000;
  uint32_t wide_shards = 10'000;
  double seconds = 2;
};

void CreateStream(Client& client, const std::string& name, uint32_t shards) {
  CreateStreamOptions options;
  options.shard_count = shards;
  CHECK(client.CreateStream(name, options).ok());
  CHECK(client.WaitUntilActive(name, absl::Minutes(5)).ok());
}

// Puts records of many partition keys, so that each put goes to many shards, until it is destroyed.
class Load {
 public:
  Load(Client& client, const Arguments& arguments, AckLog& acks) {
    for (uint32_t writer = 0; writer < arguments.writers; ++writer) {
      threads_.emplace_back([this, &client, &arguments, &acks, writer] {
        const std::string data(arguments.record_bytes, 'x');
        uint64_t key = uint64_t{writer} << 32;
        while (!stop_.load(std::memory_order_relaxed)) {
          std::vector<PutRecordsEntry> entries;
          for (uint32_t i = 0; i < arguments.records; ++i)
            entries.push_back({data, std::to_string(++key)});
          const absl::Time begun = absl::Now();
          const auto put = client.PutRecords(kStream, std::move(entries));
          CHECK(put.ok());
          CHECK(put->failed_record_count == 0);
          acks.Add(begun, absl::Now());
        }
      });
    }
  }
  ~Load() {
    stop_.store(true, std::memory_order_relaxed);
    for (std::thread& thread : threads_) thread.join();
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

 private:
  // Relaxed: it orders nothing but itself.
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_;
};

// From the request to the moment when the stream is ACTIVE again.
Stretch Measure(Client& client, const std::function<absl::Status()>& reshard) {
  Stretch stretch{absl::Now(), {}};
  CHECK(reshard().ok());
  while (client.DescribeStreamSummary(kStream)->state != StreamState::kActive) {
  }
  stretch.end = absl::Now();
  return stretch;
}

// The widest open shard, at its middle.
absl::Status SplitWidest(Client& client) {
  const auto shards = client.ListAllShards(kStream, ShardFilter::AtLatest());
  CHECK(shards.ok());
  const ShardDescription* widest = nullptr;
  Uint128 width = 0;
  Uint128 first = 0;
  for (const ShardDescription& shard : *shards) {
    const Uint128 low = HashKey::FromDecimal(shard.starting_hash_key)->value();
    const Uint128 high = HashKey::FromDecimal(shard.ending_hash_key)->value();
    if (widest != nullptr && high - low <= width) continue;
    widest = &shard;
    width = high - low;
    first = low;
  }
  return client.SplitShard(kStream, widest->shard_id, HashKey(first + width / 2 + 1).ToDecimal());
}

void PrintFigures(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  std::printf(" %7.1f %7.1f %7.1f", Median(values), values[(values.size() - 1) * 9 / 10],
              values.back());
}

void PrintRow(const std::string& name, const std::vector<StretchResult>& results) {
  std::vector<double> gaps;
  std::vector<double> slowest;
  for (const StretchResult& result : results) {
    gaps.push_back(result.gap_ms);
    slowest.push_back(result.slowest_put_ms);
  }
  std::printf("%-44s", name.c_str());
  PrintFigures(std::move(gaps));
  PrintFigures(std::move(slowest));
  std::printf("\n");
}

// As long as `like`, from now on.
Stretch Quiet(const Stretch& like) {
  const absl::Time begin = absl::Now();
  absl::SleepFor(like.end - like.begin);
  return {begin, absl::Now()};
}

void RunGaps(Client& client, const Arguments& arguments) {
  CreateStream(client, kStream, 1);
  AckLog acks;
  std::vector<Stretch> splits;
  std::vector<Stretch> quiet;
  std::vector<Stretch> doublings;
  double puts_per_second = 0;
  {
    const Load load(client, arguments, acks);
    // Until the load is what it will be.
    absl::SleepFor(absl::Seconds(1));
    const Stopwatch stopwatch;
    const size_t before = acks.size();
    absl::SleepFor(absl::Seconds(arguments.seconds));
    puts_per_second = static_cast<double>(acks.size() - before) / stopwatch.seconds();
    for (uint32_t i = 0; i < arguments.splits; ++i) {
      splits.push_back(Measure(client, [&] { return SplitWidest(client); }));
      quiet.push_back(Quiet(splits.back()));
    }
    CHECK(client.UpdateShardCount(kStream, 1).ok());
    CHECK(client.WaitUntilActive(kStream, absl::Minutes(1)).ok());
    for (uint32_t i = 1; i <= arguments.doublings; ++i) {
      doublings.push_back(Measure(
          client, [&] { return client.UpdateShardCount(kStream, uint32_t{1} << i).status(); }));
    }
  }
  std::printf("%u writers, %u records of %u bytes a put, %.0f puts a second on one shard\n\n",
              arguments.writers, arguments.records, arguments.record_bytes, puts_per_second);
  std::printf("%-44s %23s %23s\n", "", "no put acknowledged", "slowest put");
  std::printf("%-44s %7s %7s %7s %7s %7s %7s\n", "milliseconds", "p50", "p90", "max", "p50", "p90",
              "max");
  PrintRow("as long after each, without resharding", acks.Look(quiet));
  PrintRow(absl::StrCat(splits.size(), " splits of one shard"), acks.Look(splits));
  PrintRow(absl::StrCat("1 to ", 1U << arguments.doublings, " shards, doubled each time"),
           acks.Look(doublings));
}

// Calls a second of `threads` callers at once.
double CallsPerSecond(const Arguments& arguments, uint32_t threads,
                      const std::function<absl::Status()>& call) {
  std::atomic<uint64_t> calls = 0;
  const Stopwatch stopwatch;
  std::vector<std::thread> callers;
  for (uint32_t i = 0; i < threads; ++i) {
    callers.emplace_back([&] {
      while (stopwatch.seconds() < arguments.seconds) {
        CHECK(call().ok());
        calls.fetch_add(1, std::memory_order_relaxed);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  return static_cast<double>(calls.load()) / stopwatch.seconds();
}

void RunCalls(Client& client, const Arguments& arguments) {
  const Stopwatch creating;
  CreateStream(client, kWideStream, arguments.wide_shards);
  std::printf("\na stream of %u shards, created in %.2f s\n\n%-44s %10s %10s\n",
              arguments.wide_shards, creating.seconds(), "calls a second", "1 caller", "8 callers");
  const auto list = [&](uint32_t max_results) {
    ListShardsOptions options;
    options.stream_name = kWideStream;
    options.max_results = max_results;
    return client.ListShards(options).status();
  };
  const std::vector<std::pair<std::string, std::function<absl::Status()>>> calls = {
      {"ListShards, 1,000 shards", [&] { return list(1'000); }},
      {"ListShards, 10,000 shards", [&] { return list(10'000); }},
      {"DescribeStreamSummary", [&] { return client.DescribeStreamSummary(kWideStream).status(); }},
      {"GetShardIterator, TRIM_HORIZON", [&] {
         return client
             .GetShardIterator(kWideStream, "shardId-000000000007", IteratorPosition::TrimHorizon())
             .status();
       }}};
  for (const auto& [name, call] : calls) {
    std::printf("%-44s %10.0f %10.0f\n", name.c_str(), CallsPerSecond(arguments, 1, call),
                CallsPerSecond(arguments, 8, call));
  }
}

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("What resharding costs those who put, and how fast a wide stream is described");
  app.add_option("--directory", arguments.directory,
                 "where to write; name a folder on the disk to be measured")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--splits", arguments.splits, "splits, one after the other")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  app.add_option("--doublings", arguments.doublings, "doublings of the shard count")
      ->check(CLI::Range(1, 10))
      ->capture_default_str();
  app.add_option("--writers", arguments.writers, "writers, each with one put under way")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--records", arguments.records, "records a put")
      ->check(CLI::Range(1, 500))
      ->capture_default_str();
  app.add_option("--wide-shards", arguments.wide_shards, "shards of the stream that is described")
      ->check(CLI::Range(10, 10'000))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  InitLog(LogLevel::kWarning, LogFormat::kText);
  const Scratch scratch(arguments.directory);
  const std::unique_ptr<broker::Broker> broker = StartBroker(scratch.path());
  const std::unique_ptr<Client> client = Connect(*broker);
  RunGaps(*client, arguments);
  RunCalls(*client, arguments);
  return 0;
}

}  // namespace
}  // namespace penstock::bench

int main(int argc, char** argv) {
  return penstock::bench::Main(argc, argv);
}
