#include "broker/aws/utf8.h"

#include <simdjson.h>

namespace penstock::broker {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
// Below it, calling simdjson costs more than it saves.
constexpr size_t kShortBytes = 16;

bool IsContinuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

// Of the character that begins with `lead`; 0 if none does.
size_t LengthBy(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

// Of the character that `text` begins with; 0 if it begins with none.
size_t CharacterAt(std::string_view text) {
  const size_t length = LengthBy(static_cast<unsigned char>(text.front()));
  if (length == 0 || length > text.size()) return 0;
  return simdjson::validate_utf8(text.data(), length) ? length : 0;
}

}  // namespace

bool IsUtf8(std::string_view text) {
  if (text.size() < kShortBytes) {
    unsigned char all = 0;
    for (const char byte : text) all |= static_cast<unsigned char>(byte);
    if (all < 0x80) return true;
  }
  return simdjson::validate_utf8(text.data(), text.size());
}

size_t CharactersOf(std::string_view text) {
  size_t characters = 0;
  for (const char byte : text) characters += IsContinuation(byte) ? 0 : 1;
  return characters;
}

std::string_view HeadOf(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && IsContinuation(text[end])) --end;
  return text.substr(0, end);
}

std::string ReplaceInvalidUtf8(std::string_view text) {
  std::string good;
  good.reserve(text.size() + kReplacement.size());
  while (!text.empty()) {
    const size_t length = CharacterAt(text);
    good += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return good;
}

}  // namespace penstock::broker
