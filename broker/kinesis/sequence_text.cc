#include "broker/kinesis/sequence_text.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "broker/stream/request_checks.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kForm = "49";
constexpr size_t kNumberDigits = 20;
constexpr size_t kStreamDigits = 20;
constexpr size_t kShardDigits = 10;
constexpr size_t kCheckDigits = 4;
static_assert(kForm.size() + kNumberDigits + kStreamDigits + kShardDigits + kCheckDigits ==
              kSequenceTextDigits);
// The largest prime of four digits: a changed digit, or two that changed places, change the rest.
constexpr uint64_t kCheckPrime = 9973;

void AppendDigits(uint64_t value, size_t digits, std::string* text) {
  const size_t end = text->size() + digits;
  text->resize(end, '0');
  for (size_t i = end; value != 0; value /= 10) {
    (*text)[--i] = static_cast<char>('0' + value % 10);
  }
}

uint64_t CheckOf(std::string_view digits) {
  // Four digits of a rest and 15 more fit 64 bits: a division for so many is enough.
  constexpr size_t kDigitsAtOnce = 15;
  uint64_t rest = 0;
  while (!digits.empty()) {
    const std::string_view head = digits.substr(0, kDigitsAtOnce);
    for (const char digit : head) rest = rest * 10 + static_cast<uint64_t>(digit - '0');
    rest %= kCheckPrime;
    digits.remove_prefix(head.size());
  }
  return rest;
}

// The next `digits` of `text`, which are digits. False if they are more than 64 bits.
bool TakeNumber(std::string_view* text, size_t digits, uint64_t* value) {
  const std::string_view head = text->substr(0, digits);
  text->remove_prefix(digits);
  return absl::SimpleAtoi(absl::string_view(head.data(), head.size()), value);
}

bool Parse(std::string_view text, PlacedSequenceNumber* placed) {
  if (text.size() != kSequenceTextDigits || !text.starts_with(kForm)) return false;
  if (!std::all_of(text.begin(), text.end(),
                   [](unsigned char c) { return absl::ascii_isdigit(c); })) {
    return false;
  }
  const uint64_t check_wanted = CheckOf(text.substr(0, kSequenceTextDigits - kCheckDigits));
  text.remove_prefix(kForm.size());
  uint64_t number = 0;
  uint64_t stream = 0;
  uint64_t shard = 0;
  uint64_t check = 0;
  if (!TakeNumber(&text, kNumberDigits, &number) || !TakeNumber(&text, kStreamDigits, &stream) ||
      !TakeNumber(&text, kShardDigits, &shard) || !TakeNumber(&text, kCheckDigits, &check)) {
    return false;
  }
  if (check != check_wanted || shard > std::numeric_limits<uint32_t>::max()) return false;
  *placed = {{StreamId(stream), ShardIndex(static_cast<uint32_t>(shard))}, SequenceNumber(number)};
  return true;
}

}  // namespace

std::string FormatSequenceNumber(const ShardKey& shard, SequenceNumber number) {
  std::string text;
  text.reserve(kSequenceTextDigits);
  text += kForm;
  AppendDigits(number.value(), kNumberDigits, &text);
  AppendDigits(shard.stream.value(), kStreamDigits, &text);
  AppendDigits(shard.shard.value(), kShardDigits, &text);
  AppendDigits(CheckOf(text), kCheckDigits, &text);
  return text;
}

absl::StatusOr<PlacedSequenceNumber> ParseSequenceNumber(std::string_view field,
                                                         std::string_view text) {
  PlacedSequenceNumber placed;
  if (Parse(text, &placed)) return placed;
  return InvalidField(field, absl::StrCat("'", Excerpt(text),
                                          "' is no sequence number that this service has given"));
}

}  // namespace penstock::broker
