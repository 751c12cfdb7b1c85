// Random faults under a producer, all its stages together: whatever happens, each record that is acknowledged is stored
// once, those of a key in order, and every Put is told what became of it.
//
// The seeds are 1 to kSeeds; PENSTOCK_PRODUCER_SEED runs one of them alone.
#include <atomic>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include <catch2/catch_test_macros.hpp>

#include "common/mutex.h"
#include "penstock/producer.h"
#include "tests/unit/client/producer/batch_broker.h"
#include "tests/unit/client/producer/producer_peer.h"

namespace penstock {

namespace {

using testing::BatchBroker;

constexpr uint64_t kSeeds = 200;
constexpr int kKeys = 40;
constexpr int kThreads = 2;

struct Told {
  absl::Status status;
  std::string shard_id;
  uint64_t sequence_number = 0;
};

// What the test knows of the records it has put: by data, which is unique.
class Ledger {
 public:
  PutCallback Expect(const std::string& data) {
    return [this, data](const PutOutcome& outcome) {
      MutexLock lock(mutex_);
      const bool is_first =
          told_.try_emplace(data, Told{outcome.status, outcome.shard_id(), outcome.sequence_number})
              .second;
      if (!is_first) ++told_twice_;
    };
  }
  std::map<std::string, Told> told() {
    MutexLock lock(mutex_);
    return told_;
  }
  int told_twice() {
    MutexLock lock(mutex_);
    return told_twice_;
  }

 private:
  Mutex mutex_;
  std::map<std::string, Told> told_ ABSL_GUARDED_BY(mutex_);
  int told_twice_ ABSL_GUARDED_BY(mutex_) = 0;
};

ProducerOptions RandomOptions(std::mt19937_64& random) {
  ProducerOptions options;
  options.stream_name = "faults";
  options.client.connection_count = 1 + static_cast<int>(random() % 3);
  options.client.retry_delay_initial = absl::Microseconds(200);
  options.client.retry_delay_max = absl::Milliseconds(3);
  options.record_max_buffered_time = absl::Microseconds(static_cast<int64_t>(random() % 2'000));
  options.collection_max_size = 1024 + random() % 4096;
  options.collection_max_count = 1 + static_cast<uint32_t>(random() % 60);
  options.batches_in_flight_max = 1 + static_cast<int>(random() % 16);
  options.compression = static_cast<Compression>(random() % 3);
  options.aggregation_enabled = random() % 4 == 0;
  options.aggregation_max_count = 1 + static_cast<uint32_t>(random() % 10);
  options.buffered_records_max = 200 + random() % 2'000;
  options.request_timeout = absl::Seconds(20);
  options.seed = random();
  return options;
}

BatchBroker::Faults RandomFaults(std::mt19937_64& random) {
  const auto part = [&random](double most) {
    return random() % 2 == 0 ? 0 : most * static_cast<double>(random() % 100) / 100;
  };
  return {part(0.2), part(0.2), part(0.08), part(0.08)};
}

// What the faults of a seed came to.
struct Tally {
  uint64_t retries = 0;
  uint64_t duplicates = 0;
  uint64_t shards = 0;
};

Tally RunSeed(uint64_t seed) {
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  BatchBroker broker(random(), 1 + static_cast<uint32_t>(random() % 4));
  Ledger ledger;
  auto producer = ProducerTestPeer::Create(RandomOptions(random), broker);
  REQUIRE(producer.ok());
  broker.SetFaults(RandomFaults(random));
  if (random() % 4 == 0) broker.SetLimits(1 << 20, 20'000, 0);

  std::atomic<int> running = kThreads;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread, thread_seed = random()] {
      std::mt19937_64 mine(thread_seed);
      for (int i = 0; i < 500; ++i) {
        // The keys of a thread are its own: among them there is an order.
        const std::string key = absl::StrCat("key-", thread, "-", mine() % kKeys);
        const std::string data = absl::StrCat(
            key, "/", 100'000 + i, "/", std::string(mine() % 100, static_cast<char>('a' + i % 26)));
        const absl::Status taken = (*producer)->Put({data, key}, ledger.Expect(data));
        if (!taken.ok()) std::abort();
      }
      --running;
    });
  }
  // Meanwhile the broker changes.
  while (running > 0) {
    switch (random() % 8) {
      case 0:
      case 1:
        broker.Reshard();
        break;
      case 2:
        broker.CutAll();
        break;
      case 3:
        broker.SetDown(true);
        std::this_thread::yield();
        broker.SetDown(false);
        break;
      case 4:
        broker.SetFaults(RandomFaults(random));
        break;
      default:
        (*producer)->Flush();
    }
    broker.WaitForBatches(random() % 6);
  }
  for (std::thread& thread : threads) thread.join();
  REQUIRE((*producer)->Close(absl::Seconds(60)).ok());
  CHECK((*producer)->OutstandingRecordsCount() == 0);

  const std::map<std::string, Told> told = ledger.told();
  CHECK(told.size() == kThreads * 500);
  CHECK(ledger.told_twice() == 0);
  std::map<std::string, std::string> last_of_key;
  std::set<std::string> seen;
  for (const BatchBroker::StoredRecord& record : broker.Stored()) {
    INFO(record.data);
    // Once, and where the producer was told that it is.
    REQUIRE(seen.insert(record.data).second);
    const auto found = told.find(record.data);
    REQUIRE(found != told.end());
    INFO(found->second.status.ToString());
    REQUIRE(found->second.status.ok());
    REQUIRE(found->second.shard_id == FormatShardId(record.shard));
    REQUIRE(found->second.sequence_number == record.sequence_number.value());
    // In order: what is put later has a higher number in its data.
    std::string& last = last_of_key[record.partition_key];
    REQUIRE(last < record.data);
    last = record.data;
  }
  CHECK(seen.size() == told.size());
  const ProducerStats stats = (*producer)->Stats();
  return {stats.retries, stats.duplicates, broker.all_shards()};
}

TEST_CASE("producer: faults by a seed", "[producer]") {
  if (const char* const one = std::getenv("PENSTOCK_PRODUCER_SEED"); one != nullptr) {
    RunSeed(std::strtoull(one, nullptr, 10));
    return;
  }
  Tally all;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Tally tally = RunSeed(seed);
    all.retries += tally.retries;
    all.duplicates += tally.duplicates;
    all.shards += tally.shards;
  }
  // Or the faults were none.
  CHECK(all.retries > 10 * kSeeds);
  CHECK(all.duplicates > 2 * kSeeds);
  CHECK(all.shards > 4 * kSeeds);
}

}  // namespace
}  // namespace penstock
