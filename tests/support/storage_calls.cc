#include "tests/support/storage_calls.h"

#include <future>
#include <utility>

#include "common/check.h"
#include "common/record_batch_builder.h"
#include "common/status_macros.h"

namespace penstock::testing {

RecordBatch MakeBatch(const ShardKey& shard, const std::vector<std::string>& data, Codec codec,
                      const ProducerStamp& producer) {
  RecordBatchBuilder builder;
  for (const std::string& bytes : data) {
    const RecordView record{bytes, "key", ""};
    builder.Add(record, *HashKeyOf(record));
  }
  return std::move(builder).Build(shard, codec, producer);
}

absl::Status CreateShard(storage::ShardLog& log, const ShardKey& shard, storage::NewShard spec) {
  std::promise<absl::Status> promise;
  log.CreateShard(shard, std::move(spec),
                  [&](absl::Status status) { promise.set_value(std::move(status)); });
  return promise.get_future().get();
}

absl::Status DeleteShard(storage::ShardLog& log, const ShardKey& shard) {
  std::promise<absl::Status> promise;
  log.DeleteShard(shard, [&](absl::Status status) { promise.set_value(std::move(status)); });
  return promise.get_future().get();
}

absl::StatusOr<storage::ShardBounds> Seal(storage::ShardLog& log, const ShardKey& shard) {
  std::promise<absl::StatusOr<storage::ShardBounds>> promise;
  log.Seal(shard, [&](absl::StatusOr<storage::ShardBounds> bounds) {
    promise.set_value(std::move(bounds));
  });
  return promise.get_future().get();
}

absl::StatusOr<storage::AppendResult> AppendAndWait(storage::ShardLog& log, const ShardKey& shard,
                                                    RecordBatch batch,
                                                    storage::AppendConditions conditions) {
  std::promise<absl::StatusOr<storage::AppendResult>> promise;
  log.Append(
      shard, std::move(batch), conditions,
      [&](absl::StatusOr<storage::AppendResult> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

absl::Status TrimAndWait(storage::ShardLog& log, const ShardKey& shard, SequenceNumber first) {
  std::promise<absl::Status> promise;
  log.Trim(shard, first, [&](absl::Status status) { promise.set_value(std::move(status)); });
  return promise.get_future().get();
}

std::vector<NumberedRecord> Unpack(const storage::ReadResult& result, SequenceNumber from) {
  std::vector<NumberedRecord> records;
  for (const StoredBatch& batch : result.batches) {
    absl::StatusOr<RecordBlockReader> reader = RecordBlockReader::Open(*batch);
    CHECK(reader.ok());
    SequenceNumber number = batch->header().first_sequence_number;
    for (RecordView record; reader->Next(&record); number = number.Next()) {
      if (number >= from) records.push_back({number, std::string(record.data)});
    }
    CHECK(reader->status().ok());
  }
  return records;
}

absl::StatusOr<std::vector<NumberedRecord>> ReadAll(storage::ShardLog& log, const ShardKey& shard,
                                                    SequenceNumber from,
                                                    const storage::ReadLimits& limits) {
  std::vector<NumberedRecord> all;
  for (;;) {
    ASSIGN_OR_RETURN(const storage::ReadResult result, log.Read(shard, from, limits));
    if (result.batches.empty()) return all;
    const std::vector<NumberedRecord> records = Unpack(result, std::max(from, result.bounds.first));
    CHECK(!records.empty());
    from = records.back().sequence_number.Next();
    all.insert(all.end(), records.begin(), records.end());
  }
}

}  // namespace penstock::testing
