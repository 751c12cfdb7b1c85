#include "storage/recovery.h"

#include <memory>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include <rocksdb/iterator.h>

#include "common/error.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "storage/batch_reader.h"
#include "storage/key_format.h"
#include "storage/producer_row.h"
#include "storage/rocks_status.h"
#include "storage/shard_row.h"

namespace penstock::storage {
namespace {

// The batch that holds the last record must be there.
absl::Status CheckTail(const LaneDb& db, const ShardKey& key, const ShardRow& row) {
  if (row.first == row.end) return absl::OkStatus();
  std::optional<int64_t> ignored;
  const SequenceNumber last(row.end.value() - 1);
  return BatchReader(db).Read(key, last, row.end, ReadLimits{1, 1}, &ignored).status();
}

absl::Status ForeignKey(const LaneDb& db, const rocksdb::Slice& key) {
  return MakeError(ErrorReason::kCorruptRecords,
                   absl::StrCat("lane ", db.path(), " has a shard row under a foreign key, hex ",
                                absl::BytesToHexString(key.ToString())));
}

// A row of a producer of `shard`, the shard whose row came last.
absl::Status RestoreProducerRow(const LaneDb& db, const rocksdb::Iterator& rows, Shard* shard) {
  const std::optional<ProducerRowKey> key = DecodeProducerRowKey(rows.key().ToStringView());
  if (!key.has_value() || shard == nullptr || shard->key() != key->shard)
    return ForeignKey(db, rows.key());
  ASSIGN_OR_RETURN(const ProducerRow row, ProducerRow::Decode(*key, rows.value().ToStringView()));
  return shard->writer.producers.Restore(key->shard, key->producer_id, key->row, row.epoch,
                                         row.result);
}

}  // namespace

absl::Status RecoverShards(const LaneDb& db, ShardTable& shards) {
  std::shared_ptr<Shard> shard;
  size_t count = 0;
  size_t damaged = 0;
  const std::unique_ptr<rocksdb::Iterator> rows(
      db.db().NewIterator(rocksdb::ReadOptions(), db.shards()));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const std::optional<ShardKey> key = DecodeShardPrefix(rows->key().ToStringView());
    if (!key.has_value()) {
      RETURN_IF_ERROR(RestoreProducerRow(db, *rows, shard.get()));
      continue;
    }
    ASSIGN_OR_RETURN(const ShardRow row, ShardRow::Decode(*key, rows->value().ToStringView()));
    if (absl::Status tail = CheckTail(db, *key, row); !tail.ok()) {
      // A disk that cannot be read now may be read later: nothing is said to be lost for it.
      if (ReasonOf(tail) != ErrorReason::kCorruptRecords) return tail;
      LogError("the end of a shard is damaged", {{"detail", std::string(tail.message())}});
      ++damaged;
    }
    shard = std::make_shared<Shard>(*key, row);
    shards.Insert(shard);
    ++count;
  }
  RETURN_IF_ERROR(
      FromRocksStatus(rows->status(), absl::StrCat("cannot read the shards of lane ", db.path())));
  LogInfo("lane opened", {{"lane", db.path()},
                          {"shards", absl::StrCat(count)},
                          {"damaged_tails", absl::StrCat(damaged)}});
  return absl::OkStatus();
}

}  // namespace penstock::storage
