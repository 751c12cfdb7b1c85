// LaneOptions: what can be set of a lane, each with its meaning, default, and the cost of a wrong
// value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/clock.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace penstock::storage {

struct LaneOptions {
  // Bytes of recent batches kept in memory for tail readers, the whole lane together. Smaller sends
  // readers that are a little behind to the disk; larger is memory.
  size_t tail_ring_bytes = 64 << 20;

  // Bytes and appends that may wait for the committer. Past either, appends are refused with
  // OVERLOADED. Bounds memory under a disk that is slower than the network.
  size_t queue_bytes_max = 64 << 20;
  size_t queue_appends_max = 65'536;
  // Commands of all kinds that may wait: above queue_appends_max, so that trims, seals, creations
  // and deletions get through when appends do not. As many as a node has shards, and then some.
  size_t queue_commands_max = 196'608;

  // Bytes of one committer round, passed by one batch at the most. Smaller syncs more often per
  // byte; larger makes the first append of a round wait for the last.
  size_t round_bytes_max = 2 << 20;

  // RocksDB's memtable; up to three of them. Smaller flushes more often into smaller files.
  size_t memtable_bytes = 64 << 20;

  // Blob files are dropped whole when the last batch in them is trimmed: smaller gives space back
  // sooner, with more files.
  size_t blob_file_bytes = 64 << 20;
  // Batches from this size on go to blob files; smaller ones stay in the LSM tree, where a read is
  // cheaper (ADR 0003).
  size_t blob_bytes_min = 4 << 10;

  // Trimmed batches of a shard are deleted from RocksDB when so many bytes can go at once, or when
  // so much time has gone by since the last time. Smaller gives space back sooner, with more range
  // tombstones, which slow down reads until they are compacted.
  size_t trim_step_bytes = 64 << 20;
  int64_t trim_step_ms = 3'600'000;
  // What was deleted is compacted after the next flush, or after so long without one. Smaller gives
  // an idle lane's space back sooner, at a flush each time.
  int64_t reclaim_delay_ms = 600'000;

  // Time index: one entry a shard for so many milliseconds or bytes of appends, whichever comes
  // first. A look-up by time scans at most that far.
  int64_t time_index_interval_ms = 1'000;
  size_t time_index_interval_bytes = 4 << 20;

  const Clock* clock = &SystemClock::Get();

  // RocksDB's way to the file system; tests put faults in. Null is the system's.
  rocksdb::Env* env = nullptr;
};

}  // namespace penstock::storage
