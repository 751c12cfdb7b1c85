#include "client/kpl/deaggregate.h"

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "client/kpl/aggregate_format.h"
#include "client/kpl/aggregated_record.h"

namespace penstock::kpl {
namespace {

// A literal with its zero bytes.
template <size_t kSize>
std::string Bytes(const char (&literal)[kSize]) {
  return std::string(literal, kSize - 1);
}

// Magic and MD5 around a message.
std::string Sealed(std::string_view message) {
  return std::string(kMagic).append(message).append(DigestOf(message));
}

// One record of index 0 and data "d", to be put behind or before tables.
std::string OneRecord() {
  return Bytes("\x1a\x05\x08\x00\x1a\x01\x64");
}

std::string Aggregate(const std::vector<RecordView>& records) {
  KplAggregator aggregator;
  for (const RecordView& record : records) aggregator.Add(record, *HashKeyOf(record));
  return std::move(aggregator).Build().data;
}

std::string SomeAggregate() {
  return Aggregate({{.data = "one", .partition_key = "k1", .explicit_hash_key = ""},
                    {.data = "", .partition_key = "k\xc3\xbc", .explicit_hash_key = "7"},
                    {.data = "three", .partition_key = "k1", .explicit_hash_key = "10"}});
}

TEST_CASE("user records point into the aggregate", "[kpl]") {
  const std::string data = SomeAggregate();
  const auto records = Deaggregate(data);
  REQUIRE(records.has_value());
  REQUIRE(records->size() == 3);
  const UserRecordView& third = (*records)[2];
  CHECK(third.data == "three");
  CHECK(third.partition_key == "k1");
  CHECK(third.explicit_hash_key == "10");
  CHECK(third.hash_key == HashKey(10));
  CHECK(third.sub_sequence_number == 2);
  CHECK((*records)[0].hash_key == HashKey::FromPartitionKey("k1"));
  for (const UserRecordView& record : *records) {
    CHECK(record.data.data() >= data.data());
    CHECK(record.data.data() < data.data() + data.size());
  }
}

TEST_CASE("an aggregate that was cut off or changed anywhere is a plain record", "[kpl]") {
  const std::string data = SomeAggregate();
  REQUIRE(Deaggregate(data).has_value());
  for (size_t i = 0; i < data.size(); ++i) {
    INFO("byte " << i);
    CHECK_FALSE(Deaggregate(std::string_view(data).substr(0, i)).has_value());
    std::string changed = data;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(Deaggregate(changed).has_value());
  }
  CHECK_FALSE(Deaggregate(data + "x").has_value());
}

TEST_CASE("a message of no bytes makes a plain record, one without records none", "[kpl]") {
  CHECK_FALSE(Deaggregate(Sealed("")).has_value());
  const auto records = Deaggregate(Sealed("\x0a\x01k"));
  REQUIRE(records.has_value());
  CHECK(records->empty());
}

TEST_CASE("a message that is no aggregate makes a plain record", "[kpl]") {
  const std::string key = "\x0a\x01k";
  const auto message = GENERATE_COPY(
      // Malformed, in the message and in a record of it.
      key + OneRecord() + "\x1a", key + OneRecord() + "\x0a\x05k", key + OneRecord() + "\x0b",
      key + OneRecord() + Bytes("\x00\x00"), key + Bytes("\x1a\x06\x08\x00\x1a\x01\x64\x08"),
      // Without its partition key's index; without data; data of another type.
      key + "\x1a\x03\x1a\x01\x64", key + Bytes("\x1a\x02\x08\x00"),
      key + Bytes("\x1a\x04\x08\x00\x18\x01"),
      // Indexes beyond the tables.
      OneRecord(), key + "\x1a\x05\x08\x01\x1a\x01\x64",
      key + "\x1a\x0e\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x1a\x01\x64",
      key + Bytes("\x1a\x07\x08\x00\x10\x00\x1a\x01\x64"));
  CHECK_FALSE(Deaggregate(Sealed(message)).has_value());
}

TEST_CASE("an explicit hash key that is none makes a plain record", "[kpl]") {
  const auto [text, good] =
      GENERATE(std::pair<std::string, bool>("0", true),
               std::pair<std::string, bool>("340282366920938463463374607431768211455", true),
               std::pair<std::string, bool>("340282366920938463463374607431768211456", false),
               std::pair<std::string, bool>("", false), std::pair<std::string, bool>("07", false),
               std::pair<std::string, bool>("-1", false), std::pair<std::string, bool>("x", false));
  std::string message = "\x0a\x01k\x12";
  message += static_cast<char>(text.size());
  message += text;
  // No record has it: nobody asks what it is.
  CHECK(Deaggregate(Sealed(message + OneRecord())).has_value());
  message += Bytes("\x1a\x07\x08\x00\x10\x00\x1a\x01\x64");
  CHECK(Deaggregate(Sealed(message)).has_value() == good);
}

TEST_CASE("unknown fields, tags and types are passed over", "[kpl]") {
  const std::string message =
      // A varint, a text and fixed-width numbers of fields 9; a table's field as a varint.
      Bytes(
          "\x48\x07\x4a\x01x\x4d"
          "1234\x49"
          "12345678\x08\x05"
          // The record before its table: tag {"t", "v"}, field 9, both indexes as texts,
          // data twice, of which the last holds.
          "\x1a\x16\x22\x06\x0a\x01t\x12\x01v\x08\x00\x48\x07\x0a\x00\x12\x00\x1a\x01o\x1a\x01n"
          "\x0a\x01k");
  const std::string sealed = Sealed(message);
  const auto records = Deaggregate(sealed);
  REQUIRE(records.has_value());
  REQUIRE(records->size() == 1);
  CHECK(records->front().data == "n");
  CHECK(records->front().partition_key == "k");
}

TEST_CASE("there may be so many records and keys and no more", "[kpl]") {
  std::string records = "\x0a\x01k";
  std::string keys = OneRecord();
  for (uint32_t i = 0; i < kUserRecordsMax; ++i) {
    records += OneRecord();
    keys.append("\x0a\x01k");
  }
  const std::string sealed = Sealed(records);
  const auto found = Deaggregate(sealed);
  REQUIRE(found.has_value());
  CHECK(found->size() == kUserRecordsMax);
  CHECK(found->back().sub_sequence_number == kUserRecordsMax - 1);
  CHECK_FALSE(Deaggregate(Sealed(records + OneRecord())).has_value());
  CHECK(Deaggregate(Sealed(keys)).has_value());
  CHECK_FALSE(Deaggregate(Sealed(keys + "\x0a\x01k")).has_value());
}

TEST_CASE("any message with its MD5 is taken without harm", "[kpl]") {
  const std::string data = SomeAggregate();
  const std::string message =
      data.substr(kMagic.size(), data.size() - kMagic.size() - kDigestBytes);
  size_t aggregates = 0;
  for (uint32_t seed = 1; seed <= 5000; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    std::string changed = message.substr(0, message.size() - random() % 3);
    for (uint32_t i = random() % 4; i > 0; --i)
      changed[random() % changed.size()] = static_cast<char>(random());
    const std::string sealed = Sealed(changed);
    const auto records = Deaggregate(sealed);
    if (!records) continue;
    ++aggregates;
    for (const UserRecordView& record : *records)
      REQUIRE(record.data.data() + record.data.size() <= sealed.data() + sealed.size());
  }
  CHECK(aggregates > 100);
}

TEST_CASE("an aggregate of which one record is outside of a range is not within it", "[kpl]") {
  const std::string data =
      Aggregate({{.data = "", .partition_key = "k", .explicit_hash_key = "10"},
                 {.data = "", .partition_key = "k", .explicit_hash_key = "20"}});
  const auto records = Deaggregate(data);
  REQUIRE(records.has_value());
  CHECK(AllWithin(*records, {HashKey(10), HashKey(20)}));
  CHECK_FALSE(AllWithin(*records, {HashKey(11), HashKey(20)}));
  CHECK_FALSE(AllWithin(*records, {HashKey(10), HashKey(19)}));
  CHECK(AllWithin({}, {HashKey(1), HashKey(2)}));
}

}  // namespace
}  // namespace penstock::kpl
