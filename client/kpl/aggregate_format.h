// The bytes of an aggregated record: many user records in the data of one record of a shard, as the
// Kinesis Producer Library writes them and the Kinesis Client Library reads them
// (aggregation-format.md and messages.proto of the KPL, AggregatorUtil.java of the KCL).
//
//   offset  bytes  what
//   0       4      magic F3 89 9A C2
//   4       n      AggregatedRecord, a message of protobuf (proto2)
//   4 + n   16     MD5 of those n bytes
//
//   AggregatedRecord            Record
//   1  repeated string          1  required uint64  index of its partition key
//      partition keys           2  optional uint64  index of its explicit hash key
//   2  repeated string          3  required bytes   data
//      explicit hash keys       4  repeated Tag     unused
//   3  repeated Record
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/hash_key.h"
#include "common/limits.h"

namespace penstock::kpl {

inline constexpr std::string_view kMagic("\xf3\x89\x9a\xc2", 4);
inline constexpr size_t kDigestBytes = HashKey::kBytes;

inline constexpr uint32_t kPartitionKeyTableField = 1;
inline constexpr uint32_t kExplicitHashKeyTableField = 2;
inline constexpr uint32_t kRecordsField = 3;

inline constexpr uint32_t kPartitionKeyIndexField = 1;
inline constexpr uint32_t kExplicitHashKeyIndexField = 2;
inline constexpr uint32_t kDataField = 3;

// LIMIT: user records in an aggregated record; the format knows none. As many as a stored batch has.
inline constexpr uint32_t kUserRecordsMax = kBatchRecordsMax;

// MD5: what makes a hash key of a partition key makes one of any bytes. 16 bytes.
inline std::string DigestOf(std::string_view message) {
  return HashKey::FromPartitionKey(message).ToBytes();
}

}  // namespace penstock::kpl
