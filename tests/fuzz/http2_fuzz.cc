// A connection of the HTTP server over what a client of HTTP/2 sends, whole and in pieces: bytes as
// they are, or frames with their lengths made right, as no fuzzer would guess them. What comes back
// is a row of frames that a server may send.
//
// A frame of an input: its type (4 bits) and the high bits of its length (4 bits), flags, stream, the
// low bits of its length, and that many bytes.
#include <string>

#include "broker/http/protocol_detector.h"
#include "common/check.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/http_session.h"

namespace penstock::fuzz {
namespace {

// The input has the preface and its frames as they are.
constexpr uint8_t kAsIs = kTarget1;
// The frames are as they are, after the preface.
constexpr uint8_t kFramesAsTheyAre = kTarget2;

constexpr size_t kInputHeadBytes = 4;
constexpr size_t kFrameHeadBytes = 9;
constexpr unsigned kSettings = 4;
constexpr unsigned kPriority = 2;
constexpr unsigned kPushPromise = 5;
constexpr unsigned kWindowUpdate = 8;

unsigned ByteAt(std::string_view bytes, size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

void AppendFrame(unsigned type, unsigned flags, unsigned stream, std::string_view payload,
                 std::string* to) {
  const size_t size = payload.size();
  for (const size_t byte : {size >> 16, size >> 8, size, size_t{type}, size_t{flags}, size_t{0},
                            size_t{0}, size_t{0}, size_t{stream}})
    to->push_back(static_cast<char>(byte));
  to->append(payload);
}

std::string ClientBytes(const HttpInput& input) {
  if ((input.options & kAsIs) != 0) return std::string(input.bytes);
  std::string bytes(broker::kHttp2Preface);
  AppendFrame(kSettings, 0, 0, "", &bytes);
  if ((input.options & kFramesAsTheyAre) != 0) return bytes.append(input.bytes);
  std::string_view rest = input.bytes;
  while (rest.size() >= kInputHeadBytes) {
    const size_t size = size_t{ByteAt(rest, 0) >> 4} << 8 | ByteAt(rest, 3);
    const std::string_view payload = rest.substr(kInputHeadBytes, size);
    AppendFrame(ByteAt(rest, 0) & 0x0f, ByteAt(rest, 1), ByteAt(rest, 2), payload, &bytes);
    rest.remove_prefix(kInputHeadBytes + payload.size());
  }
  return bytes;
}

void CheckFrames(std::string_view rest) {
  bool first = true;
  while (rest.size() >= kFrameHeadBytes) {
    const size_t size = ByteAt(rest, 0) << 16 | ByteAt(rest, 1) << 8 | ByteAt(rest, 2);
    const unsigned type = ByteAt(rest, 3);
    CHECK(type <= kWindowUpdate && type != kPriority && type != kPushPromise);
    CHECK(!first || type == kSettings);
    first = false;
    if (size > rest.size() - kFrameHeadBytes) return;
    rest.remove_prefix(kFrameHeadBytes + size);
  }
}

void Run(std::string_view input) {
  const HttpInput parts = HttpInput::Of(input);
  const std::string bytes = ClientBytes(parts);
  HttpSession session(parts);
  session.Run(bytes);
  if (broker::DetectProtocol(bytes) == broker::DetectedProtocol::kHttp2)
    CheckFrames(session.answers());
}

}  // namespace
}  // namespace penstock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  penstock::fuzz::Run(penstock::fuzz::View(data, size));
  return 0;
}
