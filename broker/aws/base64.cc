#include "broker/aws/base64.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "broker/aws/base64_avx2.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
// Set in the table's values for characters that are not of the alphabet; never set by those that
// are, which fill the lower 24 bits.
constexpr uint32_t kBad = 0x80000000U;

// The 24 bits of four characters are the sum of four look-ups, each shifted to its place already.
using DecodeTable = std::array<uint32_t, 256>;

constexpr DecodeTable MakeDecodeTable(int shift) {
  DecodeTable table{};
  for (uint32_t& value : table) value = kBad;
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<uint32_t>(i) << shift;
  }
  return table;
}

constexpr std::array<DecodeTable, 4> kDecode = {MakeDecodeTable(18), MakeDecodeTable(12),
                                                MakeDecodeTable(6), MakeDecodeTable(0)};

// Twelve bits at a time.
constexpr std::array<std::array<char, 2>, 4096> kEncode = [] {
  std::array<std::array<char, 2>, 4096> table{};
  for (size_t i = 0; i < table.size(); ++i) table[i] = {kAlphabet[i >> 6], kAlphabet[i & 63]};
  return table;
}();

uint32_t Decoded(const unsigned char* four) {
  return kDecode[0][four[0]] | kDecode[1][four[1]] | kDecode[2][four[2]] | kDecode[3][four[3]];
}

void Store(uint32_t bits, char* out) {
  out[0] = static_cast<char>(bits >> 16);
  out[1] = static_cast<char>(bits >> 8);
  out[2] = static_cast<char>(bits);
}

size_t PaddingOf(std::string_view text) {
  if (text.ends_with("==")) return 2;
  return text.ends_with('=') ? 1 : 0;
}

// The last four characters, of which `padding` are '='. Nothing if bits are left over.
std::optional<size_t> DecodeLast(const unsigned char* four, size_t padding, char* out) {
  uint32_t bits = kDecode[0][four[0]] | kDecode[1][four[1]];
  if (padding < 2) bits |= kDecode[2][four[2]];
  const uint32_t unused = padding == 2 ? 0xffff : 0xff;
  if ((bits & (kBad | unused)) != 0) return std::nullopt;
  out[0] = static_cast<char>(bits >> 16);
  if (padding < 2) out[1] = static_cast<char>(bits >> 8);
  return 3 - padding;
}

}  // namespace

void AppendBase64(std::string_view bytes, std::string* out) {
  const size_t begin = out->size();
  out->resize(begin + Base64EncodedSize(bytes.size()));
  char* to = out->data() + begin;
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t left = bytes.size();
  if (HasBase64Avx2()) {
    const size_t done = EncodeBase64Avx2(from, left, to);
    from += done;
    left -= done;
    to += done / 3 * 4;
  }
  for (; left >= 3; left -= 3, from += 3, to += 4) {
    const uint32_t bits = uint32_t{from[0]} << 16 | uint32_t{from[1]} << 8 | from[2];
    std::memcpy(to, kEncode[bits >> 12].data(), 2);
    std::memcpy(to + 2, kEncode[bits & 0xfff].data(), 2);
  }
  if (left == 0) return;
  const uint32_t bits = uint32_t{from[0]} << 16 | (left == 2 ? uint32_t{from[1]} << 8 : 0);
  std::memcpy(to, kEncode[bits >> 12].data(), 2);
  to[2] = left == 2 ? kAlphabet[bits >> 6 & 63] : '=';
  to[3] = '=';
}

size_t Base64DecodedSize(std::string_view text) {
  const size_t room = (text.size() + 3) / 4 * 3;
  return room - (room == 0 ? 0 : PaddingOf(text));
}

std::optional<size_t> DecodeBase64(std::string_view text, char* out) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return 0;
  const size_t padding = PaddingOf(text);
  const auto* from = reinterpret_cast<const unsigned char*>(text.data());
  const size_t whole = text.size() / 4 - (padding > 0 ? 1 : 0);

  char* to = out;
  // Looked at once at the end: a bad character in between costs no more than a good one.
  uint32_t seen = 0;
  const size_t done = HasBase64Avx2() ? DecodeBase64Avx2(from, whole * 4, to) : 0;
  from += done;
  to += done / 4 * 3;
  for (size_t i = done / 4; i < whole; ++i, from += 4, to += 3) {
    const uint32_t bits = Decoded(from);
    seen |= bits;
    Store(bits, to);
  }
  if ((seen & kBad) != 0) return std::nullopt;
  if (padding == 0) return static_cast<size_t>(to - out);
  const std::optional<size_t> last = DecodeLast(from, padding, to);
  if (!last) return std::nullopt;
  return static_cast<size_t>(to - out) + *last;
}

std::string WhyNotBase64(std::string_view text) {
  if (text.size() % 4 != 0) {
    return absl::StrCat("Base64 encoded length is expected a multiple of 4 bytes but found: ",
                        text.size());
  }
  const std::string_view body = text.substr(0, text.size() - PaddingOf(text));
  const size_t bad = body.find_first_not_of(kAlphabet);
  if (bad != std::string_view::npos) {
    const auto byte = static_cast<unsigned char>(body[bad]);
    if (byte >= 0x20 && byte < 0x7f) {
      return absl::StrCat("Invalid Base64 character: '", absl::string_view(&body[bad], 1), "'");
    }
    return absl::StrCat("Invalid Base64 character: 0x", absl::Hex(byte, absl::kZeroPad2));
  }
  return "Invalid last non-pad Base64 character detected";
}

}  // namespace penstock::broker
