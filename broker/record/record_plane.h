// RecordPlane: the data plane's operations, as both doors (gRPC, Kinesis) call them.
//
//   PutRecord, PutRecords     check ─▶ route ─▶ append a batch a shard ─▶ callback when synced
//   PutBatch                  check the header ─▶ append ─▶ callback when synced
//   GetShardIterator          a place in a shard as an opaque token
//   GetRecords                token ─▶ records from there on; waits for them if asked to
//   SubscribeToShard          records pushed to a registered consumer as they come
//
// Messages and limits are those of the Kinesis API; Penstock's own are said so.
// Every error is of the table in common/error.h; those of one field name it (FieldOf).
//
// Thread-safe. Puts answer on the log's thread (on the executor after a reshard), GetRecords on the executor, refusals known at once
// on the calling thread: callbacks must be short and must not block. What the options point to
// outlives the plane; the executor runs until Stop has returned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include <boost/asio/any_io_executor.hpp>

#include "broker/record/get_records_call.h"
#include "broker/record/get_shard_iterator.h"
#include "broker/record/put_batch.h"
#include "broker/record/put_call.h"
#include "broker/record/read_budget.h"
#include "broker/record/snapshot_waiter.h"
#include "broker/record/subscriptions.h"
#include "broker/stream/stream_snapshot.h"
#include "broker/token/token_codec.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "common/record.h"
#include "storage/shard_log.h"

namespace penstock::broker {

struct RecordPlaneOptions {
  const StreamDirectory* directory = nullptr;
  storage::ShardLog* log = nullptr;
  const TokenCodec* tokens = nullptr;
  // Reads and deadlines run here.
  boost::asio::any_io_executor executor;
  const Clock* clock = &SystemClock::Get();
  // Null: where consumers are is not kept.
  ConsumerPositions* positions = nullptr;
  SubscriptionTimes subscription_times;

  // What puts ask before they are stored; reads ask the limiters and the cipher too. Null: there is
  // none.
  const DiskBudget* disk_budget = nullptr;
  ShardLimiters* limiters = nullptr;
  StreamCipher* cipher = nullptr;
  // What puts and reads tell. Null: nobody counts.
  StreamMeters* meters = nullptr;
  LoadMeter* load = nullptr;
  // What reads ask instead of them, for tests.
  ReadLimiter* read_limiter = nullptr;
  BatchDecryptor* decryptor = nullptr;

  // How long a put that meets a reshard may wait for the shards after it. A switch takes some
  // milliseconds: longer only helps where the metadata store does not answer; shorter refuses puts
  // then.
  int64_t reshard_wait_max_ms = 10'000;

  // Bytes of GetRecords answers made and not yet sent, all callers together. Smaller refuses more
  // readers that are slow to take their answers; larger is memory.
  size_t read_bytes_in_flight_max = 64 << 20;
  // The same for one connection: two of the largest answers. Smaller refuses a connection that
  // reads many shards at once; larger lets fewer stalled ones use up the whole.
  size_t connection_read_bytes_in_flight_max = 20 << 20;
  // GetRecords calls that wait for records at once. Each holds some KiB of the call's state.
  size_t read_waits_max = 65'536;
  // Subscriptions at once: as many as 50 consumers of 300 shards.
  size_t subscriptions_max = 16'384;
};

struct GetRecordsRequest {
  std::string_view shard_iterator;
  // 1 to kGetRecordsEntriesMax; 0 stands for that.
  uint32_t limit = 0;
  // 0 to kGetRecordsWaitMsMax. Penstock's own.
  uint32_t max_wait_ms = 0;
  // Names the connection that the answer goes to, for its share of what may be under way.
  std::string_view connection = {};
  // Everything is checked, then the answer is DRY_RUN.
  bool dry_run = false;
};

class RecordPlane {
 public:
  explicit RecordPlane(RecordPlaneOptions options);
  // Stops.
  ~RecordPlane();
  RecordPlane(const RecordPlane&) = delete;
  RecordPlane& operator=(const RecordPlane&) = delete;

  // Ends all waits: of gets, which are answered with what is there, and of puts that meet a reshard;
  // ends all subscriptions. Refuses gets and subscriptions from then on (UNAVAILABLE,
  // SHUTTING_DOWN). Returns when every get has been answered, and as Subscriptions::Stop says.
  // Idempotent. Not to be called on the executor's own threads, which it waits for.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  // Stores records, 1 to kPutRecordsEntriesMax of kPutRecordsBytesMax bytes together, and answers
  // with a result for each when all are synced or have failed. What the views point to must live
  // until `done` is called.
  // Refused whole, nothing stored: INVALID_ARGUMENT (INVALID_ARGUMENT naming the entry as
  // records[i], REQUEST_TOO_LARGE); NOT_FOUND (STREAM_NOT_FOUND, also while it is being created or
  // deleted); RESOURCE_EXHAUSTED (DISK_BUDGET_EXCEEDED); KMS errors; DRY_RUN. The status
  // of a result: THROUGHPUT_EXCEEDED by the stream's limits; the log's errors (storage/shard_log.h,
  // Append), except that a shard that is gone is STREAM_NOT_FOUND, and that one which a reshard
  // closes is waited for, with OVERLOADED after reshard_wait_max_ms.
  void PutRecords(std::string_view stream_name, std::vector<RecordView> records,
                  PutRecordsCallback done, const PutOptions& options = {});

  // The same for one record, whose error is the call's.
  void PutRecord(std::string_view stream_name, const RecordView& record, PutRecordCallback done,
                 const PutOptions& options = {});

  // Stores a batch that the caller has made, whose records it does not look at. Penstock's own.
  // Batches of one shard that are stored are stored and answered in the order of the calls, if those
  // come one after another. `done` is called exactly once. The status of the result, in the order of
  // the checks: DISK_BUDGET_EXCEEDED; STREAM_NOT_FOUND, also while it is being created or deleted;
  // SHARD_NOT_FOUND; CORRUPT_RECORDS (header or checksum are wrong for this shard);
  // INVALID_ARGUMENT (encrypted; hash keys that are not the shard's; a sampled hash key that is not
  // the batch's; a producer's stamp that cannot be); REQUEST_TOO_LARGE (more bytes than so many
  // records of the stream's can have); THROUGHPUT_EXCEEDED; KMS errors; the log's errors
  // (storage/shard_log.h, Append), with the shard of a stream that is gone as STREAM_NOT_FOUND.
  // SHARD_CLOSED comes with the stream after the switch, which is waited for, with OVERLOADED after
  // reshard_wait_max_ms. PRODUCER_SEQUENCE_FORGOTTEN also where the batch is stored among others, as
  // one that a reshard has parted would be, so that its numbers cannot be told.
  void PutBatch(PutBatchRequest request, PutBatchCallback done);

  // The stream as it takes records now: its open shards and its limits. NOT_FOUND
  // (STREAM_NOT_FOUND, also while it is being created or deleted); INVALID_ARGUMENT for an empty
  // name.
  absl::StatusOr<std::shared_ptr<const StreamSnapshot>> FindStream(
      std::string_view stream_name) const;

  // A shard iterator, good for kIteratorLifetimeMs. May read from disk for kAtTimestamp.
  // INVALID_ARGUMENT: an argument missing, superfluous, or out of its bounds (a sequence number
  // past the shard's end; a timestamp in the future); NOT_FOUND (STREAM_NOT_FOUND,
  // SHARD_NOT_FOUND); FAILED_PRECONDITION (DRY_RUN); RESOURCE_EXHAUSTED
  // (THROUGHPUT_EXCEEDED by the stream's limits); errors of the log's reads.
  absl::StatusOr<std::string> GetShardIterator(const GetShardIteratorRequest& request);

  // Up to `limit` records, kGetRecordsBytesMax of data and partition keys together, but at least
  // one if there is one. INVALID_ARGUMENT (INVALID_ARGUMENT, INVALID_ITERATOR); FAILED_PRECONDITION
  // (EXPIRED_ITERATOR); NOT_FOUND (STREAM_NOT_FOUND, SHARD_NOT_FOUND);
  // RESOURCE_EXHAUSTED (OVERLOADED, THROUGHPUT_EXCEEDED); DATA_LOSS (CORRUPT_RECORDS); KMS_*; DRY_RUN;
  // CANCELLED after Cancel.
  // `done` is called exactly once. The call returned is for Cancel; null if `done` has been called.
  std::shared_ptr<GetRecordsCall> GetRecords(const GetRecordsRequest& request,
                                             GetRecordsCallback done) ABSL_LOCKS_EXCLUDED(mutex_);

  // SubscribeToShard; see there.
  Subscriptions& subscriptions() { return subscriptions_; }

  const ReadBudget& read_budget() const { return *budget_; }

 private:
  absl::StatusOr<GetRecordsCall::Request> CheckGetRecords(const GetRecordsRequest& request) const;
  // False when the plane has stopped.
  bool Register(const std::shared_ptr<GetRecordsCall>& call) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnAnswered(GetRecordsCall* call) ABSL_LOCKS_EXCLUDED(mutex_);

  const RecordPlaneOptions options_;
  const std::shared_ptr<ReadBudget> budget_;
  const std::unique_ptr<BatchDecryptor> decryptor_;
  const std::unique_ptr<ReadLimiter> limiter_;
  const ShardReader reader_;
  SnapshotWaiter waiter_;
  PutContext put_context_;
  GetRecordsContext context_;
  Subscriptions subscriptions_;

  // Guards the calls under way. Not held while a call is told anything.
  Mutex mutex_;
  CondVar all_answered_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<GetRecordsCall*, std::shared_ptr<GetRecordsCall>> calls_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
