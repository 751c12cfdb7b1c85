#include "broker/record/shard_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/record/stream_lookup.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

// What a record takes in an answer beyond its data and partition key.
constexpr size_t kRecordOverheadBytes = 64;

absl::Status PastTheEnd(const ShardKey& shard, SequenceNumber next,
                        const storage::ShardBounds& bounds) {
  return WithField(
      MakeError(ErrorReason::kInvalidIterator,
                absl::StrCat("shard_iterator is at sequence number ", next.value(),
                             ", past the end of shard ", ToString(shard), ", which holds [",
                             bounds.first.value(), ", ", bounds.end.value(),
                             "): the records it was made from are gone")),
      "shard_iterator");
}

// `bounds` becomes what they were at the last read.
absl::StatusOr<CollectedRecords> Collect(storage::ShardLog& log, const ShardKey& shard,
                                         RecordCollector collector, storage::ShardBounds* bounds) {
  while (!collector.full()) {
    const absl::StatusOr<storage::ReadResult> read =
        log.Read(shard, collector.next(), collector.room());
    if (!read.ok()) {
      collector.Fail(read.status());
      break;
    }
    *bounds = read->bounds;
    collector.Add(*read);
  }
  return std::move(collector).Finish();
}

}  // namespace

absl::Status ShardReader::Check(const ShardKey& shard, SequenceNumber next) const {
  ASSIGN_OR_RETURN(const storage::ShardBounds bounds, options_.log->Bounds(shard));
  return next > bounds.end ? PastTheEnd(shard, next, bounds) : absl::OkStatus();
}

absl::StatusOr<ShardRead> ShardReader::Read(const StreamSnapshot& stream, const ShardInfo& shard,
                                            const Request& request) const {
  absl::StatusOr<ShardRead> read = ReadOnce(stream, shard, request);
  if (read.ok() || ReasonOf(read.status()) != ErrorReason::kKmsInvalidState) return read;
  const auto newest = options_.directory->Find(stream.config().id);
  if (!newest.ok() || newest->get() == &stream) return read;
  ASSIGN_OR_RETURN(const ShardInfo* const same, FindShardOf(**newest, shard.index));
  return ReadOnce(**newest, *same, request);
}

absl::StatusOr<ShardRead> ShardReader::ReadOnce(const StreamSnapshot& stream,
                                                const ShardInfo& shard,
                                                const Request& request) const {
  const ShardKey key = stream.KeyOf(shard);
  // After the snapshot was taken: where it shows the shard closed, this end is final.
  ASSIGN_OR_RETURN(storage::ShardBounds bounds, options_.log->Bounds(key));
  if (request.next > bounds.end) return PastTheEnd(key, request.next, bounds);
  // A reader at the tip gets no bytes: it is not held up by those who do not take theirs.
  if (request.next < bounds.end) RETURN_IF_ERROR(options_.budget->AdmitRead(request.connection));

  const BatchOpener opener{options_.decryptor, &stream.config(), key};
  ShardRead result;
  ASSIGN_OR_RETURN(
      result.collected,
      Collect(*options_.log, key, RecordCollector(request.next, request.limits, opener), &bounds));
  const CollectedRecords& collected = result.collected;
  result.charge = options_.budget->ChargeBytes(
      request.connection, collected.bytes + collected.records.size() * kRecordOverheadBytes);
  result.records_behind_latest = bounds.end.Since(collected.next);
  if (collected.next_append_time_ms.has_value()) {
    result.millis_behind_latest =
        std::max<int64_t>(0, options_.clock->NowMs() - *collected.next_append_time_ms);
  }
  result.sealed = bounds.sealed;
  if (!shard.open() && collected.next >= bounds.end)
    result.child_shards = ChildShardsOf(stream, shard);
  return result;
}

}  // namespace penstock::broker
