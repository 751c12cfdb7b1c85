// Appends through storage::Lane, synced, and the same bytes through RocksDB alone, in turn.
#pragma once

#include <cstddef>
#include <string>

#include "storage/lane_options.h"

namespace penstock::bench {

struct AppendBench {
  // Records a batch and bytes a record.
  size_t records = 500;
  size_t record_bytes = 1'000;
  size_t total_bytes = 0;
  // Batches under way at any time.
  size_t in_flight = 8;
  size_t shards = 4;
  size_t round_bytes_max = storage::LaneOptions().round_bytes_max;
};

struct AppendResult {
  double bytes_per_second = 0;
  double records_per_second = 0;
  double write_amplification = 0;
  // Of one append, from the call to the answer, in microseconds.
  double p50_us = 0;
  double p99_us = 0;
};

// In a folder of its own below `parent`. Batches are built beforehand: what is measured is storage.
AppendResult RunAppends(const std::string& parent, const AppendBench& bench);

}  // namespace penstock::bench
