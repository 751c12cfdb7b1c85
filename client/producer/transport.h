// Transport: how a producer reaches the broker. The seam between what a producer decides and gRPC
// (client/rpc/batch_transport.h); tests put a broker of their own behind it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/hash_key.h"
#include "common/ids.h"

namespace penstock::producer {

struct MappedShard {
  ShardIndex index;
  HashKeyRange hash_keys;
};

// The open shards of a stream at one time. Never changes.
struct ShardMap {
  StreamId stream;
  // Rises with each reshard.
  uint64_t version = 0;
  // In order of hash keys; they tile all of them.
  std::vector<MappedShard> shards;
  // Data and partition key of a record.
  size_t record_bytes_max = 0;
  // Of a shard, a second; 0: no limit.
  uint64_t write_records_per_second = 0;
  uint64_t write_bytes_per_second = 0;

  // The position of the shard that `key` belongs to.
  size_t Route(HashKey key) const;
  bool Has(ShardIndex shard) const;
};

using ShardMapPtr = std::shared_ptr<const ShardMap>;

// A batch on its way. The bytes are shared: sending it again copies nothing.
struct BatchToSend {
  uint64_t call_id = 0;
  ShardKey shard;
  std::optional<uint64_t> previous_producer_sequence;
  std::vector<HashKey> sampled_hash_keys;
  std::shared_ptr<const std::string> bytes;
};

struct BatchAnswer {
  uint64_t call_id = 0;
  // OK: stored. Otherwise with the payloads that GetErrorDetails reads.
  absl::Status status;
  SequenceNumber first_sequence_number;
  bool duplicate = false;
  // With SHARD_CLOSED: the shards after it.
  ShardMapPtr shard_map;
};

// One connection's stream of batches. The destructor cancels it and returns when no callback runs
// any more; not from a callback.
class BatchStream {
 public:
  virtual ~BatchStream() = default;
  // Queues the batch: batches of one stream arrive in order. After the end it is dropped.
  virtual void Send(BatchToSend batch) = 0;
};

struct BatchStreamCallbacks {
  std::function<void(BatchAnswer)> on_answer;
  // Last, once: never OK. Batches that were not answered may be stored.
  std::function<void(const absl::Status&)> on_end;
};

class Transport {
 public:
  using ShardMapCallback = absl::AnyInvocable<void(absl::StatusOr<ShardMapPtr>)>;

  virtual ~Transport() = default;

  // Asks once; an unreachable broker is UNAVAILABLE after a while. `done` runs on another thread.
  virtual void GetShardMap(const std::string& stream_name, ShardMapCallback done) = 0;

  // Opens a stream on a connection, 0 to connection_count() - 1. Callbacks run on other threads,
  // one at a time, and may come before this returns.
  virtual std::unique_ptr<BatchStream> Open(int connection, BatchStreamCallbacks callbacks) = 0;
  virtual int connection_count() const = 0;
};

}  // namespace penstock::producer
