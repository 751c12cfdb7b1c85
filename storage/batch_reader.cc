#include "storage/batch_reader.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include <rocksdb/iterator.h>

#include "common/error.h"
#include "common/status_macros.h"
#include "storage/key_format.h"
#include "storage/rocks_status.h"

namespace penstock::storage {
namespace {

std::string_view View(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

// An iterator over the batches of one shard that begin below `end`.
class BatchIterator {
 public:
  BatchIterator(const LaneDb& db, const ShardKey& shard, SequenceNumber end)
      : shard_(shard),
        lower_bound_(ShardPrefix(shard)),
        upper_bound_(DataKey(shard, end)),
        lower_slice_(lower_bound_),
        upper_slice_(upper_bound_) {
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &lower_slice_;
    options.iterate_upper_bound = &upper_slice_;
    // A scan of old records must not push out the index blocks.
    options.fill_cache = false;
    // Obsolete files that this iterator is the last to hold are removed by a thread of RocksDB's.
    options.background_purge_on_iterator_cleanup = true;
    iterator_.reset(db.db().NewIterator(options, db.data()));
  }

  // To the batch that begins at or before `number`; at or after it.
  void SeekForPrev(SequenceNumber number) { iterator_->SeekForPrev(DataKey(shard_, number)); }
  void Seek(SequenceNumber number) { iterator_->Seek(DataKey(shard_, number)); }
  void Next() { iterator_->Next(); }

  // Whether there is something: a batch, or an error in the place of one.
  bool AtSomething() const { return iterator_->Valid() || !iterator_->status().ok(); }

  // The batch, verified. DATA_LOSS if it is damaged or not what its key says.
  absl::StatusOr<StoredBatch> Get() const {
    RETURN_IF_ERROR(FromRocksStatus(iterator_->status(), "cannot read batch"));
    // LIMIT: one copy out of RocksDB's buffer, which goes with the iterator.
    ASSIGN_OR_RETURN(RecordBatch batch,
                     RecordBatch::Parse(shard_, std::string(View(iterator_->value()))));
    if (DecodeDataKey(shard_, View(iterator_->key())) != batch.header().first_sequence_number) {
      return MakeError(ErrorReason::kCorruptRecords,
                       "record batch is not stored under its own number");
    }
    return std::make_shared<const RecordBatch>(std::move(batch));
  }

 private:
  const ShardKey shard_;
  const std::string lower_bound_;
  const std::string upper_bound_;
  const rocksdb::Slice lower_slice_;
  const rocksdb::Slice upper_slice_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

}  // namespace

absl::StatusOr<std::vector<StoredBatch>> BatchReader::Read(
    const ShardKey& shard, SequenceNumber from, SequenceNumber end, const ReadLimits& limits,
    std::optional<int64_t>* next_append_time_ms) const {
  std::vector<StoredBatch> batches;
  absl::Status damage = MakeError(ErrorReason::kCorruptRecords, "records are missing");
  SequenceNumber next = from;
  uint64_t records = 0;
  size_t bytes = 0;

  BatchIterator iterator(db_, shard, end);
  for (iterator.SeekForPrev(from); next < end && iterator.AtSomething(); iterator.Next()) {
    absl::StatusOr<StoredBatch> batch = iterator.Get();
    if (!batch.ok()) {
      damage = batch.status();
      break;
    }
    const RecordBatchHeader& header = (*batch)->header();
    const bool holds_next =
        header.first_sequence_number <= next && next < header.end_sequence_number();
    const bool begins_there = batches.empty() || header.first_sequence_number == next;
    if (!holds_next || !begins_there) break;
    if (!batches.empty() && (records >= limits.records_max || bytes >= limits.bytes_max)) {
      *next_append_time_ms = header.append_time_ms;
      break;
    }
    records += header.end_sequence_number().Since(next);
    bytes += (*batch)->bytes().size();
    next = header.end_sequence_number();
    batches.push_back(*std::move(batch));
  }
  if (!batches.empty()) return batches;
  // An I/O error may pass; damage does not.
  if (ReasonOf(damage) != ErrorReason::kCorruptRecords) return damage;
  const SequenceNumber resume = NextReadable(shard, from.Next(), end);
  const std::string lost =
      absl::StrCat("records ", from.value(), " to ", resume.value() - 1, " of shard ",
                   ToString(shard), " cannot be read: ", damage.message(),
                   "; reading can go on at sequence number ", resume.value());
  return MakeError(ErrorReason::kCorruptRecords, lost);
}

SequenceNumber BatchReader::NextReadable(const ShardKey& shard, SequenceNumber from,
                                         SequenceNumber end) const {
  // Where a sound batch begins at or after `from` + `distance`, if the first thing there is one.
  const auto probe = [&](uint64_t distance) -> std::optional<SequenceNumber> {
    const SequenceNumber at = from.Plus(distance);
    if (at >= end) return end;
    BatchIterator iterator(db_, shard, end);
    iterator.Seek(at);
    if (!iterator.AtSomething()) return end;
    const absl::StatusOr<StoredBatch> batch = iterator.Get();
    if (!batch.ok()) return std::nullopt;
    return (*batch)->header().first_sequence_number;
  };
  uint64_t damaged = 0;
  uint64_t step = 1;
  std::optional<SequenceNumber> found = probe(0);
  for (; !found.has_value(); step *= 2) {
    damaged = step;
    found = probe(step);
  }
  // Between the last step that met damage and the one that did not.
  uint64_t sound = found->Since(from);
  while (damaged + 1 < sound) {
    const uint64_t middle = damaged + (sound - damaged) / 2;
    const std::optional<SequenceNumber> nearer = probe(middle);
    if (!nearer.has_value()) {
      damaged = middle;
    } else {
      if (*nearer >= *found) break;
      found = nearer;
      sound = found->Since(from);
    }
  }
  return *found;
}

}  // namespace penstock::storage
