#include "storage/rocks_options.h"

#include <algorithm>

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/table.h>

#include "storage/deleted_ranges.h"

namespace penstock::storage {
namespace {

constexpr size_t kBlockCacheBytes = 16 << 20;
constexpr int kMemtablesMax = 3;
constexpr int kOpenFilesMax = 512;
constexpr size_t kIndexMemtableBytes = 4 << 20;

rocksdb::ColumnFamilyOptions CommonFamilyOptions() {
  rocksdb::ColumnFamilyOptions family;
  // Batches are compressed by who makes them, keys are few.
  family.compression = rocksdb::kNoCompression;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  // Index blocks count against the cache instead of growing with the data.
  table.cache_index_and_filter_blocks = true;
  table.format_version = 5;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return family;
}

}  // namespace

rocksdb::DBOptions LaneDbOptions(const LaneOptions& options) {
  rocksdb::DBOptions db;
  if (options.env != nullptr) db.env = options.env;
  // The lane says itself whether a missing database may be made (LaneDb::Open).
  db.create_if_missing = false;
  db.paranoid_checks = true;

  // What was not synced may be lost, but only as a suffix: replay stops at the first record that is
  // not whole.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // With SyncWAL it may refuse to open a good database: RocksDB issue 10892, mended in 7.10.
  db.track_and_verify_wals_in_manifest = false;
  // An error of the disk stops the lane; RocksDB must not carry on behind its back.
  db.max_bgerror_resume_count = 0;

  // One committer writes: nothing to merge, nothing to insert in parallel.
  db.allow_concurrent_memtable_write = false;
  db.enable_pipelined_write = false;
  // A flush takes all families along: the small ones would otherwise hold on to every log since
  // their own last flush, and logs are space that a trim does not give back.
  db.atomic_flush = true;
  // Flushes write a memtable at once; without this the kernel hoards it and the next sync of the
  // log waits for it.
  db.bytes_per_sync = 1 << 20;
  db.max_background_jobs = 2;
  db.max_open_files = kOpenFilesMax;

  // What goes wrong comes through statuses and our own log; RocksDB's stays small.
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.max_log_file_size = 4 << 20;
  db.keep_log_file_num = 4;
  db.stats_dump_period_sec = 0;
  return db;
}

rocksdb::ColumnFamilyOptions DataFamilyOptions(const LaneOptions& options) {
  rocksdb::ColumnFamilyOptions family = CommonFamilyOptions();
  family.write_buffer_size = options.memtable_bytes;
  family.max_write_buffer_number = kMemtablesMax;
  // Compaction moves keys alone; a blob file is dropped whole when all its batches are trimmed. Not
  // collected otherwise: that would write the young batches again (write amplification 2.0 without,
  // ADR 0003).
  family.enable_blob_files = true;
  family.min_blob_size = options.blob_bytes_min;
  family.blob_file_size = options.blob_file_bytes;
  family.enable_blob_garbage_collection = false;
  // Where the next start finds what the SpaceReclaimer had queued when the broker stopped.
  family.table_properties_collector_factories.push_back(MakeDeletedRangesCollectors());
  // A backstop for what it could not do: a range tombstone alone makes RocksDB compact nothing. The
  // keys of a lane are compacted once a day at the most.
  family.periodic_compaction_seconds = 24 * 3600;
  // SSTs hold references, so their own size says little; small ones keep a trim's compaction local.
  family.target_file_size_base = 8 << 20;
  return family;
}

rocksdb::ColumnFamilyOptions IndexFamilyOptions() {
  rocksdb::ColumnFamilyOptions family = CommonFamilyOptions();
  family.write_buffer_size = kIndexMemtableBytes;
  return family;
}

}  // namespace penstock::storage
