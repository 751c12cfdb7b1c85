// BatchBroker: a broker for producers in the test's own memory, with faults by a seed.
//
// Shards are a MemoryShardLog's; batches are taken by a thread of the broker's own, one after
// another. What a fault does: refuse a batch (throttled, overloaded), or cut the connection, before
// or after the batch is stored; of the batches behind it on that connection some are lost, and
// some are stored later, between those of the next connection.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "client/producer/transport.h"
#include "common/clock.h"
#include "common/hash_key.h"
#include "common/ids.h"
#include "common/mutex.h"
#include "tests/support/memory_shard_log.h"

namespace penstock::testing {

class BatchBroker {
 public:
  // Of each batch, 0 to 1.
  struct Faults {
    double throttled = 0;
    double overloaded = 0;
    double cut_before = 0;
    double cut_after = 0;
  };

  BatchBroker(uint64_t seed, uint32_t shard_count);
  ~BatchBroker();

  std::unique_ptr<producer::Transport> MakeTransport(int connections);

  void SetFaults(const Faults& faults);
  void SetLimits(size_t record_bytes_max, uint64_t records_per_second, uint64_t bytes_per_second);
  // Splits or merges open shards, by the seed.
  void Reshard();
  // Cuts all connections; while it is down nothing can be reached.
  void SetDown(bool down);
  // Batches wait, neither stored nor answered, until released.
  void Hold(bool hold);
  void DeleteStream();
  void CutAll();

  struct StoredRecord {
    std::string data;
    std::string partition_key;
    ShardIndex shard;
    SequenceNumber sequence_number;
  };
  // All that is stored: parents before children, each shard in order; records of aggregates are those
  // that were put.
  std::vector<StoredRecord> Stored();
  // Those that were closed included.
  size_t all_shards();
  // Returns when it has taken so many batches more, or takes none for a while.
  void WaitForBatches(uint64_t more);

 private:
  struct Stream;
  class BrokerTransport;
  class BrokerStream;

  struct Shard {
    ShardIndex index;
    HashKeyRange hash_keys;
    bool open = true;
  };
  struct Arrived {
    std::shared_ptr<Stream> stream;
    producer::BatchToSend batch;
  };

  void Run();
  void Take(Arrived arrived);
  producer::BatchAnswer Append(const producer::BatchToSend& batch);
  void Cut(Stream& stream);
  producer::ShardMapPtr Map() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Replace(std::vector<size_t> positions, const std::vector<HashKeyRange>& ranges)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Arrive(std::shared_ptr<Stream> stream, producer::BatchToSend batch);
  absl::StatusOr<producer::ShardMapPtr> GetMap();
  std::shared_ptr<Stream> Open(producer::BatchStreamCallbacks callbacks);

  const StreamId stream_{7};
  ManualClock clock_{1'000};
  MemoryShardLog log_{&clock_};

  // Guards all below. Not held while a stream is told anything.
  Mutex mutex_;
  CondVar changed_;
  CondVar taken_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
  Faults faults_ ABSL_GUARDED_BY(mutex_);
  size_t record_bytes_max_ ABSL_GUARDED_BY(mutex_) = 1 << 20;
  uint64_t records_per_second_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t bytes_per_second_ ABSL_GUARDED_BY(mutex_) = 0;
  // In order of hash keys.
  std::vector<Shard> open_ ABSL_GUARDED_BY(mutex_);
  std::vector<Shard> all_ ABSL_GUARDED_BY(mutex_);
  std::deque<Arrived> arrived_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<Stream>> streams_ ABSL_GUARDED_BY(mutex_);
  bool down_ ABSL_GUARDED_BY(mutex_) = false;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  bool deleted_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t batches_taken_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace penstock::testing
