// Routing of a put: which records go to which shard, and the batches they become. Pure but for the
// limiters that Admit asks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/encryption/stream_cipher.h"
#include "broker/limit/shard_limiters.h"
#include "broker/stream/stream_snapshot.h"
#include "common/hash_key.h"
#include "common/record.h"
#include "common/record_batch.h"
#include "common/record_batch_builder.h"

namespace penstock::broker {

// What a record takes in a block beyond data and partition key: four tags, their lengths, and an
// explicit hash key of 39 digits.
inline constexpr size_t kRecordOverheadBytesMax = 64;

// A record of a request: where in the request it is, and its hash key.
struct RoutedRecord {
  uint32_t index = 0;
  HashKey hash_key;
};

struct Destination {
  // Of the snapshot it was routed by.
  const ShardInfo* shard = nullptr;
  // In the order of the request.
  std::vector<RoutedRecord> records;
  // Data and partition keys.
  size_t bytes = 0;
};

// INVALID_ARGUMENT unless a request may have so many records. For doors that would not even collect
// more.
absl::Status CheckRecordCount(size_t record_count);

// The records' hash keys, in their order. INVALID_ARGUMENT naming the entry as records[i] (or the
// field alone, for a request of one record that is no list); REQUEST_TOO_LARGE.
absl::StatusOr<std::vector<HashKey>> CheckRecords(const StreamSnapshot& stream,
                                                  std::span<const RecordView> records,
                                                  bool is_list);

// By hash key; destinations in the order in which the request first names them.
std::vector<Destination> Route(const StreamSnapshot& stream, std::span<const RecordView> records,
                               std::span<const RoutedRecord> routed);

// Why a record was not stored, and where it would have gone.
struct Refusal {
  ShardIndex shard;
  absl::Status status;
};

struct Admission {
  ShardLimiters& limiters;
  // A shard takes all records of the request that go to it, or none.
  bool all_or_none = false;
  // Of Clock::MonotonicMs.
  int64_t now_ms = 0;
};

// Takes out what the stream's limits refuse, with the reason in refusals[index]. Destinations that
// are left with none go.
void Admit(const StreamSnapshot& stream, std::span<const RecordView> records,
           const Admission& admission, std::vector<Destination>* destinations,
           std::vector<Refusal>* refusals);

// Encrypted if the stream is and `cipher` is not null. KMS errors.
absl::StatusOr<RecordBatch> BuildBatch(const StreamSnapshot& stream,
                                       std::span<const RecordView> records,
                                       const Destination& destination,
                                       const ProducerStamp& producer, StreamCipher* cipher);

}  // namespace penstock::broker
