// MemoryProducers: what a shard of the MemoryShardLog knows of producers; the model of
// storage::ProducerTable, written down a second time, as plainly as it can be.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>

#include "absl/status/statusor.h"

#include "common/hash_key.h"
#include "common/ids.h"
#include "common/record_batch_header.h"
#include "storage/shard_log.h"

namespace penstock::testing {

class MemoryProducers {
 public:
  // As AppendConditions says. The result of the first if it was stored before; nothing if it may be
  // stored now.
  absl::StatusOr<std::optional<storage::AppendResult>> Check(
      const RecordBatchHeader& header, std::optional<uint64_t> previous) const;
  void Remember(const RecordBatchHeader& header, const storage::AppendResult& result);
  void Inherit(const MemoryProducers& parent);

 private:
  struct Stored {
    storage::AppendResult result;
    HashKeyRange hash_keys;
  };
  // Oldest first: by sequence, then by where it lies.
  using Results = std::map<std::tuple<uint64_t, ShardIndex, SequenceNumber>, Stored>;
  struct Producer {
    uint32_t epoch = 0;
    Results results;
  };

  static void DropOldest(Results& results);
  void ForgetIdle();

  std::map<uint64_t, Producer> producers_;
};

}  // namespace penstock::testing
