// ProtoWireReader: the fields of a protobuf message one by one, payloads as slices of the input,
// nothing copied.
//
// For the hot messages (put_records, stored blocks), where protobuf's own parser would copy each
// `bytes` field into a string of its own. Reads any order of fields, unknown ones too; bounded by
// its input. Malformed input ends it with ok() false.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace penstock {

class ProtoWireReader {
 public:
  explicit ProtoWireReader(std::string_view message) : rest_(message) {}

  // Goes to the next field; false at the end and on malformed input.
  bool Next();
  bool ok() const { return ok_; }

  uint32_t field() const { return field_; }
  bool is_bytes() const { return wire_type_ == kLengthDelimited; }
  bool is_varint() const { return wire_type_ == kVarint; }
  bool is_fixed64() const { return wire_type_ == kFixed64; }
  // Valid while is_bytes(); lives as long as the input.
  std::string_view bytes() const { return bytes_; }
  // Valid while is_varint().
  uint64_t varint() const { return varint_; }
  // Valid while is_fixed64().
  uint64_t fixed64() const;

 private:
  enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };

  bool Fail();
  bool ReadVarint(uint64_t* value);
  bool Take(uint64_t size, std::string_view* taken);

  std::string_view rest_;
  std::string_view bytes_;
  uint64_t varint_ = 0;
  uint32_t field_ = 0;
  uint32_t wire_type_ = kVarint;
  bool ok_ = true;
};

// Bytes of `value` as a varint: 1 to 10.
size_t VarintBytes(uint64_t value);

void AppendVarint(uint64_t value, std::string* output);

// A length-delimited field: tag, length, bytes. Left out when empty, as proto3 does.
void AppendBytesField(uint32_t field, std::string_view bytes, std::string* output);
size_t BytesFieldBytes(uint32_t field, std::string_view bytes);

// A varint field. Left out when 0, as proto3 does.
void AppendVarintField(uint32_t field, uint64_t value, std::string* output);
size_t VarintFieldBytes(uint32_t field, uint64_t value);

// Tag and length of a length-delimited field whose `size` bytes follow by hand.
void AppendLengthPrefix(uint32_t field, size_t size, std::string* output);

}  // namespace penstock
