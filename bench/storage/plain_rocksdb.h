// RocksDB alone, given the same bytes as storage: the limit that storage is held against, and the
// choices that were not made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace penstock::bench {

enum class SyncMode {
  // One thread: Write(sync=true), a value after the other.
  kEachWrite,
  // Two threads: Write(sync=false), and one SyncWAL for all that was written meanwhile; at most two
  // rounds ahead.
  kSyncerThread,
};

enum class Layout { kBlobFiles, kLeveled };

struct PlainRun {
  SyncMode sync = SyncMode::kSyncerThread;
  Layout layout = Layout::kBlobFiles;
  size_t value_bytes = 0;
  size_t values = 0;
  // Deletes what is older than so many values, coarsely, as retention does; 0: keeps all.
  size_t retained_values = 0;
};

struct PlainResult {
  double bytes_per_second = 0;
  // Bytes written to the disk for each byte given, with everything flushed and compacted in the
  // end.
  double write_amplification = 0;
};

// In a folder of its own below `parent`.
PlainResult RunPlainRocksDb(const std::string& parent, const PlainRun& run);

}  // namespace penstock::bench
