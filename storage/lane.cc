#include "storage/lane.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include <rocksdb/iterator.h>
#include <rocksdb/listener.h>

#include "common/error.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "storage/recovery.h"
#include "storage/rocks_status.h"

namespace penstock::storage {
namespace {

// What shows in no call of ours, RocksDB tells here: a flush that is done, and background work that
// failed. Outlives the lane, as RocksDB shares it.
class LaneListener final : public rocksdb::EventListener {
 public:
  explicit LaneListener(std::shared_ptr<LaneHealth> health) : health_(std::move(health)) {}

  // `reclaimer` must live until the database is closed.
  void Attach(SpaceReclaimer* reclaimer) { reclaimer_.store(reclaimer); }

  void OnFlushCompleted(rocksdb::DB* /*db*/, const rocksdb::FlushJobInfo& /*info*/) override {
    if (SpaceReclaimer* const reclaimer = reclaimer_.load()) reclaimer->OnFlushed();
  }

  void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/,
                         rocksdb::Status* error) override {
    health_->Fail(FromRocksStatus(*error, "RocksDB's background work failed"));
  }

 private:
  const std::shared_ptr<LaneHealth> health_;
  // Set once; sequentially consistent, so that who sees it sees the reclaimer whole.
  std::atomic<SpaceReclaimer*> reclaimer_ = nullptr;
};

// A read races with a trim at most so often before it is told as it is.
constexpr int kReadAttemptsMax = 8;

constexpr size_t kDamageLoggedMax = 1'000;

absl::Status ShardNotFound(const ShardKey& key) {
  return MakeError(ErrorReason::kShardNotFound,
                   absl::StrCat("shard ", ToString(key), " is not stored here"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Lane>> Lane::Open(const std::string& path, bool may_create,
                                                 const LaneOptions& options) {
  auto health = std::make_shared<LaneHealth>(path);
  auto listener = std::make_shared<LaneListener>(health);
  ASSIGN_OR_RETURN(std::unique_ptr<LaneDb> db, LaneDb::Open(path, may_create, options, listener));
  std::unique_ptr<Lane> lane(new Lane(std::move(db), std::move(health), options));
  RETURN_IF_ERROR(RecoverShards(*lane->db_, lane->shards_));
  lane->reclaimer_.Start();
  listener->Attach(&lane->reclaimer_);
  lane->committer_.Start();
  return lane;
}

Lane::Lane(std::unique_ptr<LaneDb> db, std::shared_ptr<LaneHealth> health,
           const LaneOptions& options)
    : options_(options),
      db_(std::move(db)),
      health_(std::move(health)),
      reader_(*db_),
      reclaimer_(*db_, options_),
      committer_(*db_, options_, shards_, reclaimer_, *health_) {}

Lane::~Lane() {
  Close().IgnoreError();
}

absl::Status Lane::Close() {
  if (std::exchange(closed_, true)) return absl::OkStatus();
  committer_.Stop();
  reclaimer_.Stop();
  for (const std::shared_ptr<Shard>& shard : shards_.All()) {
    for (ReadyCallback& ready : shard->TakeWaits()) std::move(ready)();
  }
  return db_->Close();
}

LaneStats Lane::Stats() const {
  LaneStats stats = committer_.Stats();
  for (const char* const property :
       {"rocksdb.total-sst-files-size", "rocksdb.total-blob-file-size"}) {
    uint64_t bytes = 0;
    if (db_->db().GetAggregatedIntProperty(property, &bytes)) stats.file_bytes += bytes;
  }
  stats.shards = shards_.size();
  stats.health = health_->status();
  return stats;
}

absl::StatusOr<std::shared_ptr<Shard>> Lane::Find(const ShardKey& key) const {
  std::shared_ptr<Shard> shard = shards_.Find(key);
  if (shard == nullptr) return ShardNotFound(key);
  return shard;
}

void Lane::CreateShard(const ShardKey& key, SequenceNumber first, ProducerTable producers,
                       StatusCallback done) {
  committer_.Submit(CreateCommand{key, first, std::move(producers), std::move(done)});
}

absl::Status Lane::Inherit(const ShardKey& parent, SequenceNumber first, ProducerTable* producers) {
  ASSIGN_OR_RETURN(const std::shared_ptr<Shard> shard, Find(parent));
  const ProducerTable* const inherited = shard->sealed_producers();
  if (inherited == nullptr) {
    return MakeError(ErrorReason::kInvalidArgument,
                     absl::StrCat("parent shard ", ToString(parent), " is not sealed"));
  }
  const SequenceNumber end = shard->view().bounds.end;
  if (first < end) {
    return MakeError(ErrorReason::kInvalidArgument,
                     absl::StrCat("parent shard ", ToString(parent), " ends at ", end.value(),
                                  ", above the first number of its child, ", first.value()));
  }
  producers->Inherit(*inherited);
  return absl::OkStatus();
}

void Lane::DeleteShard(const ShardKey& key, StatusCallback done) {
  committer_.Submit(DeleteCommand{key, std::move(done)});
}

void Lane::Seal(const ShardKey& key, SealCallback done) {
  absl::StatusOr<std::shared_ptr<Shard>> shard = Find(key);
  if (!shard.ok()) return std::move(done)(std::move(shard).status());
  committer_.Submit(SealCommand{*std::move(shard), std::move(done)});
}

void Lane::Append(const ShardKey& key, RecordBatch batch, AppendConditions conditions,
                  AppendCallback done) {
  absl::StatusOr<std::shared_ptr<Shard>> shard = Find(key);
  if (!shard.ok()) return std::move(done)(std::move(shard).status());
  committer_.Submit(
      AppendCommand{*std::move(shard), std::move(batch), conditions, std::move(done)});
}

absl::StatusOr<ReadResult> Lane::ReadOnce(const Shard& shard, const Shard::View& view,
                                          SequenceNumber from, const ReadLimits& limits) const {
  ReadResult result{{}, view.bounds, std::nullopt};
  if (from >= view.bounds.end) return result;
  SequenceNumber tail_begin;
  result.batches = shard.ReadTail(from, limits, &result.next_append_time_ms, &tail_begin);
  if (result.batches.empty()) {
    ASSIGN_OR_RETURN(result.batches, reader_.Read(shard.key(), from, tail_begin, limits,
                                                  &result.next_append_time_ms));
  }
  const SequenceNumber end = result.batches.back()->header().end_sequence_number();
  result.bounds.end = std::max(result.bounds.end, end);
  if (!result.next_append_time_ms.has_value() && end == tail_begin) {
    // What was read from disk ends where memory begins.
    const std::vector<StoredBatch> next =
        shard.ReadTail(end, {1, 1}, &result.next_append_time_ms, &tail_begin);
    if (!next.empty()) result.next_append_time_ms = next.front()->header().append_time_ms;
  }
  return result;
}

absl::StatusOr<ReadResult> Lane::Read(const ShardKey& key, SequenceNumber from,
                                      const ReadLimits& limits) {
  ASSIGN_OR_RETURN(const std::shared_ptr<Shard> shard, Find(key));
  absl::StatusOr<ReadResult> result;
  Shard::View view = shard->view();
  for (int attempt = 0; attempt < kReadAttemptsMax; ++attempt) {
    from = std::max(from, view.bounds.first);
    result = ReadOnce(*shard, view, from, limits);
    // A trim or a deletion is published before it is written: a reader that missed batches for it
    // sees it here.
    view = shard->view();
    if (view.deleted) return ShardNotFound(key);
    if (result.ok() || view.bounds.first <= from) break;
  }
  if (!result.ok() && ReasonOf(result.status()) == ErrorReason::kCorruptRecords)
    ReportDamage(key, from, result.status());
  return result;
}

void Lane::ReportDamage(const ShardKey& key, SequenceNumber from, const absl::Status& damage) {
  {
    MutexLock lock(damage_mutex_);
    if (damage_logged_.size() >= kDamageLoggedMax || !damage_logged_.insert({key, from}).second)
      return;
  }
  LogError("stored records are damaged",
           {{"lane", db_->path()}, {"detail", std::string(damage.message())}});
}

absl::StatusOr<ShardBounds> Lane::Bounds(const ShardKey& key) {
  ASSIGN_OR_RETURN(const std::shared_ptr<Shard> shard, Find(key));
  return shard->view().bounds;
}

absl::StatusOr<std::optional<Lane::IndexedTime>> Lane::FindIndexed(
    const ShardKey& key, const TimeIndexEntry& limit) const {
  const std::string prefix = ShardPrefix(key);
  const rocksdb::Slice lower_bound(prefix);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &lower_bound;
  const std::unique_ptr<rocksdb::Iterator> iterator(
      db_->db().NewIterator(options, db_->time_index()));
  iterator->SeekForPrev(TimeIndexKey(key, limit));
  RETURN_IF_ERROR(FromRocksStatus(
      iterator->status(), absl::StrCat("cannot read the time index of shard ", ToString(key))));
  if (!iterator->Valid()) return std::nullopt;
  const std::optional<TimeIndexEntry> entry =
      DecodeTimeIndexKey(key, iterator->key().ToStringView());
  const std::optional<uint64_t> bytes_before = DecodeBytesBefore(iterator->value().ToStringView());
  if (!entry.has_value() || !bytes_before.has_value()) {
    return MakeError(ErrorReason::kCorruptRecords,
                     absl::StrCat("time index of shard ", ToString(key), " has a malformed entry"));
  }
  return IndexedTime{*entry, *bytes_before};
}

absl::StatusOr<SequenceNumber> Lane::FindByTime(const ShardKey& key, int64_t timestamp_ms) {
  ASSIGN_OR_RETURN(const std::shared_ptr<Shard> shard, Find(key));
  if (const std::optional<SequenceNumber> found = shard->FindInTail(timestamp_ms)) return *found;
  const Shard::View view = shard->view();
  // Older than that is all there is: known without reading, even where the youngest batch is
  // damaged.
  if (timestamp_ms > view.last_append_time_ms) return view.bounds.end;
  SequenceNumber next = view.bounds.first;
  if (timestamp_ms <= 0) return next;
  // Entries of that millisecond lie above this key: the one found is older, so the search begins
  // before the answer.
  ASSIGN_OR_RETURN(const std::optional<IndexedTime> indexed,
                   FindIndexed(key, {timestamp_ms, SequenceNumber(0)}));
  if (indexed.has_value()) next = std::max(next, indexed->entry.first_sequence_number);
  constexpr ReadLimits kStep = {10'000, 1 << 20};
  for (;;) {
    ASSIGN_OR_RETURN(const ReadResult result, Read(key, next, kStep));
    if (result.batches.empty()) return result.bounds.end;
    for (const StoredBatch& batch : result.batches) {
      const RecordBatchHeader& header = batch->header();
      if (header.append_time_ms >= timestamp_ms)
        return std::max(header.first_sequence_number, result.bounds.first);
      next = header.end_sequence_number();
    }
  }
}

void Lane::PlanDelete(const ShardBounds& bounds, TrimCommand* command) const {
  const ShardKey& key = command->shard->key();
  if (command->first >= bounds.end) {
    command->delete_below = command->first = bounds.end;
    command->bytes_below = TrimCommand::kAllBytes;
    return;
  }
  std::optional<int64_t> ignored;
  const absl::StatusOr<std::vector<StoredBatch>> batches =
      reader_.Read(key, command->first, bounds.end, {1, 1}, &ignored);
  // A damaged batch does not keep the horizon from moving; its space comes back when the horizon is
  // past it.
  if (!batches.ok()) return;
  const RecordBatchHeader& header = batches->front()->header();
  command->delete_below = header.first_sequence_number;
  const absl::StatusOr<std::optional<IndexedTime>> indexed =
      FindIndexed(key, {header.append_time_ms, header.first_sequence_number});
  if (!indexed.ok() || !indexed->has_value()) return;
  command->bytes_below = (*indexed)->bytes_before;
  command->time_index_below = TimeIndexKey(key, (*indexed)->entry);
}

void Lane::Trim(const ShardKey& key, SequenceNumber first, StatusCallback done) {
  absl::StatusOr<std::shared_ptr<Shard>> shard = Find(key);
  if (!shard.ok()) return std::move(done)(std::move(shard).status());
  const ShardBounds bounds = (*shard)->view().bounds;
  if (first <= bounds.first) return std::move(done)(absl::OkStatus());
  TrimCommand command{*std::move(shard), first, SequenceNumber(0), 0, {}, std::move(done)};
  PlanDelete(bounds, &command);
  committer_.Submit(std::move(command));
}

WaitId Lane::WaitForRecords(const ShardKey& key, SequenceNumber end_seen, ReadyCallback ready) {
  const std::shared_ptr<Shard> shard = shards_.Find(key);
  const WaitId id = next_wait_.fetch_add(1, std::memory_order_relaxed);
  if (shard != nullptr && shard->AddWait(id, end_seen, &ready)) return id;
  std::move(ready)();
  return 0;
}

bool Lane::CancelWait(const ShardKey& key, WaitId wait) {
  const std::shared_ptr<Shard> shard = shards_.Find(key);
  return shard != nullptr && shard->RemoveWait(wait);
}

}  // namespace penstock::storage
