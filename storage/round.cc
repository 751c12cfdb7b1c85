#include "storage/round.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "common/check.h"
#include "common/error.h"
#include "storage/key_format.h"
#include "storage/producer_row.h"
#include "storage/rocks_status.h"
#include "storage/shard_row.h"

namespace penstock::storage {
namespace {

absl::Status ShardNotFound(const ShardKey& key) {
  return MakeError(ErrorReason::kShardNotFound,
                   absl::StrCat("shard ", ToString(key), " is not stored here"));
}

absl::Status ShardClosed(const ShardKey& key) {
  return MakeError(ErrorReason::kShardClosed,
                   absl::StrCat("shard ", ToString(key), " is closed: it takes no more records"));
}

void CallAll(std::vector<ReadyCallback> ready) {
  for (ReadyCallback& callback : ready) std::move(callback)();
}

}  // namespace

void Refuse(Command command, const absl::Status& error) {
  std::visit([&](auto& refused) { std::move(refused.done)(error); }, command);
}

Round::Round(const LaneDb& db, const LaneOptions& options, ShardTable& shards,
             size_t bytes_expected)
    : db_(db),
      options_(options),
      shards_(shards),
      // Grown step by step it would be copied at each step.
      write_(bytes_expected + bytes_expected / 16 + 4096) {}

void Round::Add(Command command) {
  std::visit([&](auto& added) { AddCommand(std::move(added)); }, command);
}

void Round::AddCommand(AppendCommand command) {
  absl::StatusOr<std::optional<ProducerResult>> stored_before = Check(command);
  if (!stored_before.ok()) return std::move(command.done)(std::move(stored_before).status());
  if (stored_before->has_value()) {
    const ProducerResult& first = **stored_before;
    effects_.emplace_back(Duplicate{{first.first_sequence_number, first.append_time_ms, first.shard,
                                     first.record_count, /*duplicate=*/true, first.hash_keys},
                                    std::move(command.done)});
    return;
  }
  ShardRow& row = command.shard->writer.row;
  // Times in a shard never go back, so that it can be searched by time; a clock that was put back
  // stands still meanwhile.
  row.last_append_time_ms = std::max(row.last_append_time_ms, options_.clock->NowMs());
  command.batch.Stamp(row.epoch, row.end, row.last_append_time_ms);
  const std::string_view bytes = command.batch.bytes();
  write_.Put(db_.data(), DataKey(command.shard->key(), row.end),
             rocksdb::Slice(bytes.data(), bytes.size()));
  IndexTime(*command.shard, command.batch);
  if (command.batch.header().producer_id != 0) Remember(*command.shard, command.batch.header());
  row.end = command.batch.header().end_sequence_number();
  row.bytes_appended += bytes.size();
  bytes_ += bytes.size();
  ++appends_;
  MarkRowDirty(command.shard);
  effects_.emplace_back(Appended{std::move(command.shard),
                                 std::make_shared<const RecordBatch>(std::move(command.batch)),
                                 std::move(command.done)});
}

absl::StatusOr<std::optional<ProducerResult>> Round::Check(const AppendCommand& command) {
  const Shard::Writer& writer = command.shard->writer;
  const ShardKey& key = command.shard->key();
  if (writer.deleted) return ShardNotFound(key);
  const RecordBatchHeader& header = command.batch.header();
  if (header.producer_id != 0) {
    // What comes before a put matters to one that is to be stored.
    const std::optional<uint64_t> previous =
        writer.row.sealed ? std::nullopt : command.conditions.producer_previous;
    absl::StatusOr<std::optional<ProducerResult>> stored_before =
        writer.producers.Check(key, header, previous);
    if (!stored_before.ok() || stored_before->has_value()) return stored_before;
  }
  if (writer.row.sealed) return ShardClosed(key);
  const SequenceNumber expected = command.conditions.expected_next.value_or(writer.row.end);
  if (expected != writer.row.end) {
    return MakeError(ErrorReason::kSequenceNumberMismatch,
                     absl::StrCat("the next sequence number of shard ", ToString(key), " is ",
                                  writer.row.end.value(), ", not ", expected.value()));
  }
  return std::nullopt;
}

void Round::Remember(Shard& shard, const RecordBatchHeader& header) {
  const ProducerResult result{header.producer_sequence, shard.key().shard,
                              header.record_count,      header.first_sequence_number,
                              header.append_time_ms,    header.hash_keys};
  const ProducerTable::Remembered remembered =
      shard.writer.producers.Remember(header.producer_id, header.producer_epoch, result);
  if (remembered.forgotten.has_value()) {
    DeleteProducerRows(shard.key(), remembered.forgotten->producer_id, remembered.forgotten->rows);
  }
  PutProducerRow(shard.key(), header.producer_id, remembered.row, header.producer_epoch, result);
}

void Round::PutProducerRow(const ShardKey& shard, uint64_t producer_id, uint8_t row, uint32_t epoch,
                           const ProducerResult& result) {
  const ProducerRowKey key{shard, producer_id, row};
  write_.Put(db_.shards(), EncodeProducerRowKey(key), ProducerRow{epoch, result}.Encode(key));
}

void Round::DeleteProducerRows(const ShardKey& shard, uint64_t producer_id, uint8_t rows) {
  for (uint8_t row = 0; row < rows; ++row)
    write_.Delete(db_.shards(), EncodeProducerRowKey({shard, producer_id, row}));
}

void Round::IndexTime(Shard& shard, const RecordBatch& batch) {
  Shard::Writer& writer = shard.writer;
  const int64_t now_ms = writer.row.last_append_time_ms;
  const bool due =
      !writer.indexed_time_ms.has_value() ||
      now_ms - *writer.indexed_time_ms >= options_.time_index_interval_ms ||
      writer.row.bytes_appended - writer.indexed_bytes >= options_.time_index_interval_bytes;
  // A second entry of one millisecond would not narrow any search.
  if (!due || writer.indexed_time_ms == now_ms) return;
  const TimeIndexEntry entry{now_ms, batch.header().first_sequence_number};
  write_.Put(db_.time_index(), TimeIndexKey(shard.key(), entry),
             EncodeBytesBefore(writer.row.bytes_appended));
  writer.indexed_time_ms = now_ms;
  writer.indexed_bytes = writer.row.bytes_appended;
}

void Round::AddCommand(CreateCommand command) {
  // One that is there is left as it is; the answer still waits for the sync of what made it.
  if (shards_.Find(command.key) == nullptr) {
    ShardRow row;
    row.first = row.end = row.deleted_below = command.first;
    auto shard = std::make_shared<Shard>(command.key, row);
    for (const auto& [producer_id, producer] : command.producers.producers()) {
      for (uint8_t i = 0; i < producer.rows; ++i)
        PutProducerRow(command.key, producer_id, i, producer.epoch, producer.results[i]);
    }
    shard->writer.producers = std::move(command.producers);
    MarkRowDirty(shard);
    shards_.Insert(std::move(shard));
  }
  effects_.emplace_back(Created{std::move(command.done)});
}

void Round::AddCommand(SealCommand command) {
  ShardRow& row = command.shard->writer.row;
  if (command.shard->writer.deleted)
    return std::move(command.done)(ShardNotFound(command.shard->key()));
  // One that is sealed is left as it is; the answer still waits for the sync of what sealed it.
  if (!std::exchange(row.sealed, true)) MarkRowDirty(command.shard);
  effects_.emplace_back(Sealed{std::move(command.shard), std::move(command.done)});
}

void Round::AddCommand(DeleteCommand command) {
  Deleted deleted;
  deleted.done = std::move(command.done);
  if (const std::shared_ptr<Shard> shard = shards_.Find(command.key); shard != nullptr) {
    shard->writer.deleted = true;
    shards_.Erase(command.key);
    deleted.waits = shard->PublishDeleted();
    const std::string begin = ShardPrefix(command.key);
    const std::string end = ShardEnd(command.key);
    write_.Delete(db_.shards(), begin);
    for (const auto& [producer_id, producer] : shard->writer.producers.producers())
      DeleteProducerRows(command.key, producer_id, producer.rows);
    // Range tombstones slow down all readers until they are compacted: none for a shard that never
    // had a record.
    if (shard->writer.row.bytes_appended > 0) {
      write_.DeleteRange(db_.data(), begin, end);
      write_.DeleteRange(db_.time_index(), begin, end);
      deleted.reclaim = {begin, end};
    }
  }
  effects_.emplace_back(std::move(deleted));
}

void Round::AddCommand(TrimCommand command) {
  Shard::Writer& writer = command.shard->writer;
  if (writer.deleted) return std::move(command.done)(ShardNotFound(command.shard->key()));
  ShardRow& row = writer.row;
  row.first = std::clamp(command.first, row.first, row.end);
  ReclaimRange reclaim;
  if (DeleteIsDue(command, writer)) {
    CHECK(command.delete_below <= row.first);
    const ShardKey& key = command.shard->key();
    reclaim = {DataKey(key, row.deleted_below), DataKey(key, command.delete_below)};
    write_.DeleteRange(db_.data(), reclaim.begin, reclaim.end);
    if (!command.time_index_below.empty()) {
      write_.DeleteRange(db_.time_index(), ShardPrefix(key), command.time_index_below);
    }
    row.deleted_below = command.delete_below;
    row.bytes_deleted = std::clamp(command.bytes_below, row.bytes_deleted, row.bytes_appended);
    writer.last_delete_ms = options_.clock->MonotonicMs();
  }
  MarkRowDirty(command.shard);
  command.shard->PublishTrim(row.first);
  effects_.emplace_back(Trimmed{std::move(reclaim), std::move(command.done)});
}

bool Round::DeleteIsDue(const TrimCommand& command, Shard::Writer& writer) const {
  const ShardRow& row = writer.row;
  if (command.delete_below <= row.deleted_below) return false;
  const int64_t now_ms = options_.clock->MonotonicMs();
  if (!writer.last_delete_ms.has_value()) writer.last_delete_ms = now_ms;
  const uint64_t bytes_below = std::min(command.bytes_below, row.bytes_appended);
  return row.first == row.end || bytes_below >= row.bytes_deleted + options_.trim_step_bytes ||
         now_ms - *writer.last_delete_ms >= options_.trim_step_ms;
}

void Round::MarkRowDirty(const std::shared_ptr<Shard>& shard) {
  if (std::exchange(shard->writer.row_dirty, true)) return;
  dirty_rows_.push_back(shard);
}

absl::Status Round::Write() {
  for (const std::shared_ptr<Shard>& shard : dirty_rows_) {
    shard->writer.row_dirty = false;
    // Made and deleted in one round: its row must not come back.
    if (shard->writer.deleted) continue;
    write_.Put(db_.shards(), ShardPrefix(shard->key()), shard->writer.row.Encode(shard->key()));
  }
  rocksdb::WriteOptions options;
  // The syncer syncs, once for all rounds written by then.
  options.sync = false;
  return FromRocksStatus(db_.db().Write(options, &write_), "cannot write records");
}

void Round::Complete(TailRing& tail, SpaceReclaimer& reclaimer) {
  struct Visitor {
    TailRing& tail;
    SpaceReclaimer& reclaimer;

    void operator()(Appended& appended) const {
      const StoredBatch batch = appended.batch;
      const AppendResult result{batch->header().first_sequence_number,
                                batch->header().append_time_ms,
                                appended.shard->key().shard,
                                batch->header().record_count,
                                /*duplicate=*/false,
                                batch->header().hash_keys};
      std::vector<ReadyCallback> ready = appended.shard->PublishBatch(std::move(appended.batch));
      tail.OnPublished(std::move(appended.shard), *batch);
      std::move(appended.done)(result);
      CallAll(std::move(ready));
    }
    void operator()(Trimmed& trimmed) const {
      reclaimer.Add(std::move(trimmed.reclaim));
      std::move(trimmed.done)(absl::OkStatus());
    }
    void operator()(Deleted& deleted) const {
      CallAll(std::move(deleted.waits));
      reclaimer.Add(std::move(deleted.reclaim));
      std::move(deleted.done)(absl::OkStatus());
    }
    void operator()(Duplicate& duplicate) const { std::move(duplicate.done)(duplicate.result); }
    void operator()(Created& created) const { std::move(created.done)(absl::OkStatus()); }
    void operator()(Sealed& sealed) const {
      std::vector<ReadyCallback> ready = sealed.shard->PublishSealed();
      std::move(sealed.done)(sealed.shard->view().bounds);
      CallAll(std::move(ready));
    }
  };
  for (Effect& effect : effects_) std::visit(Visitor{tail, reclaimer}, effect);
}

void Round::Fail(const absl::Status& error) {
  for (Effect& effect : effects_) {
    if (auto* deleted = std::get_if<Deleted>(&effect)) CallAll(std::move(deleted->waits));
    std::visit([&](auto& failed) { std::move(failed.done)(error); }, effect);
  }
}

}  // namespace penstock::storage
