#include "common/proto_wire.h"

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "penstock/v1/records.pb.h"

namespace penstock {
namespace {

TEST_CASE("fields written by protobuf are read", "[proto_wire]") {
  v1::GetShardIteratorRequest message;
  message.set_stream_name("flights");
  message.set_starting_sequence_number(~uint64_t{0});
  message.set_timestamp_ms(-1);
  const std::string bytes = message.SerializeAsString();

  ProtoWireReader reader(bytes);
  REQUIRE(reader.Next());
  CHECK(reader.field() == 1);
  REQUIRE(reader.is_bytes());
  CHECK(reader.bytes() == "flights");
  REQUIRE(reader.Next());
  CHECK(reader.field() == 4);
  REQUIRE(reader.is_varint());
  CHECK(reader.varint() == ~uint64_t{0});
  REQUIRE(reader.Next());
  CHECK(static_cast<int64_t>(reader.varint()) == -1);
  CHECK_FALSE(reader.Next());
  CHECK(reader.ok());
}

TEST_CASE("fields written here are read by protobuf, and sized right", "[proto_wire]") {
  const uint64_t number = GENERATE(uint64_t{0}, uint64_t{1}, uint64_t{127}, uint64_t{128},
                                   ~uint64_t{0} >> 1, ~uint64_t{0});
  std::string bytes;
  AppendVarintField(1, number, &bytes);
  CHECK(bytes.size() == VarintFieldBytes(1, number));
  AppendBytesField(3, "data", &bytes);
  CHECK(bytes.size() == VarintFieldBytes(1, number) + BytesFieldBytes(3, "data"));
  AppendBytesField(4, "", &bytes);
  v1::Record record;
  REQUIRE(record.ParseFromString(bytes));
  CHECK(record.sequence_number() == number);
  CHECK(record.data() == "data");
}

TEST_CASE("malformed input ends the reading", "[proto_wire]") {
  const std::string bytes =
      GENERATE(std::string("\x0a"),
               std::string("\x0a\x05"
                           "four"),
               std::string("\x08"), std::string("\x08\xff"), std::string("\x0b"),
               std::string("\x0f"), std::string("\x00\x01", 2), std::string("\x09\x01\x02"),
               std::string("\x0d\x01"), std::string("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
               std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
  ProtoWireReader reader(bytes);
  CHECK_FALSE(reader.Next());
  CHECK_FALSE(reader.ok());
  CHECK_FALSE(reader.Next());
}

TEST_CASE("fixed-width fields are passed over", "[proto_wire]") {
  ProtoWireReader reader(
      std::string_view("\x09"
                       "12345678"
                       "\x15"
                       "1234"
                       "\x08\x07",
                       16));
  REQUIRE(reader.Next());
  CHECK_FALSE(reader.is_bytes());
  CHECK_FALSE(reader.is_varint());
  REQUIRE(reader.Next());
  REQUIRE(reader.Next());
  CHECK(reader.varint() == 7);
  CHECK_FALSE(reader.Next());
  CHECK(reader.ok());
}

}  // namespace
}  // namespace penstock
