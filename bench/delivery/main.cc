// penstock-bench-delivery: how long a record takes to a subscriber.
//
// A broker in this process, on a folder of its own, and over loopback a client that puts one record
// at a time and one that subscribes. The record says when it was sent. Three figures of each put: until it
// was acknowledged; until the event with it had come; and the second less the first, which is what
// delivery adds (below zero where the event came first).
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include <CLI/CLI.hpp>

#include "bench/broker_in_process.h"
#include "bench/storage/measure.h"
#include "broker/app/broker.h"
#include "common/check.h"
#include "common/log.h"
#include "common/mutex.h"
#include "penstock/client.h"

namespace penstock::bench {
namespace {

constexpr char kStream[] = "orders";
constexpr char kConsumer[] = "bench";
constexpr char kShard[] = "shardId-000000000000";

struct Arguments {
  std::string directory = ".";
  uint32_t puts = 5'000;
  uint32_t record_bytes = 1'000;
  // Between puts; gRPC's threads sleep when there is a pause.
  double pause_ms = 0;
};

// When each record had come, by its place in the order of puts.
class Arrivals {
 public:
  explicit Arrivals(size_t count) : times_(count, absl::InfinitePast()) {}

  void OnEvent(const SubscriptionEvent& event) {
    const absl::Time now = absl::Now();
    MutexLock lock(mutex_);
    // The first event tells that the subscription has begun; it may hold no records.
    subscribed_ = true;
    for (const ReceivedRecord& record : event.records) {
      size_t index = 0;
      CHECK(absl::SimpleAtoi(record.partition_key, &index));
      times_.at(index) = now;
      ++arrived_;
    }
    changed_.NotifyAll();
  }
  void AwaitSubscribed() {
    MutexLock lock(mutex_);
    while (!subscribed_) CHECK(changed_.WaitFor(mutex_, kDeadline));
  }
  std::vector<absl::Time> AwaitAll() {
    MutexLock lock(mutex_);
    while (arrived_ < times_.size()) CHECK(changed_.WaitFor(mutex_, kDeadline));
    return times_;
  }

 private:
  static constexpr std::chrono::seconds kDeadline{30};

  Mutex mutex_;
  CondVar changed_;
  bool subscribed_ ABSL_GUARDED_BY(mutex_) = false;
  size_t arrived_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<absl::Time> times_ ABSL_GUARDED_BY(mutex_);
};

void PrintRow(const char* name, std::vector<absl::Duration> times) {
  std::sort(times.begin(), times.end());
  const auto at = [&](double quantile) {
    const auto index = static_cast<size_t>(quantile * static_cast<double>(times.size() - 1));
    return absl::ToDoubleMicroseconds(times[index]);
  };
  std::printf("%-32s %9.0f %9.0f %9.0f %9.0f\n", name, at(0.5), at(0.9), at(0.99), at(1));
}

void Run(broker::Broker& broker, const Arguments& arguments) {
  const std::unique_ptr<Client> producer = Connect(broker);
  const std::unique_ptr<Client> consumer = Connect(broker);
  CHECK(producer->CreateStream(kStream, {}).ok());
  CHECK(producer->WaitUntilActive(kStream, absl::Seconds(30)).ok());
  CHECK(consumer->RegisterStreamConsumer(kStream, kConsumer).ok());

  Arrivals arrivals(arguments.puts);
  const auto subscription = consumer->SubscribeToShard(
      {.stream_name = kStream, .consumer_name = kConsumer, .shard_id = kShard},
      {.on_event = [&](const SubscriptionEvent& event) { arrivals.OnEvent(event); },
       .on_end = [](const absl::Status& status) { CHECK(absl::IsCancelled(status)); }});
  arrivals.AwaitSubscribed();

  std::vector<absl::Time> sent;
  std::vector<absl::Time> acknowledged;
  const std::string data(arguments.record_bytes, 'x');
  for (uint32_t i = 0; i < arguments.puts; ++i) {
    absl::SleepFor(absl::Milliseconds(arguments.pause_ms));
    sent.push_back(absl::Now());
    CHECK(producer->PutRecord(kStream, {data, std::to_string(i)}).ok());
    acknowledged.push_back(absl::Now());
  }
  const std::vector<absl::Time> arrived = arrivals.AwaitAll();
  subscription->Cancel();

  std::vector<absl::Duration> put;
  std::vector<absl::Duration> delivery;
  std::vector<absl::Duration> added;
  for (uint32_t i = 0; i < arguments.puts; ++i) {
    put.push_back(acknowledged[i] - sent[i]);
    delivery.push_back(arrived[i] - sent[i]);
    added.push_back(arrived[i] - acknowledged[i]);
  }
  std::printf("%u puts of one record of %u bytes, %.1f ms between them\n\n", arguments.puts,
              arguments.record_bytes, arguments.pause_ms);
  std::printf("%-32s %9s %9s %9s %9s\n", "microseconds", "p50", "p90", "p99", "max");
  PrintRow("put until acknowledged", std::move(put));
  PrintRow("put until at the subscriber", std::move(delivery));
  PrintRow("acknowledged until there", std::move(added));
}

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("How long a record takes from its put to a subscriber");
  app.add_option("--directory", arguments.directory,
                 "where to write; name a folder on the disk to be measured")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--puts", arguments.puts, "puts, one after the other")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--record-bytes", arguments.record_bytes, "data of a record")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--pause-ms", arguments.pause_ms, "milliseconds between puts")
      ->check(CLI::Range(0.0, 10'000.0))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  InitLog(LogLevel::kWarning, LogFormat::kText);
  const Scratch scratch(arguments.directory);
  const std::unique_ptr<broker::Broker> broker = StartBroker(scratch.path());
  Run(*broker, arguments);
  return 0;
}

}  // namespace
}  // namespace penstock::bench

int main(int argc, char** argv) {
  return penstock::bench::Main(argc, argv);
}
