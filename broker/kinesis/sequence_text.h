// Sequence numbers as the Kinesis wire has them: decimal texts of 56 digits that also say which
// shard of which stream they belong to, so that one that is used on another shard is refused, as
// AWS refuses it.
//
//   digit   length
//    0      2       "49", the form: no leading zeros
//    2      20      the sequence number
//   22      20      the stream's id
//   42      10      the shard's index
//   52      4       check digits over all before them: a number that nobody gave is refused
//
// Of one width, so that the order of texts is the order of numbers; the sequence number comes
// first, so that the numbers of a partition key rise from a parent shard to its children. Pure
// functions. (Kinesis API, SequenceNumber: up to 129 digits; no client looks into them.)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "common/ids.h"

namespace penstock::broker {

inline constexpr size_t kSequenceTextDigits = 56;

struct PlacedSequenceNumber {
  ShardKey shard;
  SequenceNumber number;

  friend bool operator==(const PlacedSequenceNumber&, const PlacedSequenceNumber&) = default;
};

std::string FormatSequenceNumber(const ShardKey& shard, SequenceNumber number);

// INVALID_ARGUMENT, naming `field`, if no broker has given it.
absl::StatusOr<PlacedSequenceNumber> ParseSequenceNumber(std::string_view field,
                                                         std::string_view text);

}  // namespace penstock::broker
