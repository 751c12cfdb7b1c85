// Messages of application/vnd.amazon.eventstream: what SubscribeToShard answers with.
//
//   offset      bytes  what (big-endian)
//        0          4  length of the whole message
//        4          4  length H of the headers
//        8          4  CRC-32 (IEEE) of the 8 bytes before
//       12          H  headers: { u8 length, name, u8 type, value }; a string is type 7, u16 length, bytes
//   12 + H          P  payload
//   12 + H + P      4  CRC-32 of all before
//
// Functions without state; thread-safe. Source: the event stream specification of Smithy.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace penstock::broker {

inline constexpr size_t kEventStreamHeadersBytesMax = 128 * 1024;
inline constexpr size_t kEventStreamPayloadBytesMax = 24 * 1024 * 1024;
inline constexpr size_t kEventStreamNameBytesMax = 255;
inline constexpr size_t kEventStreamValueBytesMax = 32'767;

// Of type 7, string.
struct EventStreamHeader {
  std::string name;
  std::string value;
};

struct EventStreamMessage {
  std::vector<EventStreamHeader> headers;
  std::string_view payload;

  // Empty if there is none.
  std::string_view Header(std::string_view name) const;
};

// CHECKs the four limits above, and that names are not empty.
std::string EncodeEventStreamMessage(std::span<const EventStreamHeader> headers,
                                     std::string_view payload);

// `bytes` must be exactly one message, and outlive it. INVALID_ARGUMENT, naming what is wrong, if a
// length, either CRC or a header is; headers of types other than string are refused.
absl::StatusOr<EventStreamMessage> DecodeEventStreamMessage(std::string_view bytes);

}  // namespace penstock::broker
