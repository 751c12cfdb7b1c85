// ConsumerPositions: where registered consumers are, shard by shard: the number of the next record
// to be given to each. For their lag; where a subscription begins is the subscriber's to say.
//
// Subscriptions set positions in memory; every flush_interval_ms what has changed is stored, one
// value a consumer, and what is of no consumer or shard any more is dropped:
//
//   consumer-position/<stream id>/<consumer name>/<creation ms>   StoredConsumerPositions
//
// A crash loses the last seconds, and the consumer is shown further behind than it is until it is
// given another event. A store that fails is tried again with the next flush.
//
// LIMIT: memory and values grow with consumers times shards, some 30 and 10 bytes each; both are
// bounded by kConsumersPerStreamMaxCommitted and kShardsMax.
//
// Thread-safe between Start and Stop. Flushes block on the metadata store, on the executor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "broker/cluster/metadata_store.h"
#include "broker/record/consumer_key.h"
#include "broker/stream/pending_work.h"
#include "broker/stream/stream_snapshot.h"
#include "common/mutex.h"

namespace penstock::broker {

// All that is referred to must outlive the positions.
struct ConsumerPositionsOptions {
  MetadataStore& metadata;
  // Knows all streams when Start is called.
  const StreamDirectory& directory;
  boost::asio::any_io_executor executor;
  int64_t flush_interval_ms = 5'000;
};

class ConsumerPositions {
 public:
  // Consumers stored in one step: each is a sync of the metadata store.
  static constexpr size_t kConsumersPerStep = 16;

  explicit ConsumerPositions(ConsumerPositionsOptions options);
  // Stops.
  ~ConsumerPositions();

  // Loads what is stored and begins to flush. DATA_LOSS naming the key; UNAVAILABLE.
  absl::Status Start() ABSL_LOCKS_EXCLUDED(mutex_);
  // Stores what has changed, on the calling thread. Not on a thread of the executor. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  void Set(const ConsumerKey& consumer, ShardIndex shard, SequenceNumber next)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Nothing where the consumer was never given anything of the shard.
  std::optional<SequenceNumber> Find(const ConsumerKey& consumer, ShardIndex shard) const
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Positions = std::map<ShardIndex, SequenceNumber>;

  struct Entry {
    Positions next;
    bool changed = false;
    // Of the stored value; 0 where there is none.
    Revision revision;
  };

  // On the strand, as all that follows.
  void WaitForNextFlush();
  void BeginFlush() ABSL_LOCKS_EXCLUDED(mutex_);
  void Step();
  void Store(const ConsumerKey& consumer) ABSL_LOCKS_EXCLUDED(mutex_);
  // Nothing to store: OK. Gone: deletes what is stored.
  absl::Status TryStore(const ConsumerKey& consumer) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Delete(const ConsumerKey& consumer) ABSL_LOCKS_EXCLUDED(mutex_);
  void EndFlush();

  const ConsumerPositionsOptions options_;
  boost::asio::strand<boost::asio::any_io_executor> strand_;
  // Used on the strand alone, and by Stop after it.
  boost::asio::steady_timer timer_;
  bool stopping_ = false;
  std::vector<ConsumerKey> to_store_;
  size_t next_to_store_ = 0;
  size_t failures_ = 0;
  absl::Status first_failure_;
  // The chain of timer and steps counts as one.
  PendingWork pending_;

  mutable Mutex mutex_;
  bool started_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<ConsumerKey, Entry> consumers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
