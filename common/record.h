// RecordView: a record as put, its parts owned by someone else.
#pragma once

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/hash_key.h"

namespace penstock {

struct RecordView {
  std::string_view data;
  std::string_view partition_key;
  // Decimal; empty where the partition key decides.
  std::string_view explicit_hash_key;
};

// Data and partition key together: what the record limit counts.
inline size_t RecordBytes(const RecordView& record) {
  return record.data.size() + record.partition_key.size();
}

// The explicit hash key, else the MD5 of the partition key. INVALID_ARGUMENT, with FieldOf, where
// the explicit one is no hash key.
absl::StatusOr<HashKey> HashKeyOf(const RecordView& record);

// INVALID_ARGUMENT, with FieldOf, saying which and why, unless the partition key is UTF-8 of 1 to
// 256 characters and the record has at most `record_bytes_max` bytes (Kinesis API, PutRecord).
absl::Status ValidateRecord(const RecordView& record, size_t record_bytes_max);

}  // namespace penstock
