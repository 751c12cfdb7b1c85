#include "client/producer/batch.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include <catch2/catch_test_macros.hpp>

#include "common/record_batch.h"

namespace penstock::producer {
namespace {

constexpr ShardKey kShard{StreamId(3), ShardIndex(1)};

struct Text {
  std::string data;
  std::string key;
  std::string explicit_hash_key;

  friend bool operator==(const Text&, const Text&) = default;
};

std::vector<Text> Records(int count) {
  std::vector<Text> records;
  for (int i = 0; i < count; ++i) {
    records.push_back({absl::StrCat("data ", i, std::string(static_cast<size_t>(i), 'x')),
                       absl::StrCat("key ", i % 3), i % 4 == 0 ? absl::StrCat(i) : ""});
  }
  return records;
}

SealedBatch Seal(const std::vector<Text>& records, const BatchLimits& limits, Codec codec) {
  OpenBatch open(limits);
  for (size_t i = 0; i < records.size(); ++i) {
    const RecordView view{records[i].data, records[i].key, records[i].explicit_hash_key};
    REQUIRE(open.Fits(view));
    open.Add(view, *HashKeyOf(view), {[](PutOutcome) {}, 1, static_cast<int64_t>(i)});
  }
  return std::move(open).Seal(kShard, {77, 1, 5}, codec);
}

std::vector<Text> Reopened(SealedBatch batch) {
  std::vector<Text> records;
  Reopen(std::move(batch), [&](const RecordView& record, HashKey hash_key, PendingRecord pending) {
    CHECK(hash_key == *HashKeyOf(record));
    CHECK(pending.put_us == static_cast<int64_t>(records.size()));
    records.push_back({std::string(record.data), std::string(record.partition_key),
                       std::string(record.explicit_hash_key)});
  });
  return records;
}

const BatchLimits kPlain{1 << 20, 1'000, {}};

TEST_CASE("batch: what was added comes out again, whatever the codec", "[batch]") {
  for (const Codec codec : {Codec::kNone, Codec::kLz4, Codec::kZstd}) {
    const auto records = Records(50);
    SealedBatch sealed = Seal(records, kPlain, codec);
    CHECK(sealed.record_count == 50);
    CHECK(sealed.pending.size() == 50);
    CHECK(sealed.sampled_hash_keys.size() == 4);
    const auto parsed = RecordBatch::Parse(kShard, *sealed.bytes);
    REQUIRE(parsed.ok());
    CHECK(parsed->header().codec == codec);
    CHECK(parsed->header().producer_id == 77);
    CHECK(parsed->header().producer_sequence == 5);
    const std::vector<Text> reopened = Reopened(std::move(sealed));
    CHECK(reopened == records);
  }
}

TEST_CASE("batch: aggregated records come out as they were put", "[batch]") {
  const BatchLimits limits{1 << 20, 1'000, BatchLimits::Aggregated{7, 51'200}};
  const auto records = Records(50);
  SealedBatch sealed = Seal(records, limits, Codec::kNone);
  // Seven each, and the last one by itself, as it was.
  CHECK(sealed.record_count == 8);
  CHECK(sealed.user_records == std::vector<uint32_t>{7, 7, 7, 7, 7, 7, 7, 1});
  const std::vector<Text> reopened = Reopened(std::move(sealed));
  CHECK(reopened == records);
}

// The broker refuses a batch that names others (broker/record/put_batch.cc).
TEST_CASE("batch: the sampled hash keys are of the range that its header names", "[batch]") {
  for (const uint32_t aggregated_max : {0, 7, 50}) {
    CAPTURE(aggregated_max);
    BatchLimits limits = kPlain;
    if (aggregated_max > 0) limits.aggregated = BatchLimits::Aggregated{aggregated_max, 51'200};
    std::vector<Text> records;
    for (int i = 0; i < 50; ++i) records.push_back({"data", absl::StrCat("key ", i), ""});
    const SealedBatch sealed = Seal(records, limits, Codec::kNone);
    const auto parsed = RecordBatch::Parse(kShard, *sealed.bytes);
    REQUIRE(parsed.ok());
    CHECK(sealed.sampled_hash_keys.size() == std::min(sealed.record_count, 4U));
    for (const HashKey key : sealed.sampled_hash_keys)
      CHECK(parsed->header().hash_keys.Contains(key));
  }
}

TEST_CASE("batch: aggregated records keep to their size", "[batch]") {
  const BatchLimits limits{1 << 20, 1'000, BatchLimits::Aggregated{1'000, 200}};
  SealedBatch sealed = Seal(Records(40), limits, Codec::kNone);
  CHECK(sealed.record_count > 5);
  const auto parsed = RecordBatch::Parse(kShard, *sealed.bytes);
  auto reader = RecordBlockReader::Open(*parsed);
  RecordView record;
  while (reader->Next(&record)) CHECK(record.data.size() <= 200);
  const std::vector<Text> reopened = Reopened(std::move(sealed));
  CHECK(reopened.size() == 40);
}

TEST_CASE("batch: an aggregated record and its key are one of the stream's records", "[batch]") {
  BatchLimits limits{1 << 20, 1'000, BatchLimits::Aggregated{1'000, 5'000}};
  CHECK(limits.For(1'000).aggregated->bytes_max == 999);
  CHECK(limits.For(1 << 20).aggregated->bytes_max == 5'000);
  limits.aggregated.reset();
  CHECK_FALSE(limits.For(1'000).aggregated.has_value());
}

TEST_CASE("batch: it is full at its bytes and at its records", "[batch]") {
  OpenBatch by_count({1 << 20, 2, {}});
  const RecordView view{"d", "k", ""};
  by_count.Add(view, HashKey(1), {});
  CHECK_FALSE(by_count.IsFull());
  CHECK(by_count.Fits(view));
  by_count.Add(view, HashKey(1), {});
  CHECK(by_count.IsFull());
  CHECK_FALSE(by_count.Fits(view));

  OpenBatch by_bytes({1'000, 100, {}});
  const std::string half(450, 'x');
  by_bytes.Add({half, "k", ""}, HashKey(1), {});
  CHECK_FALSE(by_bytes.Fits({half + half, "k", ""}));
  by_bytes.Add({half, "k", ""}, HashKey(1), {});
  CHECK(by_bytes.IsFull());

  // One that is larger by itself has a batch of its own.
  const OpenBatch empty({1'000, 100, {}});
  CHECK(empty.Fits({std::string(5'000, 'x'), "k", ""}));
}

}  // namespace
}  // namespace penstock::producer
