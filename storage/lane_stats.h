// LaneStats: what a lane is doing, for operators; LaneMeter: where its threads count it.
//
// Counters run from the start of the lane and never go back. The meter is thread-safe and costs a
// relaxed atomic addition or two a count; the stats are a plain value.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"

#include "common/latency_histogram.h"

namespace penstock::storage {

struct LaneStats {
  // Batches and their bytes that were synced and answered.
  uint64_t appends = 0;
  uint64_t append_bytes = 0;
  // Batches refused because the queue was full.
  uint64_t appends_refused = 0;
  // Rounds that were written and synced; several may share a sync.
  uint64_t rounds = 0;
  LatencyHistogram::Snapshot write;
  LatencyHistogram::Snapshot sync;

  // Commands and the bytes of their batches that wait for the committer, and their limits.
  size_t queue_commands = 0;
  size_t queue_commands_max = 0;
  size_t queue_bytes = 0;
  size_t queue_bytes_max = 0;
  // Recent batches in memory.
  size_t tail_bytes = 0;
  size_t tail_bytes_max = 0;
  // What RocksDB's files take on disk, its log apart.
  uint64_t file_bytes = 0;
  size_t shards = 0;
  // OK, or why the lane has stopped.
  absl::Status health;
};

struct LaneMeter {
  // Relaxed, all of them: they order nothing but themselves.
  std::atomic<uint64_t> appends = 0;
  std::atomic<uint64_t> append_bytes = 0;
  std::atomic<uint64_t> appends_refused = 0;
  std::atomic<uint64_t> rounds = 0;
  std::atomic<size_t> tail_bytes = 0;
  LatencyHistogram write;
  LatencyHistogram sync;

  void OnRoundSynced(uint64_t round_appends, uint64_t round_bytes) {
    rounds.fetch_add(1, std::memory_order_relaxed);
    appends.fetch_add(round_appends, std::memory_order_relaxed);
    append_bytes.fetch_add(round_bytes, std::memory_order_relaxed);
  }
  void OnAppendRefused() { appends_refused.fetch_add(1, std::memory_order_relaxed); }
  void SetTailBytes(size_t bytes) { tail_bytes.store(bytes, std::memory_order_relaxed); }
};

}  // namespace penstock::storage
