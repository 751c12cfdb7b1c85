// Deaggregate: the user records in the data of a record, if it is an aggregated one
// (client/kpl/aggregate_format.h).
//
// Follows the Kinesis Client Library (AggregatorUtil.java): what is not of the format, to the last
// byte, is a plain record and no error, since any bytes may be put. Where the KCL throws in the
// middle of an aggregate whose tables do not fit, this takes it for a plain record too, so that no
// user record is lost. Copies no data; takes any bytes; memory is bounded by kUserRecordsMax.
// Functions without state; thread-safe.
//
// LIMIT: a protobuf group in the message, deprecated and not of this format, makes a plain record.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "common/hash_key.h"

namespace penstock::kpl {

// The texts point into the data that was given to Deaggregate.
struct UserRecordView {
  std::string_view data;
  std::string_view partition_key;
  // Decimal of 0 to 2^128-1; empty where the partition key decides.
  std::string_view explicit_hash_key;
  // The explicit hash key, else the MD5 of the partition key.
  HashKey hash_key;
  // 0, 1, 2 ... in the order of the aggregate: what tells apart the user records of one sequence
  // number.
  uint32_t sub_sequence_number = 0;
};

// The user records in their order, none perhaps. Nothing where `data` is a plain record: no magic,
// 16 bytes or fewer behind it, another MD5, a message that is malformed or lacks a required field,
// an index beyond its table, an explicit hash key that is none, or more than kUserRecordsMax of
// records or of keys in a table.
std::optional<std::vector<UserRecordView>> Deaggregate(std::string_view data);

// Whether all belong to a shard of that range. Where one does not, the KCL drops the whole
// aggregate: after a reshard its records are in two shards, and no reader of one may take them.
bool AllWithin(std::span<const UserRecordView> records, const HashKeyRange& range);

}  // namespace penstock::kpl
