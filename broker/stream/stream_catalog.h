// StreamCatalog: the operations of the control plane on streams. Both doors call it.
//
// Creating and deleting is asynchronous, as in Kinesis: the new status is stored and published, the
// caller is answered, and a StreamJob does the rest.
//
//   CreateStream ─▶ CREATING ─▶ (shards made) ─▶ ACTIVE ─▶ DeleteStream ─▶ DELETING ─▶ gone
//                    └ carried on after a restart                           └ likewise
//
//   ACTIVE ─▶ SplitShard, MergeShards, UpdateShardCount ─▶ UPDATING ─▶ (switches made) ─▶ ACTIVE
//                                                           └ carried on after a restart
//
// A stream's name can be used again when it is gone; its id never is. A status is left by one
// writer only: CREATING, UPDATING and DELETING by the stream's job, ACTIVE by the calls here, which
// run on one strand, because they share the id counter and the limits a node has. Every change of a
// stored stream goes through the StreamEditor.
//
// Thread-safe between Start and Stop. Create and Delete post their work to the executor, as they
// block on the disk; everything else answers from memory on the calling thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>

#include "broker/cluster/metadata_store.h"
#include "broker/stream/account_settings.h"
#include "broker/stream/pending_work.h"
#include "broker/stream/reshard_requests.h"
#include "broker/stream/shard_paging.h"
#include "broker/stream/stream_editor.h"
#include "broker/stream/stream_job.h"
#include "broker/stream/stream_requests.h"
#include "broker/stream/stream_snapshot.h"
#include "broker/stream/stream_store.h"
#include "broker/stream/stream_table.h"
#include "broker/token/token_codec.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/mutex.h"
#include "storage/shard_log.h"

namespace penstock::broker {

struct StreamPage {
  // In order of name.
  std::vector<std::shared_ptr<const StreamSnapshot>> streams;
  bool has_more = false;
  // Empty on the last page.
  std::string next_token;
};

// What all streams of a node have, and may have, together.
struct StreamTotals {
  uint32_t shard_limit = 0;
  uint32_t open_shard_count = 0;
  uint32_t on_demand_stream_count = 0;
  uint32_t on_demand_stream_count_limit = 0;
};

// The states of a stream in which a change is made; in the others it is refused STREAM_NOT_ACTIVE.
enum class ChangeableIn {
  kActive,
  // ACTIVE and UPDATING.
  kServing,
  // All but DELETING.
  kNotDeleting,
};

struct StreamChange {
  std::shared_ptr<const StreamSnapshot> before;
  // Stored and published.
  std::shared_ptr<const StreamSnapshot> after;
};

// All that is referred to must outlive the catalog.
struct StreamCatalogOptions {
  MetadataStore& metadata;
  storage::ShardLog& log;
  const TokenCodec& tokens;
  boost::asio::any_io_executor executor;
  const Clock& clock;
  uint32_t streams_max = kStreamsMax;
  uint32_t shards_max = kShardsMax;
  // Waits after a failed attempt to create, reshard or delete.
  int64_t retry_min_ms = 100;
  int64_t retry_max_ms = 10'000;
  // Null: the account has made no commitment.
  const AccountSettings* account = nullptr;
  // Told of each stream that is gone, for what others keep of it. May be empty.
  std::function<void(StreamId)> on_deleted = nullptr;
};

class StreamCatalog final : public StreamDirectory {
 public:
  using DoneCallback = std::function<void(absl::Status)>;
  using CountCallback = std::function<void(absl::StatusOr<uint32_t>)>;
  // A plan without children changes nothing.
  using ReshardPlanner = std::function<absl::StatusOr<ReshardPlan>(const StreamSnapshot&)>;
  using ChangedCallback = std::function<void(absl::StatusOr<StreamChange>)>;
  // Changes the configuration, which is not stored if it fails. May be called more than once, each
  // time with the newest configuration.
  using ConfigChange = std::function<absl::Status(StreamConfig&)>;

  explicit StreamCatalog(StreamCatalogOptions options);
  // Stops.
  ~StreamCatalog() override;

  // Loads all streams and carries on with those being created or deleted. DATA_LOSS naming the
  // stream, also where a shard of an active stream is missing from the log; UNAVAILABLE.
  absl::Status Start();
  // Refuses new work, waits for the step of each job that is under way, and leaves the rest for the
  // next start. Blocks: not on a thread of the executor. Idempotent.
  void Stop();

  // `done` is called once, on a thread of the executor, or on this one if stopped: OK when the
  // stream is stored as CREATING. INVALID_ARGUMENT; ALREADY_EXISTS (STREAM_ALREADY_EXISTS);
  // RESOURCE_EXHAUSTED (LIMIT_EXCEEDED): the node has streams_max, shards_max or
  // kOnDemandStreamsMax; UNAVAILABLE (SHUTTING_DOWN; STORAGE_FAILED: the stream may have been made).
  void CreateStream(CreateStreamSpec spec, DoneCallback done);
  // As CreateStream; OK when the stream is stored as DELETING. NOT_FOUND (STREAM_NOT_FOUND),
  // FAILED_PRECONDITION (STREAM_NOT_ACTIVE): it is being created, changed or deleted
  // (STREAM_HAS_CONSUMERS): it has, and their deletion is not enforced.
  void DeleteStream(DeleteStreamSpec spec, DoneCallback done);
  // Runs `change`, one change at a time, on a thread of the executor, where it may block. `done` as
  // in CreateStream: the errors of `change`; INVALID_ARGUMENT, NOT_FOUND, STREAM_NOT_ACTIVE,
  // UNAVAILABLE.
  void ChangeStream(std::string stream_name, ChangeableIn states, ConfigChange change,
                    ChangedCallback done);

  // As CreateStream; OK when the stream is stored as UPDATING, and its switches are being made.
  // Errors of reshard_requests.h; NOT_FOUND (STREAM_NOT_FOUND); RESOURCE_EXHAUSTED
  // (LIMIT_EXCEEDED): the node has shards_max.
  void SplitShard(SplitShardSpec spec, DoneCallback done);
  void MergeShards(MergeShardsSpec spec, DoneCallback done);
  // Gives the number of open shards before the change.
  void UpdateShardCount(UpdateShardCountSpec spec, CountCallback done);
  // The same for whoever makes plans of its own, and for any mode.
  void Reshard(std::string stream_name, ReshardPlanner planner, DoneCallback done);

  // INVALID_ARGUMENT; FAILED_PRECONDITION (EXPIRED_NEXT_TOKEN).
  absl::StatusOr<StreamPage> ListStreams(const ListStreamsQuery& query) const;
  // A stream that is being created has no shards yet. INVALID_ARGUMENT, NOT_FOUND.
  absl::StatusOr<ShardPage> DescribeStream(const DescribeStreamQuery& query) const;
  absl::StatusOr<std::shared_ptr<const StreamSnapshot>> DescribeStreamSummary(
      std::string_view stream_name) const;
  // INVALID_ARGUMENT, NOT_FOUND; FAILED_PRECONDITION: STREAM_NOT_ACTIVE (being created or deleted),
  // EXPIRED_NEXT_TOKEN.
  absl::StatusOr<ShardPage> ListShards(const ListShardsQuery& query) const;

  StreamTotals Totals() const;

  absl::StatusOr<std::shared_ptr<const StreamSnapshot>> Find(
      std::string_view stream_name) const override;
  absl::StatusOr<std::shared_ptr<const StreamSnapshot>> Find(StreamId id) const override;
  WaitId WaitForNewer(const StreamSnapshot& seen,
                      absl::AnyInvocable<void() &&> ready) const override;
  bool CancelWait(StreamId id, WaitId wait) const override;

  const StreamTable& table() const { return table_; }
  StreamEditor& editor() { return editor_; }

 private:
  // On changes_.
  absl::Status AdmitCreate(CreateStreamSpec spec);
  absl::Status AdmitDelete(const DeleteStreamSpec& spec);
  absl::Status AdmitChange(const std::string& stream_name, ChangeableIn states,
                           const ConfigChange& change, StreamChange& made);
  absl::Status AdmitReshard(const std::string& stream_name, const ReshardPlanner& planner);

  void RunChange(std::function<absl::Status()> change, DoneCallback done);
  // For a stream in CREATING, UPDATING or DELETING, of which work has begun (pending_).
  void StartJob(StreamEditor::Snapshot stream);
  absl::Status CheckRoomFor(const NewStreamSettings& stream) const;
  absl::Status CheckShardsExist(const StreamSnapshot& stream) const;

  const StreamCatalogOptions options_;
  StreamStore store_;
  StreamTable table_;
  StreamEditor editor_;
  boost::asio::strand<boost::asio::any_io_executor> changes_;
  // Changes that wait or run, and jobs.
  PendingWork pending_;

  Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<std::shared_ptr<StreamJob>> jobs_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
