#include "broker/kinesis/kinesis_patterns.h"

#include <algorithm>

namespace penstock::broker {
namespace {

constexpr size_t kHashKeyDigitsMax = 39;
constexpr size_t kSequenceNumberDigitsMax = 129;
constexpr size_t kStreamIdHeadChars = 20;
constexpr size_t kStreamIdTailChars = 3;
constexpr size_t kAccountDigits = 12;

constexpr std::string_view kArnHead = "arn:aws";
constexpr std::string_view kService = ":kinesis:";
constexpr std::string_view kStream = "stream/";
constexpr std::string_view kConsumer = "/consumer/";

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLower(char c) {
  return c >= 'a' && c <= 'z';
}
bool IsNameChar(char c) {
  return IsDigit(c) || IsLower(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '-';
}
bool IsBlank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool IsLowerOrDigit(char c) {
  return IsLower(c) || IsDigit(c);
}

template <typename Predicate>
bool AreAll(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

bool IsNumber(std::string_view text, size_t digits_max) {
  if (text == "0") return true;
  return !text.empty() && text.size() <= digits_max && text.front() != '0' && AreAll(text, IsDigit);
}

// Where the first thing is that '.' does not match, as Java has it: the end of a line, of Unicode
// too. The size of the text if there is none.
size_t FirstLineEnd(std::string_view text) {
  size_t first = text.size();
  for (const std::string_view end : {"\n", "\r", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    first = std::min(first, text.substr(0, first).find(end));
  }
  return std::min(first, text.size());
}

// Behind the last blank; 0 if there is none.
size_t BehindBlanks(std::string_view text) {
  size_t end = text.size();
  while (end > 0 && !IsBlank(text[end - 1])) --end;
  return end;
}

bool IsAccountAt(std::string_view text, size_t at) {
  return text.size() >= at + kAccountDigits + 2 && text[at] == ':' &&
         text[at + kAccountDigits + 1] == ':' &&
         AreAll(text.substr(at + 1, kAccountDigits), IsDigit);
}

// `text` from behind "arn:aws.*:kinesis:", whose .* is as short as can be; empty if it is no such.
std::string_view BehindService(std::string_view text) {
  if (!text.starts_with(kArnHead)) return {};
  const size_t service = text.find(kService, kArnHead.size());
  if (service == std::string_view::npos || FirstLineEnd(text) < service) return {};
  return text.substr(service + kService.size());
}

// The place behind the first account of `rest`; npos if there is none.
size_t BehindAccount(std::string_view rest) {
  for (size_t at = rest.find(':'); at != std::string_view::npos; at = rest.find(':', at + 1)) {
    if (IsAccountAt(rest, at)) return at + kAccountDigits + 2;
  }
  return std::string_view::npos;
}

// Whether arn:aws.*:kinesis:.*:\d{12}: begins `text`, with .* up to its end.
bool IsArnHead(std::string_view text) {
  const std::string_view rest = BehindService(text);
  return BehindAccount(rest) != std::string_view::npos && FirstLineEnd(rest) == rest.size();
}

// Takes the longest tail of such characters off `text`; whether there was one.
template <typename Predicate>
bool TakeTail(std::string_view* text, Predicate predicate) {
  const size_t before = text->size();
  while (!text->empty() && predicate(text->back())) text->remove_suffix(1);
  return text->size() < before;
}

bool TakeSuffix(std::string_view* text, std::string_view suffix) {
  if (!text->ends_with(suffix)) return false;
  text->remove_suffix(suffix.size());
  return true;
}

}  // namespace

bool IsKinesisName(std::string_view text) {
  return !text.empty() && AreAll(text, IsNameChar);
}

bool IsHashKeyText(std::string_view text) {
  return IsNumber(text, kHashKeyDigitsMax);
}

bool IsSequenceNumberText(std::string_view text) {
  return IsNumber(text, kSequenceNumberDigitsMax);
}

bool IsStreamIdText(std::string_view text) {
  return text.size() == kStreamIdHeadChars + 1 + kStreamIdTailChars &&
         text[kStreamIdHeadChars] == '-' &&
         AreAll(text.substr(0, kStreamIdHeadChars), IsLowerOrDigit) &&
         AreAll(text.substr(kStreamIdHeadChars + 1), IsLowerOrDigit);
}

bool IsStreamArn(std::string_view text) {
  const std::string_view rest = BehindService(text);
  const size_t line_end = FirstLineEnd(rest);
  const size_t name_min = BehindBlanks(rest);
  for (size_t at = rest.find(':'); at < line_end; at = rest.find(':', at + 1)) {
    const size_t stream = at + kAccountDigits + 2;
    if (!IsAccountAt(rest, at) || !rest.substr(stream).starts_with(kStream)) continue;
    const size_t name = stream + kStream.size();
    if (name >= name_min && name < rest.size()) return true;
  }
  return false;
}

bool IsResourceArn(std::string_view text) {
  const std::string_view rest = BehindService(text);
  const size_t account = BehindAccount(rest);
  if (account == std::string_view::npos) return false;
  const size_t line_end = FirstLineEnd(rest);
  const size_t name_min = BehindBlanks(rest);
  for (size_t at = rest.find(kStream, account); at <= line_end; at = rest.find(kStream, at + 1)) {
    const size_t name = at + kStream.size();
    if (name >= name_min && name < rest.size()) return true;
  }
  return false;
}

bool IsConsumerArn(std::string_view text) {
  // From the end, where each part ends at a character that it cannot have.
  std::string_view head = text;
  if (!TakeTail(&head, IsDigit) || !TakeSuffix(&head, ":") || !TakeTail(&head, IsNameChar)) {
    return false;
  }
  if (!TakeSuffix(&head, kConsumer) || !TakeTail(&head, IsNameChar)) return false;
  return TakeSuffix(&head, kStream) && IsArnHead(head);
}

}  // namespace penstock::broker
