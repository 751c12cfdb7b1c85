// Streams that are resharded, created and deleted while records are put and brokers are killed.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>

#include "client/cli/key_field.h"
#include "client/cli/stream_tail.h"
#include "tests/integration/fixture.h"
#include "tests/integration/stamped_writer.h"

namespace penstock::test {
namespace {

using RecordsOfKey = std::map<std::string, std::vector<std::string>>;

// Looks each millisecond, as what it looks at is in another process.
template <typename Condition>
bool WaitUntil(Fixture& fixture, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    // The end of the process cuts it short, and ends the wait.
    if (fixture.broker().WaitFor(std::chrono::milliseconds(1)).has_value()) return false;
  }
  return true;
}

// Every record of a stream by key, in the order in which one reads who reads parents first: shards
// are numbered in order of creation.
RecordsOfKey ReadParentsFirst(Fixture& fixture, const std::string& stream) {
  RecordsOfKey records;
  std::map<std::string, uint64_t> last_number;
  size_t not_rising = 0;
  for (auto& [shard_id, record] : fixture.GetAll(stream)) {
    uint64_t& last = last_number[record.partition_key];
    if (record.sequence_number <= last) ++not_rising;
    last = record.sequence_number;
    records[record.partition_key].push_back(std::move(record.data));
  }
  CHECK(not_rising == 0);
  return records;
}

RecordsOfKey Tail(Fixture& fixture, const std::string& stream) {
  cli::StreamTailOptions options;
  options.stream_name = stream;
  options.from = IteratorPosition::TrimHorizon();
  options.until_caught_up = true;
  RecordsOfKey records;
  cli::StreamTail tail(fixture.client(), options,
                       [&](const std::string&, const std::vector<ReceivedRecord>& received) {
                         for (const ReceivedRecord& record : received)
                           records[record.partition_key].push_back(record.data);
                         return absl::OkStatus();
                       });
  CHECK(tail.Run().ok());
  return records;
}

void CheckSame(const RecordsOfKey& read, const RecordsOfKey& expected) {
  CHECK(read.size() == expected.size());
  size_t different = 0;
  for (const auto& [key, records] : expected) {
    const auto found = read.find(key);
    if (found == read.end() || found->second != records) ++different;
  }
  CHECK(different == 0);
}

std::vector<PutRecordsEntry> Flights() {
  std::vector<PutRecordsEntry> flights;
  cli::KeyField origin("origin");
  const auto file =
      std::filesystem::path(PENSTOCK_SOURCE_DIR) / "tests/demo/data/flights-20k.ndjson";
  for (std::string& line : SplitLines(ReadFile(file))) {
    auto key = origin.KeyOf(line);
    REQUIRE(key.ok());
    flights.push_back({std::move(line), *std::move(key)});
  }
  REQUIRE(flights.size() == 20'000);
  return flights;
}

TEST_CASE("flights put while a stream goes from 4 to 8 to 3 shards are all there, in order") {
  Fixture fixture;
  fixture.CreateStream("flights", 4);
  const std::vector<PutRecordsEntry> flights = Flights();
  RecordsOfKey expected;
  for (const PutRecordsEntry& flight : flights)
    expected[flight.partition_key].push_back(flight.data);

  constexpr size_t kFlightsPerPut = 40;
  std::atomic<size_t> acknowledged = 0;
  std::atomic<size_t> refused = 0;
  std::thread writer([&] {
    for (size_t begin = 0; begin < flights.size(); begin += kFlightsPerPut) {
      const auto first = flights.begin() + static_cast<ptrdiff_t>(begin);
      const auto put = fixture.client().PutRecords("flights", {first, first + kFlightsPerPut});
      refused += put.ok() ? put->failed_record_count : kFlightsPerPut;
      acknowledged += kFlightsPerPut;
    }
  });
  bool resharded = true;
  for (const auto& [after, target] : {std::pair<size_t, uint32_t>{3'000, 8}, {8'000, 3}}) {
    resharded =
        resharded && WaitUntil(fixture, [&, after = after] { return acknowledged >= after; });
    const auto scaled = fixture.client().UpdateShardCount("flights", target);
    const auto active = fixture.client().WaitUntilActive("flights", absl::Seconds(30));
    resharded = resharded && scaled.ok() && active.ok() && active->open_shard_count == target;
  }
  // Otherwise the last of them was made when nothing was put any more.
  const bool in_time = acknowledged < flights.size();
  writer.join();
  CHECK(resharded);
  CHECK(in_time);
  CHECK(refused == 0);
  CheckSame(ReadParentsFirst(fixture, "flights"), expected);
  CheckSame(Tail(fixture, "flights"), expected);
}

// Every record of the writers once, and those of each key in the order in which they were put.
void CheckAllOf(const std::vector<std::unique_ptr<StampedWriter>>& writers,
                const RecordsOfKey& read) {
  std::map<std::string, uint64_t> found;
  size_t out_of_order = 0;
  for (const auto& [key, records] : read) {
    uint64_t last = 0;
    for (const std::string& data : records) {
      const uint64_t n = std::stoull(data.substr(data.rfind('/') + 1));
      if (n <= last) ++out_of_order;
      last = n;
      ++found[key.substr(0, key.find("-key-"))];
    }
  }
  CHECK(out_of_order == 0);
  for (const auto& writer : writers) {
    for (const std::string& fault : writer->faults()) FAIL_CHECK(fault);
    // As many as were made, and each key's rise: none is missing, none is there twice.
    CHECK(found["producer-" + std::to_string(writer->producer_id())] == writer->records());
  }
}

void KillInReshards(uint64_t seed) {
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto below = [&](uint64_t bound) {
    return std::uniform_int_distribution<uint64_t>(0, bound - 1)(random);
  };
  Fixture fixture;
  fixture.CreateStream("orders", 4);
  std::vector<std::unique_ptr<StampedWriter>> writers;
  for (uint64_t id = 1; id <= 2; ++id)
    writers.push_back(std::make_unique<StampedWriter>("orders", id, seed * 10 + id));
  const auto acknowledged = [&] { return writers[0]->acknowledged() + writers[1]->acknowledged(); };
  for (int kill = 1; kill <= 3; ++kill) {
    CAPTURE(kill);
    ClientOptions options;
    options.endpoint = fixture.broker().endpoint();
    // A writer whose broker was killed gives up soon; it puts again anyway.
    options.call_timeout = absl::Milliseconds(500);
    const auto client = Client::Connect(options);
    REQUIRE(client.ok());
    for (const auto& writer : writers) writer->Start(**client);
    const size_t before = acknowledged();
    bool going = WaitUntil(fixture, [&] { return acknowledged() > before + below(500); });
    const auto target = static_cast<uint32_t>(1 + below(12));
    const auto scaled = fixture.client().UpdateShardCount("orders", target);
    // At once, or when some more puts have gone through the switches.
    const size_t more = below(3) == 0 ? 0 : below(200);
    const size_t at = acknowledged();
    going = going && (more == 0 || WaitUntil(fixture, [&] { return acknowledged() >= at + more; }));
    fixture.broker().Kill9();
    for (const auto& writer : writers) writer->Stop();
    REQUIRE(going);
    REQUIRE(scaled.ok());
    fixture.StartBroker();
    const auto active = fixture.client().WaitUntilActive("orders", absl::Seconds(30));
    REQUIRE(active.ok());
    CHECK(active->open_shard_count == target);
  }
  for (const auto& writer : writers) REQUIRE(writer->Finish(fixture.client(), 3));
  CheckAllOf(writers, ReadParentsFirst(fixture, "orders"));
}

TEST_CASE("a broker that is killed in a reshard ends it at its next start and loses nothing") {
  const uint64_t first = Catch::getSeed();
  for (uint64_t seed = first; seed < first + 3; ++seed) KillInReshards(seed);
}

TEST_CASE("a broker that is killed while it makes or removes shards carries on") {
  constexpr uint32_t kManyShards = 5'000;
  Fixture fixture;
  CreateStreamOptions options;
  options.shard_count = kManyShards;
  REQUIRE(fixture.client().CreateStream("wide", options).ok());
  fixture.broker().Kill9();
  fixture.StartBroker();
  const auto active = fixture.client().WaitUntilActive("wide", absl::Seconds(60));
  REQUIRE(active.ok());
  CHECK(active->open_shard_count == kManyShards);
  CHECK(fixture.client().PutRecord("wide", {"data", "key"}).ok());

  REQUIRE(fixture.client().DeleteStream("wide").ok());
  fixture.broker().Kill9();
  fixture.StartBroker();
  REQUIRE(fixture.client().WaitUntilDeleted("wide", absl::Seconds(60)).ok());
  // The name is free, and nothing of the old stream is in the new one.
  fixture.CreateStream("wide", 2);
  CHECK(fixture.GetAll("wide").empty());
}

}  // namespace
}  // namespace penstock::test
