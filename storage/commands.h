// What the committer of a lane is asked to do, in the order in which it is asked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "absl/status/status.h"

#include "common/ids.h"
#include "common/record_batch.h"
#include "storage/producer_table.h"
#include "storage/shard.h"
#include "storage/shard_log.h"

namespace penstock::storage {

struct AppendCommand {
  std::shared_ptr<Shard> shard;
  RecordBatch batch;
  AppendConditions conditions;
  AppendCallback done;
};

struct CreateCommand {
  ShardKey key;
  SequenceNumber first;
  // What the parents know.
  ProducerTable producers;
  StatusCallback done;
};

struct SealCommand {
  std::shared_ptr<Shard> shard;
  SealCallback done;
};

struct DeleteCommand {
  ShardKey key;
  StatusCallback done;
};

struct TrimCommand {
  static constexpr uint64_t kAllBytes = ~uint64_t{0};

  std::shared_ptr<Shard> shard;
  SequenceNumber first;
  // Where the batch that holds `first` begins: what lies below may be deleted from RocksDB. 0 if
  // that is not known.
  SequenceNumber delete_below;
  // Bytes appended to the shard before `delete_below`, at least; kAllBytes if that is all of them.
  uint64_t bytes_below = 0;
  // Entries of the time index below this key are not needed without the batches. May be empty.
  std::string time_index_below;
  StatusCallback done;
};

using Command = std::variant<AppendCommand, CreateCommand, SealCommand, DeleteCommand, TrimCommand>;

// Answers a command that will not be carried out, or whose outcome is not known.
void Refuse(Command command, const absl::Status& error);

}  // namespace penstock::storage
