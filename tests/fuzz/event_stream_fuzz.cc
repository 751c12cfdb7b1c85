// DecodeEventStreamMessage over any bytes, as they are and with their checksums made right, as no
// fuzzer would guess them; what is decoded is encoded to the same bytes.
#include <string>

#include <zlib.h>

#include "broker/aws/event_stream.h"
#include "common/check.h"
#include "tests/fuzz/fuzz_input.h"

namespace penstock::fuzz {
namespace {

constexpr size_t kLengthsBytes = 8;
constexpr size_t kCrcBytes = 4;
constexpr size_t kMessageBytesMin = 16;

void WriteCrc(std::string* message, size_t at) {
  const auto crc = static_cast<uint32_t>(
      ::crc32_z(0, reinterpret_cast<const unsigned char*>(message->data()), at));
  for (size_t i = 0; i < kCrcBytes; ++i)
    (*message)[at + i] = static_cast<char>(crc >> (24 - 8 * i));
}

void Decode(std::string_view bytes) {
  const Buffer message(bytes);
  const auto decoded = broker::DecodeEventStreamMessage(message.text());
  if (!decoded.ok()) return;
  CHECK(broker::EncodeEventStreamMessage(decoded->headers, decoded->payload) == bytes);
}

void Run(std::string_view input) {
  Decode(input);
  if (input.size() < kMessageBytesMin) return;
  std::string sealed(input);
  for (size_t i = 0; i < 4; ++i) sealed[i] = static_cast<char>(input.size() >> (24 - 8 * i));
  WriteCrc(&sealed, kLengthsBytes);
  WriteCrc(&sealed, sealed.size() - kCrcBytes);
  Decode(sealed);
}

}  // namespace
}  // namespace penstock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  penstock::fuzz::Run(penstock::fuzz::View(data, size));
  return 0;
}
