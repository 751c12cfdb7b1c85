#include "broker/record/put_records.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

#include "broker/record/stream_lookup.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/record_batch_builder.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

using Snapshot = std::shared_ptr<const StreamSnapshot>;

// What a record takes in a block beyond data and partition key: four tags, their lengths, and an
// explicit hash key of 39 digits.
constexpr size_t kRecordOverheadBytesMax = 64;

// So that a request never needs two batches for one shard, and a batch is all of it there.
static_assert(kPutRecordsBytesMax + kPutRecordsEntriesMax * kRecordOverheadBytesMax <=
              kBatchPlainBlockBytesMax);
static_assert(kRecordBytesMax <= kPutRecordsBytesMax);
static_assert(kPutRecordsEntriesMax <= kBatchRecordsMax);

// Where a record goes: which of the request's batches, and which of its records.
struct Placement {
  uint32_t batch = 0;
  uint32_t position = 0;
  HashKey hash_key;
};

struct Destination {
  const ShardInfo* shard = nullptr;
  uint32_t record_count = 0;
  size_t block_bytes_expected = 0;
};

// The plan of a request; points into the snapshot.
struct Route {
  std::vector<Placement> placements;
  std::vector<Destination> destinations;
};

absl::Status InvalidRecords(ErrorReason reason, std::string_view what) {
  return WithField(MakeError(reason, what), "records");
}

// "partition_key is empty" becomes "records[3].partition_key is empty", "record has ..." becomes
// "records[3]: record has ...".
absl::Status AtEntry(size_t index, const absl::Status& status) {
  const std::string field = FieldOf(status);
  const std::string message(status.message());
  const std::string_view separator = message.starts_with(field) ? "." : ": ";
  return WithField(MakeError(ReasonOf(status),
                             absl::StrCat("records[", index, "]", std::string(separator), message)),
                   absl::StrCat("records[", index, "].", field));
}

absl::StatusOr<HashKey> CheckRecord(const RecordView& record, const StreamSnapshot& stream) {
  const size_t record_bytes_max = size_t{stream.config().max_record_size_in_kib} * 1024;
  RETURN_IF_ERROR(ValidateRecord(record, record_bytes_max));
  return HashKeyOf(record);
}

void AddTo(const StreamSnapshot& stream, const RecordView& record, HashKey hash_key,
           absl::flat_hash_map<ShardIndex, uint32_t>& batch_of_shard, Route& route) {
  const ShardInfo& shard = stream.Route(hash_key);
  const auto next_batch = static_cast<uint32_t>(route.destinations.size());
  const uint32_t batch = batch_of_shard.try_emplace(shard.index, next_batch).first->second;
  if (batch == next_batch) route.destinations.push_back({&shard});
  Destination& destination = route.destinations[batch];
  route.placements.push_back({batch, destination.record_count, hash_key});
  ++destination.record_count;
  destination.block_bytes_expected += RecordBytes(record) + kRecordOverheadBytesMax;
}

absl::StatusOr<Route> RouteRecords(const StreamSnapshot& stream,
                                   std::span<const RecordView> records) {
  Route route;
  route.placements.reserve(records.size());
  absl::flat_hash_map<ShardIndex, uint32_t> batch_of_shard;
  size_t bytes = 0;
  for (size_t i = 0; i < records.size(); ++i) {
    const absl::StatusOr<HashKey> hash_key = CheckRecord(records[i], stream);
    if (!hash_key.ok()) return AtEntry(i, hash_key.status());
    bytes += RecordBytes(records[i]);
    AddTo(stream, records[i], *hash_key, batch_of_shard, route);
  }
  if (bytes > kPutRecordsBytesMax) {
    return InvalidRecords(
        ErrorReason::kRequestTooLarge,
        absl::StrCat("request has ", bytes, " bytes of data and partition keys, more than ",
                     kPutRecordsBytesMax));
  }
  return route;
}

std::vector<RecordBatch> BuildBatches(const StreamSnapshot& stream,
                                      std::span<const RecordView> records, const Route& route) {
  std::vector<RecordBatchBuilder> builders;
  builders.reserve(route.destinations.size());
  for (const Destination& destination : route.destinations)
    builders.emplace_back(destination.block_bytes_expected);
  for (size_t i = 0; i < records.size(); ++i) {
    const Placement& placement = route.placements[i];
    builders[placement.batch].Add(records[i], placement.hash_key);
  }
  std::vector<RecordBatch> batches;
  batches.reserve(builders.size());
  for (size_t i = 0; i < builders.size(); ++i) {
    batches.push_back(
        std::move(builders[i]).Build(stream.KeyOf(*route.destinations[i].shard), Codec::kNone));
  }
  return batches;
}

// Waits for all batches of a request. Each batch's callback shares it; the last one answers.
class PutJoin {
 public:
  PutJoin(Snapshot stream, Route route, PutRecordsCallback done)
      : stream_(std::move(stream)),
        route_(std::move(route)),
        outcomes_(route_.destinations.size(), absl::UnknownError("")),
        pending_(route_.destinations.size()),
        done_(std::move(done)) {}

  void Arrive(size_t batch, absl::StatusOr<storage::AppendResult> outcome) {
    outcomes_[batch] = std::move(outcome);
    // Release: this outcome is seen by the last to arrive. Acquire: the last sees all.
    if (pending_.fetch_sub(1, std::memory_order_acq_rel) == 1) std::move(done_)(Results());
  }

  const StreamSnapshot& stream() const { return *stream_; }
  const Route& route() const { return route_; }

 private:
  absl::Status StatusOf(const absl::Status& append) const {
    if (append.ok() || ReasonOf(append) != ErrorReason::kShardNotFound) return append;
    // Routed by a snapshot that was right a moment ago: shards go with their stream alone.
    return MakeError(ErrorReason::kStreamNotFound,
                     absl::StrCat("stream '", stream_->config().name, "' was deleted"));
  }

  std::vector<PutResult> Results() const {
    std::vector<PutResult> results;
    results.reserve(route_.placements.size());
    for (const Placement& placement : route_.placements) {
      const absl::StatusOr<storage::AppendResult>& outcome = outcomes_[placement.batch];
      PutResult result{
          route_.destinations[placement.batch].shard->index, {}, StatusOf(outcome.status())};
      if (outcome.ok())
        result.sequence_number = outcome->first_sequence_number.Plus(placement.position);
      results.push_back(std::move(result));
    }
    return results;
  }

  // Holds the shards that route_ points to.
  const Snapshot stream_;
  const Route route_;
  // A slot a batch, written by its callback alone.
  std::vector<absl::StatusOr<storage::AppendResult>> outcomes_;
  std::atomic<size_t> pending_;
  PutRecordsCallback done_;
};

void AppendAll(storage::ShardLog& log, Snapshot stream, std::span<const RecordView> records,
               Route route, PutRecordsCallback done) {
  std::vector<RecordBatch> batches = BuildBatches(*stream, records, route);
  // Held here to the end: the first batches may have answered, and let go, before the last is
  // appended.
  const auto join = std::make_shared<PutJoin>(std::move(stream), std::move(route), std::move(done));
  const StreamSnapshot& snapshot = join->stream();
  for (size_t i = 0; i < batches.size(); ++i) {
    log.Append(snapshot.KeyOf(*join->route().destinations[i].shard), std::move(batches[i]), {},
               [join, i](absl::StatusOr<storage::AppendResult> outcome) {
                 join->Arrive(i, std::move(outcome));
               });
  }
}

}  // namespace

absl::Status CheckRecordCount(size_t record_count) {
  if (record_count >= 1 && record_count <= kPutRecordsEntriesMax) return absl::OkStatus();
  return InvalidRecords(ErrorReason::kInvalidArgument,
                        absl::StrCat("records has ", record_count, " entries; it must have 1 to ",
                                     kPutRecordsEntriesMax));
}

void PutRecords(const StreamDirectory& directory, storage::ShardLog& log,
                std::string_view stream_name, std::span<const RecordView> records,
                PutRecordsCallback done) {
  if (absl::Status count = CheckRecordCount(records.size()); !count.ok())
    return std::move(done)(std::move(count));
  absl::StatusOr<Snapshot> stream = FindServing(directory, stream_name);
  if (!stream.ok()) return std::move(done)(stream.status());
  absl::StatusOr<Route> route = RouteRecords(**stream, records);
  if (!route.ok()) return std::move(done)(route.status());
  AppendAll(log, *std::move(stream), records, *std::move(route), std::move(done));
}

void PutRecord(const StreamDirectory& directory, storage::ShardLog& log,
               std::string_view stream_name, const RecordView& record, PutRecordCallback done) {
  absl::StatusOr<Snapshot> stream = FindServing(directory, stream_name);
  if (!stream.ok()) return std::move(done)(stream.status());
  const absl::StatusOr<HashKey> hash_key = CheckRecord(record, **stream);
  if (!hash_key.ok()) return std::move(done)(hash_key.status());

  Route route;
  absl::flat_hash_map<ShardIndex, uint32_t> batch_of_shard;
  AddTo(**stream, record, *hash_key, batch_of_shard, route);
  AppendAll(log, *std::move(stream), {&record, 1}, std::move(route),
            [done = std::move(done)](absl::StatusOr<std::vector<PutResult>> results) mutable {
              // AppendAll answers with results, never with an error of its own.
              PutResult& result = results->front();
              if (!result.status.ok()) return std::move(done)(std::move(result.status));
              std::move(done)(std::move(result));
            });
}

}  // namespace penstock::broker
