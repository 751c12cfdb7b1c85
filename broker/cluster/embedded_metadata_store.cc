#include "broker/cluster/embedded_metadata_store.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>
#include <xxhash.h>

#include "common/check.h"
#include "common/error.h"
#include "common/log.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr char kEntryPrefix = 'e';
constexpr char kLastRevisionKey[] = "r";
constexpr char kErasureKey[] = "x";
constexpr size_t kHeaderBytes = 16;

void PutFixed64(std::string* out, uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) out->push_back(static_cast<char>(value >> shift));
}

uint64_t GetFixed64(const char* bytes) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return value;
}

std::string EntryKey(std::string_view key) {
  std::string stored(1, kEntryPrefix);
  stored.append(key);
  return stored;
}

// The length keeps apart a key that ends as a value begins.
uint64_t Checksum(std::string_view stored_key, std::string_view revision_and_value) {
  std::string covered;
  covered.reserve(8 + stored_key.size() + revision_and_value.size());
  PutFixed64(&covered, stored_key.size());
  covered.append(stored_key).append(revision_and_value);
  return XXH3_64bits(covered.data(), covered.size());
}

std::string Encode(std::string_view stored_key, Revision revision, std::string_view value) {
  std::string body;
  body.reserve(8 + value.size());
  PutFixed64(&body, revision.value());
  body.append(value);
  std::string stored;
  stored.reserve(8 + body.size());
  PutFixed64(&stored, Checksum(stored_key, body));
  return stored.append(body);
}

absl::Status Damaged(std::string_view stored_key, std::string_view what) {
  const std::string name = stored_key == kLastRevisionKey ? std::string("the last revision")
                                                          : "key " + Excerpt(stored_key.substr(1));
  return MakeError(ErrorReason::kCorruptRecords,
                   absl::StrCat("metadata store: ", name, ": ", std::string(what)));
}

absl::StatusOr<MetadataEntry> Decode(std::string_view stored_key, std::string_view stored) {
  if (stored.size() < kHeaderBytes) {
    return Damaged(stored_key, absl::StrCat("has ", stored.size(), " bytes, less than a header"));
  }
  if (GetFixed64(stored.data()) != Checksum(stored_key, stored.substr(8))) {
    return Damaged(stored_key, "the checksum does not match");
  }
  return MetadataEntry{std::string(stored_key.substr(1)), std::string(stored.substr(kHeaderBytes)),
                       Revision(GetFixed64(stored.data() + 8))};
}

absl::Status FromRocksDb(const rocksdb::Status& status, std::string_view doing) {
  const std::string what =
      absl::StrCat("metadata store: cannot ", std::string(doing), ": ", status.ToString());
  return MakeError(
      status.IsCorruption() ? ErrorReason::kCorruptRecords : ErrorReason::kStorageFailed, what);
}

absl::Status Closed() {
  return MakeError(ErrorReason::kShuttingDown, "metadata store: closed");
}

rocksdb::Options DatabaseOptions(bool create_if_missing) {
  rocksdb::Options options;
  options.create_if_missing = create_if_missing;
  // The defaults of RocksDB, written down because the store relies on them: checksums of files and
  // of the manifest are verified, and a torn end of the log, which was never acknowledged, is cut
  // off.
  // LIMIT: a bit that flips in the log between a crash and the next start looks like such an end.
  options.paranoid_checks = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // Metadata is megabytes: small buffers, and nothing to gain from compression or more threads.
  options.write_buffer_size = 4 << 20;
  options.compression = rocksdb::kNoCompression;
  options.max_open_files = 64;
  // One log of RocksDB's own, with warnings only; the broker logs what went wrong itself.
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.max_log_file_size = 1 << 20;
  options.keep_log_file_num = 2;
  // No statistics written once in ten minutes by a thread of their own.
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  // The manifest is started anew at a gigabyte by default, and is read at every start.
  options.max_manifest_file_size = 4 << 20;
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<EmbeddedMetadataStore>> EmbeddedMetadataStore::Open(
    const Options& options) {
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(DatabaseOptions(options.create_if_missing), options.path, &opened);
  if (!status.ok()) {
    // "does not exist (create_if_missing is false)" comes as InvalidArgument.
    if (status.IsInvalidArgument() && !options.create_if_missing) {
      return MakeError(
          ErrorReason::kCorruptRecords,
          absl::StrCat("metadata store: ", options.path,
                       " is missing or incomplete although the data directory has been in use: ",
                       status.ToString()));
    }
    return FromRocksDb(status, "open " + options.path);
  }
  auto store = std::unique_ptr<EmbeddedMetadataStore>(
      new EmbeddedMetadataStore(std::unique_ptr<rocksdb::DB>(opened)));
  RETURN_IF_ERROR(store->Recover());
  return store;
}

EmbeddedMetadataStore::EmbeddedMetadataStore(std::unique_ptr<rocksdb::DB> db)
    : db_(std::move(db)) {}

EmbeddedMetadataStore::~EmbeddedMetadataStore() {
  // Close has its reader; here there is nobody left to tell.
  Close().IgnoreError();
}

absl::Status EmbeddedMetadataStore::Recover() {
  MutexLock lock(mutex_);
  std::string stored;
  const rocksdb::Status found =
      db_->Get(rocksdb::ReadOptions(), rocksdb::Slice(kLastRevisionKey, 1), &stored);
  if (found.ok()) {
    ASSIGN_OR_RETURN(const MetadataEntry last, Decode(kLastRevisionKey, stored));
    last_revision_ = last.revision;
  } else if (!found.IsNotFound()) {
    return FromRocksDb(found, "read the last revision");
  }
  ASSIGN_OR_RETURN(const std::vector<MetadataEntry> entries, ListLocked(""));
  for (const MetadataEntry& entry : entries) {
    if (entry.revision > last_revision_) {
      return Damaged(EntryKey(entry.key),
                     absl::StrCat("has revision ", entry.revision.value(), ", the store only ",
                                  last_revision_.value()));
    }
  }
  const rocksdb::Status marked =
      db_->Get(rocksdb::ReadOptions(), rocksdb::Slice(kErasureKey, 1), &stored);
  if (marked.IsNotFound()) return absl::OkStatus();
  if (!marked.ok()) return FromRocksDb(marked, "read the mark of an erasure");
  EraseHistoryOrWarn();
  return absl::OkStatus();
}

absl::Status EmbeddedMetadataStore::Close() {
  MutexLock lock(mutex_);
  if (db_ == nullptr) return absl::OkStatus();
  // Into a table file, whose checksums tell every damage; the log cannot (DatabaseOptions).
  rocksdb::Status status;
  if (write_failure_.ok()) status = db_->Flush(rocksdb::FlushOptions());
  const rocksdb::Status closed = db_->Close();
  if (status.ok()) status = closed;
  db_.reset();
  return status.ok() ? absl::OkStatus() : FromRocksDb(status, "close");
}

absl::StatusOr<std::optional<MetadataEntry>> EmbeddedMetadataStore::Get(std::string_view key) {
  MutexLock lock(mutex_);
  return GetLocked(key);
}

absl::StatusOr<std::optional<MetadataEntry>> EmbeddedMetadataStore::GetLocked(
    std::string_view key) {
  if (db_ == nullptr) return Closed();
  const std::string stored_key = EntryKey(key);
  std::string stored;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), stored_key, &stored);
  if (status.IsNotFound()) return std::optional<MetadataEntry>();
  if (!status.ok()) return FromRocksDb(status, "read key " + Excerpt(key));
  ASSIGN_OR_RETURN(MetadataEntry entry, Decode(stored_key, stored));
  return std::optional<MetadataEntry>(std::move(entry));
}

absl::StatusOr<std::vector<MetadataEntry>> EmbeddedMetadataStore::List(std::string_view prefix) {
  MutexLock lock(mutex_);
  return ListLocked(prefix);
}

absl::StatusOr<std::vector<MetadataEntry>> EmbeddedMetadataStore::ListLocked(
    std::string_view prefix) {
  if (db_ == nullptr) return Closed();
  const std::string stored_prefix = EntryKey(prefix);
  std::vector<MetadataEntry> entries;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
  for (it->Seek(stored_prefix); it->Valid() && it->key().starts_with(stored_prefix); it->Next()) {
    ASSIGN_OR_RETURN(MetadataEntry entry,
                     Decode(it->key().ToStringView(), it->value().ToStringView()));
    entries.push_back(std::move(entry));
  }
  // An iterator ends in silence also where it cannot read on.
  if (!it->status().ok()) {
    const std::string place =
        entries.empty() ? "the first key" : "the key after " + Excerpt(entries.back().key);
    return FromRocksDb(it->status(),
                       absl::StrCat("read ", place, " of prefix '", Excerpt(prefix), "'"));
  }
  return entries;
}

absl::StatusOr<Revision> EmbeddedMetadataStore::CompareAndPut(std::string_view key,
                                                              std::string_view value,
                                                              Revision expected) {
  return CompareAndWrite(key, value, expected);
}

absl::Status EmbeddedMetadataStore::CompareAndDelete(std::string_view key, Revision expected) {
  CHECK(expected != Revision());
  return CompareAndWrite(key, std::nullopt, expected).status();
}

absl::Status EmbeddedMetadataStore::CompareAndErase(std::string_view key, Revision expected) {
  CHECK(expected != Revision());
  RETURN_IF_ERROR(CompareAndWrite(key, std::nullopt, expected, /*erase=*/true).status());
  MutexLock lock(mutex_);
  // Closed meanwhile: the next start does it.
  if (db_ != nullptr) EraseHistoryOrWarn();
  return absl::OkStatus();
}

absl::Status EmbeddedMetadataStore::EraseHistory() {
  // Flushes first, with which the log is dropped; then the lowest level is rewritten too, where
  // otherwise what is there already would be left as it is.
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  rocksdb::Status status = db_->CompactRange(options, nullptr, nullptr);
  // Not synced: if it is lost the work is done again, which does no harm.
  if (status.ok()) {
    status = db_->Delete(rocksdb::WriteOptions(), rocksdb::Slice(kErasureKey, 1));
  }
  return status.ok() ? absl::OkStatus() : FromRocksDb(status, "erase what was deleted");
}

void EmbeddedMetadataStore::EraseHistoryOrWarn() {
  const absl::Status erased = EraseHistory();
  if (erased.ok()) return;
  LogWarning("deleted metadata is still in the store's files: erased at the next deletion or start",
             {{"error", std::string(erased.message())}});
}

absl::StatusOr<Revision> EmbeddedMetadataStore::CompareAndWrite(
    std::string_view key, std::optional<std::string_view> value, Revision expected, bool erase) {
  Revision revision;
  {
    MutexLock lock(mutex_);
    RETURN_IF_ERROR(write_failure_);
    ASSIGN_OR_RETURN(const std::optional<MetadataEntry> present, GetLocked(key));
    const Revision found = present ? present->revision : Revision();
    if (found != expected) {
      return absl::AbortedError(absl::StrCat("metadata store: key ", Excerpt(key), " has revision ",
                                             found.value(), ", not ", expected.value()));
    }
    revision = last_revision_.Next();

    rocksdb::WriteBatch batch;
    const std::string stored_key = EntryKey(key);
    rocksdb::Status status = value ? batch.Put(stored_key, Encode(stored_key, revision, *value))
                                   : batch.Delete(stored_key);
    if (status.ok()) {
      status =
          batch.Put(rocksdb::Slice(kLastRevisionKey, 1), Encode(kLastRevisionKey, revision, ""));
    }
    if (status.ok() && erase) status = batch.Put(rocksdb::Slice(kErasureKey, 1), "");
    // Synced: whoever is told that a stream exists finds it again after a power failure.
    rocksdb::WriteOptions synced;
    synced.sync = true;
    if (status.ok()) status = db_->Write(synced, &batch);
    if (!status.ok()) {
      write_failure_ = FromRocksDb(status, "write key " + Excerpt(key));
      return write_failure_;
    }
    last_revision_ = revision;
    watchers_.Enqueue(
        {std::string(key), value ? std::optional<std::string>(*value) : std::nullopt, revision});
  }
  watchers_.Deliver();
  return revision;
}

std::unique_ptr<MetadataWatch> EmbeddedMetadataStore::Watch(std::string_view prefix,
                                                            MetadataCallback callback) {
  return watchers_.Add(prefix, std::move(callback));
}

}  // namespace penstock::broker
