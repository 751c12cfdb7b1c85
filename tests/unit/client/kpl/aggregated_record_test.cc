#include "client/kpl/aggregated_record.h"

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "client/kpl/deaggregate.h"
#include "common/record.h"

namespace penstock::kpl {
namespace {

constexpr std::string_view kHashKeyMax = "340282366920938463463374607431768211455";

void Add(KplAggregator* aggregator, const RecordView& record) {
  const auto hash_key = HashKeyOf(record);
  REQUIRE(hash_key.ok());
  aggregator->Add(record, *hash_key);
}

// Leaves the aggregator as it is.
AggregatedRecord BuildCopy(KplAggregator aggregator) {
  return std::move(aggregator).Build();
}

// Worked out from the format by hand; the MD5 is md5sum's.
TEST_CASE("an aggregated record has the bytes that the format says", "[kpl]") {
  KplAggregator aggregator;
  Add(&aggregator, {.data = "one", .partition_key = "k1", .explicit_hash_key = ""});
  Add(&aggregator, {.data = "", .partition_key = "k2", .explicit_hash_key = "7"});
  Add(&aggregator, {.data = "three", .partition_key = "k1", .explicit_hash_key = "7"});
  CHECK(aggregator.record_count() == 3);
  CHECK(aggregator.bytes() == 61);

  constexpr char kExpected[] =
      "\xf3\x89\x9a\xc2"
      // The tables: "k1" and "k2"; "7".
      "\x0a\x02k1"
      "\x0a\x02k2"
      "\x12\x01\x37"
      // The records: partition key, explicit hash key, data.
      "\x1a\x07\x08\x00\x1a\x03one"
      "\x1a\x06\x08\x01\x10\x00\x1a\x00"
      "\x1a\x0b\x08\x00\x10\x00\x1a\x05three"
      // MD5 of the 41 bytes between.
      "\x4e\xe8\x4f\x34\x55\xc7\xc2\xe2\x0a\x86\x08\xa4\xad\x31\xd4\xc6";
  const AggregatedRecord aggregated = std::move(aggregator).Build();
  CHECK(aggregated.data == std::string_view(kExpected, sizeof(kExpected) - 1));
  CHECK(aggregated.partition_key == "a");
  // MD5 of "k1" as a number.
  CHECK(aggregated.explicit_hash_key == "242208671286853988395785178707875403226");
}

TEST_CASE("an aggregate is put where its first record belongs", "[kpl]") {
  KplAggregator aggregator;
  Add(&aggregator, {.data = "x", .partition_key = "k", .explicit_hash_key = kHashKeyMax});
  Add(&aggregator, {.data = "x", .partition_key = "k", .explicit_hash_key = "0"});
  CHECK(BuildCopy(aggregator).explicit_hash_key == kHashKeyMax);
}

TEST_CASE("a key that is used again costs its index alone", "[kpl]") {
  const std::string key(256, 'k');
  const RecordView record = {
      .data = "data", .partition_key = key, .explicit_hash_key = kHashKeyMax};
  KplAggregator aggregator;
  Add(&aggregator, record);
  const size_t bytes_first = aggregator.bytes();
  for (int i = 0; i < 99; ++i) Add(&aggregator, record);
  // Tag and length of the record, two indexes, tag and length of the data.
  CHECK(aggregator.bytes() == bytes_first + 99 * (2 + 2 + 2 + 2 + 4));

  const std::string data = std::move(aggregator).Build().data;
  CHECK(data.find(key) == data.rfind(key));
  CHECK(data.find(kHashKeyMax) == data.rfind(kHashKeyMax));
  const auto records = Deaggregate(data);
  REQUIRE(records.has_value());
  CHECK(records->size() == 100);
}

// Random user records whose sizes and indexes lie around those where a varint grows.
class RandomRecords {
 public:
  explicit RandomRecords(uint32_t seed) : random_(seed) {}

  RecordView Next() {
    data_.resize(Length());
    for (char& byte : data_) byte = static_cast<char>(random_());
    key_.assign(Below(20) == 0 ? 250 : Below(8), 'k');
    key_ += std::to_string(Below(400));
    // Of any length, often one that was there before.
    explicit_hash_key_ =
        Below(3) == 0 ? HashKey(Uint128{Below(300)} << Below(3) * 60).ToDecimal() : "";
    return {.data = data_, .partition_key = key_, .explicit_hash_key = explicit_hash_key_};
  }

 private:
  uint32_t Below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
  size_t Length() {
    switch (Below(6)) {
      case 0:
        return 0;
      case 1:
        return 110 + Below(30);
      case 2:
        return 16'370 + Below(30);
      default:
        return Below(64);
    }
  }

  std::mt19937 random_;
  std::string data_;
  std::string key_;
  std::string explicit_hash_key_;
};

TEST_CASE("sizes are known exactly, and what is aggregated comes back", "[kpl]") {
  for (uint32_t seed = 1; seed <= 10; ++seed) {
    INFO("seed " << seed);
    RandomRecords random(seed);
    KplAggregator aggregator;
    std::vector<std::string> texts;
    for (uint32_t i = 0; i < 600; ++i) {
      const RecordView record = random.Next();
      const size_t bytes_with = aggregator.BytesWith(record);
      Add(&aggregator, record);
      REQUIRE(aggregator.bytes() == bytes_with);
      if (i < 20 || i % 50 == 0) REQUIRE(BuildCopy(aggregator).data.size() == bytes_with);
      for (const std::string_view text :
           {record.data, record.partition_key, record.explicit_hash_key}) {
        texts.emplace_back(text);
      }
    }

    const std::string data = BuildCopy(aggregator).data;
    REQUIRE(data.size() == aggregator.bytes());
    const auto records = Deaggregate(data);
    REQUIRE(records.has_value());
    REQUIRE(records->size() == aggregator.record_count());
    for (uint32_t i = 0; i < records->size(); ++i) {
      const UserRecordView& found = (*records)[i];
      const RecordView expected = {.data = texts[3 * i],
                                   .partition_key = texts[3 * i + 1],
                                   .explicit_hash_key = texts[3 * i + 2]};
      REQUIRE(found.data == expected.data);
      REQUIRE(found.partition_key == expected.partition_key);
      REQUIRE(found.explicit_hash_key == expected.explicit_hash_key);
      REQUIRE(found.hash_key == *HashKeyOf(expected));
      REQUIRE(found.sub_sequence_number == i);
    }
  }
}

}  // namespace
}  // namespace penstock::kpl
