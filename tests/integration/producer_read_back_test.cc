// What a producer puts, compressed or not, aggregated or not, is what Client::GetRecords gives.
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "penstock/producer.h"
#include "tests/integration/fixture.h"
#include "tests/integration/put_ledger.h"

namespace penstock::test {
namespace {

constexpr size_t kRecords = 10'000;
constexpr const char* kStream = "orders";

std::vector<RecordToPut> Records() {
  std::vector<RecordToPut> records(kRecords);
  for (size_t i = 0; i < kRecords; ++i) {
    const size_t key = i * 7'919 % 200;
    records[i].key = "customer-" + std::to_string(key);
    if (key % 10 == 0)
      records[i].explicit_hash_key = std::to_string(key + 1) + std::string(35, '7');
    records[i].data = std::to_string(i) + R"(/{"order":)" + std::to_string(i) +
                      R"(,"state":"shipped","items":[)" + std::string(i % 97, '1') + "]}";
  }
  return records;
}

struct Run {
  Compression compression;
  bool is_aggregated;
};

// Puts the records into a fresh stream, reads them back, and CHECKs them.
ProducerStats PutAndReadBack(const Run& run, size_t* records_in_shards) {
  Fixture fixture;
  fixture.CreateStream(kStream, 4);
  ProducerOptions options;
  options.stream_name = kStream;
  options.client.endpoint = fixture.broker().endpoint();
  options.compression = run.compression;
  options.aggregation_enabled = run.is_aggregated;
  auto producer = Producer::Create(options);
  REQUIRE(producer.ok());
  PutLedger ledger(Records());
  for (size_t i = 0; i < ledger.size(); ++i) {
    if (const auto taken = (*producer)->Put(ledger.record(i), ledger.Expect(i)); !taken.ok())
      ledger.OnRefused(i, taken);
  }
  REQUIRE((*producer)->Close(absl::Seconds(60)).ok());
  ledger.CheckTold(/*may_fail=*/false);
  const std::vector<StoredRecord> stored = ReadStored(fixture, kStream);
  CHECK(stored.size() == kRecords);
  ledger.CheckStored(stored);
  *records_in_shards = fixture.GetAll(kStream).size();
  return (*producer)->Stats();
}

TEST_CASE("what a producer puts is what is read, with any compression, aggregated or not") {
  for (const bool is_aggregated : {false, true}) {
    uint64_t bytes_plain = 0;
    for (const Compression compression :
         {Compression::kNone, Compression::kLz4, Compression::kZstd}) {
      CAPTURE(is_aggregated, static_cast<int>(compression));
      size_t records_in_shards = 0;
      const ProducerStats stats = PutAndReadBack({compression, is_aggregated}, &records_in_shards);
      CHECK(stats.user_records_put == kRecords);
      // What the options are for, by its order of magnitude.
      if (is_aggregated) {
        CHECK(records_in_shards < kRecords / 10);
      } else {
        CHECK(records_in_shards == kRecords);
      }
      if (compression == Compression::kNone) {
        bytes_plain = stats.batches_data_put;
      } else {
        CHECK(stats.batches_data_put < bytes_plain / 2);
      }
    }
  }
}

}  // namespace
}  // namespace penstock::test
