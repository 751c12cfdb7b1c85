// BatchPut: one batch under way that its caller has made (penstock.v1.Batches).
//
//   check by the header ─▶ limits ─▶ encrypt ─▶ Append ─┬▶ stored, or a duplicate ─▶ done
//                                                       ├▶ an error ──────────────▶ done
//                                                       └▶ SHARD_CLOSED ─▶ wait for the switch ─▶ done
//
// The bytes are stored as they are, encrypted in place where the stream is: the block is never
// opened. A batch belongs to its shard by its checksum; one that meets a shard which a reshard has
// closed is not routed again, as its records would have to be parted. It is answered with the
// stream after the switch, and its caller makes new batches. The batch of a producer that may have
// been stored before the switch is asked about in the closed shard, which knows.
//
// Thread-safe; holds itself alive until it has answered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/record/put_call.h"
#include "broker/stream/stream_snapshot.h"
#include "common/hash_key.h"
#include "common/ids.h"
#include "common/record_batch.h"
#include "common/record_batch_header.h"
#include "storage/shard_log.h"

namespace penstock::broker {

// Hash keys that a batch may bring as a sample of its records'.
inline constexpr size_t kSampledHashKeysMax = 8;

struct PutBatchRequest {
  StreamId stream;
  ShardIndex shard;
  // Header and block (docs/record-format.md).
  std::string batch;
  // AppendConditions::producer_previous.
  std::optional<uint64_t> previous_producer_sequence;
  // Of some of its records, picked at random; no more than kSampledHashKeysMax. An on-demand stream
  // learns from them where to split. None: all records count as if in the middle of the batch's
  // hash keys.
  absl::InlinedVector<HashKey, kSampledHashKeysMax> sampled_hash_keys;
};

struct PutBatchResult {
  absl::Status status;
  // Where it lies. Valid if the status is OK.
  storage::AppendResult stored = {};
  EncryptionType encryption_type = EncryptionType::kNone;
  // With SHARD_CLOSED alone: the stream after the switch.
  std::shared_ptr<const StreamSnapshot> stream = nullptr;
};

using PutBatchCallback = absl::AnyInvocable<void(PutBatchResult) &&>;

class BatchPut : public std::enable_shared_from_this<BatchPut> {
 public:
  BatchPut(const PutContext& context, PutBatchRequest request, PutBatchCallback done);

  // `done` is called exactly once, on the calling thread where the batch is refused, else on the
  // log's or the executor: it must be short. Errors are described in record_plane.h.
  void Start();

 private:
  using Snapshot = std::shared_ptr<const StreamSnapshot>;

  // The batch as it is to be stored.
  absl::StatusOr<RecordBatch> Prepare();
  // What the header must be for this shard.
  absl::Status CheckHeader(const ShardInfo& shard) const;
  LimitedShard Limited() const;
  void OnAppended(absl::StatusOr<storage::AppendResult> outcome);
  void OnStored(const storage::AppendResult& stored);
  // With SHARD_CLOSED, as soon as `stream` shows why.
  void OnClosed(Snapshot stream, absl::Status closed);
  void Answer(PutBatchResult result);
  // Tells the meters, for a stream that was found.
  void Meter(const PutBatchResult& result) const;
  void MeterLoad() const;

  const PutContext& context_;
  PutBatchRequest request_;
  PutBatchCallback done_;

  // Set before the append.
  int64_t began_us_ = 0;
  // Null until it is found.
  Snapshot stream_;
  // Of the batch as it came. Its record_count is 0 until it is known.
  RecordBatchHeader header_;
  // The limits have given it room.
  bool is_admitted_ = false;
};

}  // namespace penstock::broker
