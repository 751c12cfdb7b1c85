#include "common/proto_wire.h"

#include <bit>
#include <cstring>

namespace penstock {
namespace {

constexpr uint64_t kTagLengthDelimited = 2;

uint64_t Tag(uint32_t field, uint64_t wire_type) {
  return uint64_t{field} << 3 | wire_type;
}

}  // namespace

bool ProtoWireReader::Fail() {
  ok_ = false;
  rest_ = {};
  return false;
}

bool ProtoWireReader::ReadVarint(uint64_t* value) {
  uint64_t result = 0;
  for (size_t i = 0; i < rest_.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(rest_[i]);
    // The tenth byte holds the 64th bit alone.
    if (i == 9 && byte > 1) return false;
    result |= uint64_t{byte & 0x7fU} << (7 * i);
    if (byte < 0x80) {
      rest_.remove_prefix(i + 1);
      *value = result;
      return true;
    }
  }
  return false;
}

bool ProtoWireReader::Take(uint64_t size, std::string_view* taken) {
  if (size > rest_.size()) return false;
  *taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return true;
}

uint64_t ProtoWireReader::fixed64() const {
  static_assert(std::endian::native == std::endian::little, "as on the wire");
  uint64_t value = 0;
  std::memcpy(&value, bytes_.data(), sizeof(value));
  return value;
}

bool ProtoWireReader::Next() {
  if (rest_.empty()) return false;
  uint64_t tag = 0;
  if (!ReadVarint(&tag) || tag >> 3 == 0 || tag > 0xffffffffU) return Fail();
  field_ = static_cast<uint32_t>(tag >> 3);
  wire_type_ = static_cast<uint32_t>(tag & 7);
  uint64_t size = 0;
  switch (wire_type_) {
    case kVarint:
      return ReadVarint(&varint_) || Fail();
    case kFixed64:
      return Take(8, &bytes_) || Fail();
    case kFixed32:
      return Take(4, &bytes_) || Fail();
    case kLengthDelimited:
      return (ReadVarint(&size) && Take(size, &bytes_)) || Fail();
    default:
      return Fail();
  }
}

size_t VarintBytes(uint64_t value) {
  const int bits = value == 0 ? 1 : 64 - std::countl_zero(value);
  return static_cast<size_t>(bits + 6) / 7;
}

void AppendVarint(uint64_t value, std::string* output) {
  for (; value >= 0x80; value >>= 7) output->push_back(static_cast<char>((value & 0x7f) | 0x80));
  output->push_back(static_cast<char>(value));
}

void AppendLengthPrefix(uint32_t field, size_t size, std::string* output) {
  AppendVarint(Tag(field, kTagLengthDelimited), output);
  AppendVarint(size, output);
}

void AppendBytesField(uint32_t field, std::string_view bytes, std::string* output) {
  if (bytes.empty()) return;
  AppendLengthPrefix(field, bytes.size(), output);
  output->append(bytes);
}

size_t BytesFieldBytes(uint32_t field, std::string_view bytes) {
  if (bytes.empty()) return 0;
  return VarintBytes(Tag(field, kTagLengthDelimited)) + VarintBytes(bytes.size()) + bytes.size();
}

void AppendVarintField(uint32_t field, uint64_t value, std::string* output) {
  if (value == 0) return;
  AppendVarint(Tag(field, 0), output);
  AppendVarint(value, output);
}

size_t VarintFieldBytes(uint32_t field, uint64_t value) {
  return value == 0 ? 0 : VarintBytes(Tag(field, 0)) + VarintBytes(value);
}

}  // namespace penstock
