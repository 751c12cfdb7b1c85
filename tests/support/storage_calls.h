// Calls of a ShardLog as tests make them: one record batch, one blocking call, one answer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/ids.h"
#include "common/record_batch.h"
#include "common/record_batch_builder.h"
#include "storage/shard_log.h"

namespace penstock::testing {

// A batch of `data.size()` records for `shard`, all of partition key "key".
RecordBatch MakeBatch(const ShardKey& shard, const std::vector<std::string>& data,
                      Codec codec = Codec::kNone, const ProducerStamp& producer = {});

// Each calls and waits for the answer.
absl::Status CreateShard(storage::ShardLog& log, const ShardKey& shard,
                         storage::NewShard spec = {});
absl::Status DeleteShard(storage::ShardLog& log, const ShardKey& shard);
absl::StatusOr<storage::ShardBounds> Seal(storage::ShardLog& log, const ShardKey& shard);
absl::StatusOr<storage::AppendResult> AppendAndWait(storage::ShardLog& log, const ShardKey& shard,
                                                    RecordBatch batch,
                                                    storage::AppendConditions conditions = {});

absl::Status TrimAndWait(storage::ShardLog& log, const ShardKey& shard, SequenceNumber first);

struct NumberedRecord {
  SequenceNumber sequence_number;
  std::string data;

  friend bool operator==(const NumberedRecord&, const NumberedRecord&) = default;
};

// The records of a read from `from` on, unpacked.
std::vector<NumberedRecord> Unpack(const storage::ReadResult& result, SequenceNumber from);

// Everything from `from` on, in as many reads as it takes.
absl::StatusOr<std::vector<NumberedRecord>> ReadAll(storage::ShardLog& log, const ShardKey& shard,
                                                    SequenceNumber from,
                                                    const storage::ReadLimits& limits = {});

}  // namespace penstock::testing
