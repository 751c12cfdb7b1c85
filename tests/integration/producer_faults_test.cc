// Random faults under a producer and the real broker: it is killed, it is stopped, its shards are split
// and merged, connections are cut and stall. Whatever happens, what is acknowledged is stored once, where
// it was told to be, those of a key in order, and every Put is told what became of it.
//
// The seeds are 1 to kSeeds; PENSTOCK_PRODUCER_SEEDS="1-200" runs others, PENSTOCK_PRODUCER_SEED=7 one
// alone. They are spread over the test cases of this file by seed % kParts.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/hash_key.h"
#include "penstock/errors.h"
#include "penstock/producer.h"
#include "tests/integration/fixture.h"
#include "tests/integration/put_ledger.h"
#include "tests/support/tcp_proxy.h"

namespace penstock::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr uint64_t kParts = 4;
constexpr uint64_t kSeeds = 40;
constexpr size_t kThreads = 2;
constexpr size_t kRecordsOfThread = 2'000;
constexpr uint64_t kKeys = 40;
constexpr uint32_t kShardsMax = 12;
constexpr const char* kStream = "faults";

class FaultRun {
 public:
  explicit FaultRun(uint64_t seed) : random_(seed), ledger_(RandomRecords()) {}
  ~FaultRun() {
    // Of a test that failed, too: no thread waits for room any more.
    if (producer_ != nullptr) static_cast<void>(producer_->Close(absl::ZeroDuration()));
    for (std::thread& thread : threads_) thread.join();
  }

  // What the producer has counted.
  ProducerStats Run() {
    CreateStream();
    proxy_.SetTarget(fixture_.broker().endpoint());
    const ProducerOptions options = RandomOptions();
    auto producer = Producer::Create(options);
    REQUIRE(producer.ok());
    producer_ = *std::move(producer);
    for (size_t thread = 0; thread < kThreads; ++thread)
      threads_.emplace_back([this, thread] { PutAllOf(thread); });

    // Each strike when so many records have been told.
    std::vector<size_t> strikes(3 + Below(8));
    for (size_t& strike : strikes) strike = Below(ledger_.size());
    std::sort(strikes.begin(), strikes.end());
    for (const size_t strike : strikes) {
      if (!ledger_.WaitUntilTold(strike, seconds(60))) {
        FAIL("at " << ledger_.told_count() << ", not " << strike << ", " << Describe()
                   << fixture_.broker().Log());
      }
      Strike();
    }
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    const absl::Status closed = producer_->Close(absl::Seconds(60));
    INFO(closed.ToString() << ", " << Describe());
    REQUIRE(closed.ok());
    CHECK(producer_->OutstandingRecordsCount() == 0);
    ledger_.CheckTold(/*may_fail=*/options.record_ttl != absl::InfiniteDuration());
    ledger_.CheckStored(ReadStored(fixture_, kStream));
    return producer_->Stats();
  }

 private:
  uint64_t Below(uint64_t bound) { return random_() % bound; }

  std::vector<RecordToPut> RandomRecords() {
    std::vector<std::string> explicit_hash_keys(kThreads * kKeys);
    for (std::string& key : explicit_hash_keys) {
      if (Below(8) == 0) key = HashKey((Uint128{random_()} << 64) | random_()).ToDecimal();
    }
    std::vector<RecordToPut> records(kThreads * kRecordsOfThread);
    for (size_t i = 0; i < records.size(); ++i) {
      // The keys of a thread are its own: among them there is an order.
      const uint64_t key = i / kRecordsOfThread * kKeys + Below(kKeys);
      records[i].key = "key-" + std::to_string(key);
      records[i].explicit_hash_key = explicit_hash_keys[key];
      records[i].data = std::to_string(i) + "/";
      const size_t bytes = 10 + Below(Below(5) == 0 ? 4'087 : 300);
      // Half of it compresses well.
      const bool is_noise = Below(2) == 0;
      while (records[i].data.size() < bytes)
        records[i].data +=
            is_noise ? static_cast<char>(random_()) : static_cast<char>('a' + i % 26);
    }
    return records;
  }

  void CreateStream() {
    CreateStreamOptions options;
    options.shard_count = 1 + static_cast<uint32_t>(Below(4));
    if (Below(4) == 0) {
      options.limits.profile = StreamLimits::Profile::kCustom;
      options.limits.write_records_per_second = 500 + Below(3'000);
      options.limits.write_bytes_per_second = (512 << 10) + Below(2 << 20);
      options.limits.write_burst_bytes = options.limits.write_bytes_per_second;
    }
    REQUIRE(fixture_.client().CreateStream(kStream, options).ok());
    REQUIRE(fixture_.client().WaitUntilActive(kStream, absl::Seconds(30)).ok());
  }

  ProducerOptions RandomOptions() {
    ProducerOptions options;
    options.stream_name = kStream;
    options.client.endpoint = proxy_.endpoint();
    options.client.connection_count = 1 + static_cast<int>(Below(3));
    options.client.retry_delay_initial = absl::Milliseconds(1 + Below(20));
    options.client.retry_delay_max = absl::Milliseconds(20 + Below(200));
    options.record_max_buffered_time = absl::Microseconds(Below(5'000));
    options.collection_max_size = 1024 + Below(Below(2) == 0 ? 4'096 : 65'536);
    options.collection_max_count = 1 + static_cast<uint32_t>(Below(100));
    options.batches_in_flight_max = 1 + static_cast<int>(Below(16));
    options.compression = static_cast<Compression>(Below(3));
    options.aggregation_enabled = Below(4) == 0;
    options.aggregation_max_count = 1 + static_cast<uint32_t>(Below(10));
    options.buffered_records_max = 200 + Below(1'000);
    options.request_timeout = absl::Milliseconds(400 + Below(5'000));
    options.rate_limit = 80 + static_cast<uint32_t>(Below(300));
    if (Below(8) == 0) options.record_ttl = absl::Milliseconds(300 + Below(2'000));
    options.seed = random_();
    return options;
  }

  void PutAllOf(size_t thread) {
    for (size_t i = thread * kRecordsOfThread; i < (thread + 1) * kRecordsOfThread; ++i) {
      const absl::Status taken = producer_->Put(ledger_.record(i), ledger_.Expect(i));
      if (!taken.ok()) ledger_.OnRefused(i, taken);
    }
  }

  void Strike() {
    switch (Below(14)) {
      case 0:
      case 1:
      case 2:
        Kill();
        return StartAgain();
      case 3:
        // Also where it waits for calls under way.
        REQUIRE(fixture_.broker().Terminate() == ExitStatus{.code = 0});
        proxy_.SetOpen(false);
        return StartAgain();
      case 4:
      case 5:
      case 6:
        return Reshard();
      case 7:
        // Killed while the shards change.
        Reshard();
        Pass(Below(10));
        Kill();
        return StartAgain();
      case 8:
      case 9:
        return proxy_.CutAll();
      case 10:
        return producer_->Flush();
      default:
        return Stall();
    }
  }

  // Lets the others go on for a while.
  void Pass(uint64_t ms) { ledger_.WaitUntilTold(ledger_.size() + 1, milliseconds(ms)); }

  // Nobody is led to its port meanwhile, which may be another broker's before long.
  void Kill() {
    fixture_.broker().Kill9();
    proxy_.SetOpen(false);
  }

  void StartAgain() {
    Pass(Below(3) == 0 ? Below(300) : 0);
    fixture_.StartBroker();
    proxy_.SetTarget(fixture_.broker().endpoint());
    proxy_.SetOpen(true);
  }

  void Stall() {
    proxy_.SetFlow(Below(3) == 0 ? TcpProxy::Flow::kNone : TcpProxy::Flow::kRequests);
    // Some are longer than some request_timeout.
    Pass(Below(Below(4) == 0 ? 1'500 : 100));
    switch (Below(4)) {
      case 0:
        break;
      case 1:
        Kill();
        StartAgain();
        break;
      default:
        proxy_.CutAll();
    }
    proxy_.SetFlow(TcpProxy::Flow::kBoth);
  }

  void Reshard() {
    Client& client = fixture_.client();
    auto shards = client.ListAllShards(kStream, ShardFilter::AtLatest());
    REQUIRE(shards.ok());
    std::sort(shards->begin(), shards->end(),
              [](const ShardDescription& a, const ShardDescription& b) {
                return FirstOf(a) < FirstOf(b);
              });
    const ShardDescription& one = (*shards)[Below(shards->size())];
    absl::Status status;
    if (Below(4) == 0) {
      status = client.UpdateShardCount(kStream, 1 + static_cast<uint32_t>(Below(8))).status();
    } else if (shards->size() < kShardsMax && (shards->size() == 1 || Below(2) == 0)) {
      const Uint128 first = FirstOf(one).value();
      const Uint128 last = HashKey::FromDecimal(one.ending_hash_key)->value();
      // Anywhere but at the ends.
      const Uint128 at = first + 1 + (last - first - 1) / 100 * Below(100);
      status = client.SplitShard(kStream, one.shard_id, HashKey(at).ToDecimal());
    } else {
      const size_t i = Below(shards->size() - 1);
      status = client.MergeShards(kStream, (*shards)[i].shard_id, (*shards)[i + 1].shard_id);
    }
    INFO(status.ToString());
    // The reshard before may not be over, or has closed the shard since it was listed.
    const std::string reason = GetErrorDetails(status).reason;
    REQUIRE((status.ok() || reason == "STREAM_NOT_ACTIVE" || reason == "INVALID_ARGUMENT"));
    if (Below(2) == 0) REQUIRE(client.WaitUntilActive(kStream, absl::Seconds(30)).ok());
  }

  static HashKey FirstOf(const ShardDescription& shard) {
    return HashKey::FromDecimal(shard.starting_hash_key).value_or(HashKey::Max());
  }

  std::string Describe() const { return PrometheusText(producer_->Stats(), kStream); }

  std::mt19937_64 random_;
  Fixture fixture_;
  TcpProxy proxy_;
  PutLedger ledger_;
  std::unique_ptr<Producer> producer_;
  std::vector<std::thread> threads_;
};

std::vector<uint64_t> SeedsOf(uint64_t part) {
  uint64_t first = 1;
  uint64_t last = kSeeds;
  if (const char* const one = std::getenv("PENSTOCK_PRODUCER_SEED"); one != nullptr) {
    first = last = std::strtoull(one, nullptr, 10);
  } else if (const char* const range = std::getenv("PENSTOCK_PRODUCER_SEEDS"); range != nullptr) {
    char* end = nullptr;
    first = last = std::strtoull(range, &end, 10);
    if (*end == '-') last = std::strtoull(end + 1, nullptr, 10);
  }
  std::vector<uint64_t> seeds;
  for (uint64_t seed = first; seed <= last; ++seed) {
    if (seed % kParts == part) seeds.push_back(seed);
  }
  return seeds;
}

void RunPart(uint64_t part) {
  for (const uint64_t seed : SeedsOf(part)) {
    CAPTURE(seed);
    const auto began = std::chrono::steady_clock::now();
    const ProducerStats stats = FaultRun(seed).Run();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("seed %3llu: %5.2f s, sent again %llu, duplicates %llu, failed %llu, errors",
                static_cast<unsigned long long>(seed), took.count(),
                static_cast<unsigned long long>(stats.retries),
                static_cast<unsigned long long>(stats.duplicates),
                static_cast<unsigned long long>(stats.user_records_failed));
    for (const auto& [code, count] : stats.errors_by_code)
      std::printf(" %s %llu", code.c_str(), static_cast<unsigned long long>(count));
    std::printf("\n");
    std::fflush(stdout);
  }
}

TEST_CASE("producer: faults of a real broker by a seed, part 0") {
  RunPart(0);
}
TEST_CASE("producer: faults of a real broker by a seed, part 1") {
  RunPart(1);
}
TEST_CASE("producer: faults of a real broker by a seed, part 2") {
  RunPart(2);
}
TEST_CASE("producer: faults of a real broker by a seed, part 3") {
  RunPart(3);
}

}  // namespace
}  // namespace penstock::test
