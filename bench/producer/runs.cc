#include "bench/producer/runs.h"

#include <algorithm>
#include <atomic>
#include <ctime>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>
#include <unistd.h>

#include "absl/strings/str_cat.h"

#include "bench/storage/measure.h"
#include "common/check.h"
#include "common/mutex.h"
#include "penstock/client.h"
#include "penstock/producer.h"

namespace penstock::bench {
namespace {

constexpr size_t kEvents = 4'096;
constexpr size_t kKeys = 50'000;
constexpr int kCallsPerThread = 4;

// User and system time of a process, from its stat; the name before it may hold blanks.
double CpuSecondsOf(int pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

class Meter {
 public:
  explicit Meter(const PutWork& work)
      : work_(work), client_(CpuSecondsOf(getpid())), broker_(CpuSecondsOf(work.broker_pid)) {}

  PutFigures Figures(uint64_t records, uint64_t bytes) const {
    const double gigabytes = static_cast<double>(bytes) / 1e9;
    return {static_cast<double>(records) / watch_.seconds(),
            static_cast<double>(bytes) / 1e6 / watch_.seconds(),
            (CpuSecondsOf(getpid()) - client_) / gigabytes,
            (CpuSecondsOf(work_.broker_pid) - broker_) / gigabytes};
  }
  double seconds() const { return watch_.seconds(); }

 private:
  const PutWork& work_;
  const double client_;
  const double broker_;
  const Stopwatch watch_;
};

std::string KeyOf(uint64_t number) {
  return absl::StrCat("customer-", number % kKeys);
}

}  // namespace

std::vector<std::string> MakeEvents(size_t count, size_t record_bytes) {
  std::mt19937_64 random(1);
  std::vector<std::string> events;
  events.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    std::string event = "{";
    while (event.size() + 2 < record_bytes) {
      absl::StrAppend(&event, event.size() > 1 ? "," : "", "\"order_id\":", random() % 100'000'000,
                      ",\"state\":\"", random() % 2 == 0 ? "accepted" : "delivered",
                      "\",\"amount_cents\":", random() % 100'000);
    }
    event.resize(record_bytes - 1);
    events.push_back(event + "}");
  }
  return events;
}

PutFigures PutByProducer(const PutWork& work, Compression compression) {
  const std::vector<std::string> events = MakeEvents(kEvents, work.record_bytes);
  ProducerOptions options;
  options.stream_name = work.stream_name;
  options.client.endpoint = work.endpoint;
  options.compression = compression;
  options.record_max_buffered_time = absl::Milliseconds(20);
  auto producer = Producer::Create(options);
  CHECK(producer.ok());
  // Connections and the shard map are there before the time runs.
  CHECK((*producer)->Put({events[0], "first"}).get().ok());

  std::atomic<uint64_t> failed = 0;
  std::atomic<uint64_t> put = 0;
  const Meter meter(work);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < work.threads; ++thread) {
    threads.emplace_back([&, thread] {
      uint64_t mine = 0;
      while (mine % 1'024 != 0 || meter.seconds() < work.seconds) {
        const uint64_t number =
            mine++ * static_cast<uint64_t>(work.threads) + static_cast<uint64_t>(thread);
        const std::string key = KeyOf(number * 2'654'435'761);
        CHECK((*producer)
                  ->Put({events[number % kEvents], key},
                        [&failed](const PutOutcome& outcome) {
                          if (!outcome.ok()) failed.fetch_add(1, std::memory_order_relaxed);
                        })
                  .ok());
      }
      put += mine;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK((*producer)->Close(absl::Minutes(1)).ok());
  CHECK(failed == 0);
  return meter.Figures(put, put * work.record_bytes);
}

PutFigures PutByClient(const PutWork& work) {
  const std::vector<std::string> events = MakeEvents(kEvents, work.record_bytes);
  auto client = Client::Connect({.endpoint = work.endpoint});
  CHECK(client.ok());
  const size_t per_call = std::min<size_t>(500, (1 << 20) / work.record_bytes);
  const int calls_max = work.threads * kCallsPerThread;

  Mutex mutex;
  CondVar changed;
  int under_way = 0;
  uint64_t failed = 0;
  uint64_t number = 0;
  const Meter meter(work);
  while (meter.seconds() < work.seconds) {
    std::vector<PutRecordsEntry> entries(per_call);
    for (PutRecordsEntry& entry : entries) {
      entry.data = events[number % kEvents];
      entry.partition_key = KeyOf(number++ * 2'654'435'761);
    }
    {
      MutexLock lock(mutex);
      while (under_way == calls_max) changed.Wait(mutex);
      ++under_way;
    }
    (*client)->PutRecordsAsync(work.stream_name, std::move(entries), {},
                               [&](const absl::StatusOr<PutRecordsResult>& result) {
                                 MutexLock lock(mutex);
                                 --under_way;
                                 if (!result.ok() || result->failed_record_count > 0) ++failed;
                                 changed.NotifyAll();
                               });
  }
  {
    MutexLock lock(mutex);
    while (under_way > 0) changed.Wait(mutex);
    CHECK(failed == 0);
  }
  return meter.Figures(number, number * work.record_bytes);
}

}  // namespace penstock::bench
