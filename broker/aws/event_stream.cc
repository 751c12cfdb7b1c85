#include "broker/aws/event_stream.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include <zlib.h>

#include "common/check.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr size_t kLengthsBytes = 8;
constexpr size_t kPreludeBytes = 12;
constexpr size_t kCrcBytes = 4;
constexpr size_t kAroundBytes = kPreludeBytes + kCrcBytes;
constexpr uint8_t kStringType = 7;

uint32_t CrcOf(std::string_view bytes) {
  return static_cast<uint32_t>(
      ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

void AppendBigEndian(uint32_t value, size_t bytes, std::string* out) {
  for (size_t i = bytes; i > 0; --i) *out += static_cast<char>(value >> (8 * (i - 1)));
}

uint32_t ReadBigEndian(std::string_view bytes) {
  uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

absl::Status Malformed(std::string_view what) {
  return MakeError(ErrorReason::kInvalidArgument,
                   absl::StrCat("malformed event stream message: ",
                                absl::string_view(what.data(), what.size())));
}

// Takes `size` bytes off the front of `bytes`; false if there are fewer.
bool Take(size_t size, std::string_view* bytes, std::string_view* taken) {
  if (bytes->size() < size) return false;
  *taken = bytes->substr(0, size);
  bytes->remove_prefix(size);
  return true;
}

absl::Status DecodeHeader(std::string_view* bytes, EventStreamHeader* header) {
  std::string_view length;
  std::string_view name;
  std::string_view type;
  std::string_view value;
  if (!Take(1, bytes, &length) || !Take(ReadBigEndian(length), bytes, &name) || name.empty()) {
    return Malformed("a header's name");
  }
  if (!Take(1, bytes, &type) || ReadBigEndian(type) != kStringType) {
    return Malformed("a header that is no string");
  }
  if (!Take(2, bytes, &length) || ReadBigEndian(length) > kEventStreamValueBytesMax ||
      !Take(ReadBigEndian(length), bytes, &value)) {
    return Malformed("a header's value");
  }
  header->name = name;
  header->value = value;
  return absl::OkStatus();
}

}  // namespace

std::string_view EventStreamMessage::Header(std::string_view name) const {
  for (const EventStreamHeader& header : headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

std::string EncodeEventStreamMessage(std::span<const EventStreamHeader> headers,
                                     std::string_view payload) {
  size_t headers_bytes = 0;
  for (const EventStreamHeader& header : headers) {
    CHECK(!header.name.empty() && header.name.size() <= kEventStreamNameBytesMax);
    CHECK(header.value.size() <= kEventStreamValueBytesMax);
    headers_bytes += 1 + header.name.size() + 1 + 2 + header.value.size();
  }
  CHECK(headers_bytes <= kEventStreamHeadersBytesMax);
  CHECK(payload.size() <= kEventStreamPayloadBytesMax);

  const size_t total = kAroundBytes + headers_bytes + payload.size();
  std::string message;
  message.reserve(total);
  AppendBigEndian(static_cast<uint32_t>(total), 4, &message);
  AppendBigEndian(static_cast<uint32_t>(headers_bytes), 4, &message);
  AppendBigEndian(CrcOf(message), kCrcBytes, &message);
  for (const EventStreamHeader& header : headers) {
    AppendBigEndian(static_cast<uint32_t>(header.name.size()), 1, &message);
    message += header.name;
    AppendBigEndian(kStringType, 1, &message);
    AppendBigEndian(static_cast<uint32_t>(header.value.size()), 2, &message);
    message += header.value;
  }
  message += payload;
  AppendBigEndian(CrcOf(message), kCrcBytes, &message);
  return message;
}

absl::StatusOr<EventStreamMessage> DecodeEventStreamMessage(std::string_view bytes) {
  if (bytes.size() < kAroundBytes) return Malformed("shorter than any");
  const uint32_t total = ReadBigEndian(bytes.substr(0, 4));
  const uint32_t headers_bytes = ReadBigEndian(bytes.substr(4, 4));
  if (ReadBigEndian(bytes.substr(kLengthsBytes, kCrcBytes)) !=
      CrcOf(bytes.substr(0, kLengthsBytes))) {
    return Malformed("the checksum of its lengths");
  }
  if (total != bytes.size()) {
    return Malformed(absl::StrCat("says that it has ", total, " bytes, has ", bytes.size()));
  }
  if (headers_bytes > kEventStreamHeadersBytesMax || headers_bytes > total - kAroundBytes) {
    return Malformed("the length of its headers");
  }
  if (total - kAroundBytes - headers_bytes > kEventStreamPayloadBytesMax) {
    return Malformed("its payload is too long");
  }
  const std::string_view checked = bytes.substr(0, total - kCrcBytes);
  if (ReadBigEndian(bytes.substr(checked.size())) != CrcOf(checked)) {
    return Malformed("the checksum of the whole");
  }
  EventStreamMessage message;
  std::string_view headers = checked.substr(kPreludeBytes, headers_bytes);
  while (!headers.empty()) {
    RETURN_IF_ERROR(DecodeHeader(&headers, &message.headers.emplace_back()));
  }
  message.payload = checked.substr(kPreludeBytes + headers_bytes);
  return message;
}

}  // namespace penstock::broker
