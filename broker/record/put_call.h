// PutCall: one PutRecord or PutRecords under way.
//
//   check all ─▶ route by hash key ─▶ limits ─▶ a batch a shard ─┬▶ Append ─┐
//                     ▲                                         ├▶ Append ─┼▶ join ─▶ done
//                     │                                         └▶ Append ─┤
//                     └──── a newer snapshot ◀── SHARD_CLOSED ─────────────┘
//
// A request that breaks a rule is refused whole, nothing stored. Once it is appended, a batch is
// stored or fails whole, and each record's result tells which; another shard's batch is not
// affected. Records of one shard keep the order of the request.
//
// A batch that meets a shard which a reshard has sealed is not stored. It waits for the snapshot
// with the shard's children and its records are routed again: the caller sees the switch as latency
// alone. The records are not copied for that: what their views point to lives until `done`.
//
// An idempotent put that comes again is told by the shard where its first one lies, and which hash
// keys that batch had. It may lie in a parent of the shard, and reshards may have parted the put
// otherwise then: each record's number is found by its rank among the request's records that have
// those hash keys, which are the ones the first batch was made of.
//
// Thread-safe; holds itself alive until it has answered.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/encryption/stream_cipher.h"
#include "broker/limit/disk_budget.h"
#include "broker/limit/shard_limiters.h"
#include "broker/load/load_meter.h"
#include "broker/metrics/stream_meters.h"
#include "broker/record/put_options.h"
#include "broker/record/put_routing.h"
#include "broker/record/snapshot_waiter.h"
#include "broker/stream/stream_snapshot.h"
#include "common/clock.h"
#include "common/ids.h"
#include "common/mutex.h"
#include "common/record.h"
#include "storage/shard_log.h"

namespace penstock::broker {

struct PutResult {
  ShardIndex shard;
  // Valid if status is OK.
  SequenceNumber sequence_number;
  absl::Status status;
  EncryptionType encryption_type = EncryptionType::kNone;
  // With `shard`, where the number belongs: a door that writes numbers with their shard needs both.
  StreamId stream = {};
};

// One result a record, in the order of the request.
using PutRecordsCallback = absl::AnyInvocable<void(absl::StatusOr<std::vector<PutResult>>) &&>;
using PutRecordCallback = absl::AnyInvocable<void(absl::StatusOr<PutResult>) &&>;

// What puts work with. Outlives all calls. Null: there is none.
struct PutContext {
  const StreamDirectory* directory = nullptr;
  storage::ShardLog* log = nullptr;
  const Clock* clock = nullptr;
  SnapshotWaiter* waiter = nullptr;
  const DiskBudget* disk_budget = nullptr;
  ShardLimiters* limiters = nullptr;
  StreamCipher* cipher = nullptr;
  StreamMeters* meters = nullptr;
  LoadMeter* load = nullptr;
};

class PutCall : public std::enable_shared_from_this<PutCall> {
 public:
  // `is_list` for PutRecords: an error of one record then names its place.
  PutCall(const PutContext& context, std::vector<RecordView> records, bool is_list,
          const PutOptions& options, PutRecordsCallback done);

  // `done` is called exactly once, on the calling thread where the request is refused, else on the
  // log's or the executor: it must be short. Errors are described in record_plane.h.
  void Start(std::string_view stream_name);

 private:
  using Snapshot = std::shared_ptr<const StreamSnapshot>;

  // The records of one batch and what became of them.
  struct Part {
    // Holds the shard that destination points to.
    Snapshot stream;
    Destination destination;
    absl::StatusOr<storage::AppendResult> outcome = absl::UnknownError("");
  };

  absl::StatusOr<std::vector<Destination>> Prepare(std::string_view stream_name, Snapshot* stream);
  absl::Status CheckConditions(const StreamSnapshot& stream,
                               const std::vector<Destination>& destinations) const;
  absl::Status CheckOrdering(const StreamSnapshot& stream, const Destination& destination) const;
  // Appends all; pending_ counts them already.
  void Append(const std::vector<Part*>& parts, std::vector<RecordBatch> batches);
  void OnAppended(Part* part, absl::StatusOr<storage::AppendResult> outcome);
  // On the executor, with the snapshot after the switch.
  void RouteAgain(Part* part);
  void Arrive(Part* part, absl::StatusOr<storage::AppendResult> outcome);
  Part* AddPart(Snapshot stream, Destination destination) ABSL_LOCKS_EXCLUDED(mutex_);

  void Refuse(const absl::Status& error);
  void Answer();
  void FillResults(const Part& part, std::vector<PutResult>* results) const;
  // Tells the meters, for a stream that was found.
  void Meter(const absl::StatusOr<std::vector<PutResult>>& results);
  void MeterLoad(const Part& part) const;
  // The numbers of a put that was stored before.
  absl::Status FillDuplicate(const Part& part, std::vector<PutResult>* results) const;

  const PutContext& context_;
  const std::vector<RecordView> records_;
  const bool is_list_;
  const PutOptions options_;
  PutRecordsCallback done_;

  // Set before the first append.
  int64_t began_us_ = 0;
  std::optional<StreamId> stream_id_;
  std::vector<HashKey> hash_keys_;
  // Of records that the limits refused; the rest are OK.
  std::vector<Refusal> refusals_;

  // Guards the list, not the parts: each is its append's alone until it arrives.
  Mutex mutex_;
  std::vector<std::unique_ptr<Part>> parts_ ABSL_GUARDED_BY(mutex_);
  // Parts that have not arrived. Release: a part's outcome is seen by the last to arrive. Acquire:
  // the last sees all.
  std::atomic<size_t> pending_ = 0;
};

}  // namespace penstock::broker
