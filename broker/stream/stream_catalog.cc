#include "broker/stream/stream_catalog.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include <boost/asio/post.hpp>

#include "broker/stream/page_token.h"
#include "broker/stream/request_checks.h"
#include "broker/stream/stream_changes.h"
#include "common/error.h"
#include "common/log.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

absl::Status ShuttingDown() {
  return MakeError(ErrorReason::kShuttingDown, "the broker is shutting down");
}

absl::Status AlreadyExists(std::string_view name) {
  return MakeError(ErrorReason::kStreamAlreadyExists,
                   absl::StrCat("stream ", std::string(name), " already exists"));
}

absl::Status CheckChangeable(const StreamConfig& config, ChangeableIn states) {
  switch (config.status) {
    case StreamStatus::kActive:
      return absl::OkStatus();
    case StreamStatus::kUpdating:
      return states != ChangeableIn::kActive ? absl::OkStatus() : NotActive(config);
    case StreamStatus::kCreating:
      return states == ChangeableIn::kNotDeleting ? absl::OkStatus() : NotActive(config);
    case StreamStatus::kDeleting:
      break;
  }
  return NotActive(config);
}

std::shared_ptr<const StreamSnapshot> NewStream(NewStreamSettings stream, StreamId id,
                                                int64_t now_ms) {
  StreamConfig config = std::move(stream.config);
  config.id = id;
  config.status = StreamStatus::kCreating;
  config.creation_timestamp_ms = now_ms;
  std::vector<ShardInfo> shards;
  for (const HashKeyRange& range : UniformRanges(stream.shard_count)) {
    ShardInfo shard;
    shard.index = ShardIndex(static_cast<uint32_t>(shards.size()));
    shard.hash_keys = range;
    shard.creation_timestamp_ms = now_ms;
    shards.push_back(std::move(shard));
  }
  config.next_shard_index = ShardIndex(stream.shard_count);
  return std::make_shared<const StreamSnapshot>(std::move(config), std::move(shards));
}

}  // namespace

StreamCatalog::StreamCatalog(StreamCatalogOptions options)
    : options_(std::move(options)),
      store_(options_.metadata),
      editor_(store_, table_),
      changes_(boost::asio::make_strand(options_.executor)) {}

StreamCatalog::~StreamCatalog() {
  Stop();
}

absl::Status StreamCatalog::Start() {
  ASSIGN_OR_RETURN(const std::vector<StoredStreamEntry> streams, store_.Load());
  for (const StoredStreamEntry& stream : streams) {
    if (stream.snapshot->serving()) RETURN_IF_ERROR(CheckShardsExist(*stream.snapshot));
  }
  for (const StoredStreamEntry& stream : streams) table_.Publish(stream);
  for (const StoredStreamEntry& stream : streams) {
    if (stream.snapshot->config().status == StreamStatus::kActive) continue;
    if (pending_.TryBegin()) StartJob(stream.snapshot);
  }
  return absl::OkStatus();
}

// Records that are missing are never taken for a stream without records.
absl::Status StreamCatalog::CheckShardsExist(const StreamSnapshot& stream) const {
  for (const ShardInfo& shard : stream.shards()) {
    absl::Status found = options_.log.Bounds(stream.KeyOf(shard)).status();
    if (found.ok()) continue;
    if (ReasonOf(found) != ErrorReason::kShardNotFound) return found;
    return MakeError(
        ErrorReason::kCorruptRecords,
        absl::StrCat("stream ", stream.config().name, " (id ", stream.config().id.value(),
                     "): its ", FormatShardId(shard.index), " is missing from the shard log"));
  }
  return absl::OkStatus();
}

void StreamCatalog::Stop() {
  pending_.Close();
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    for (const std::shared_ptr<StreamJob>& job : jobs_) job->Cancel();
  }
  pending_.CloseAndWait();
}

void StreamCatalog::StartJob(StreamEditor::Snapshot stream) {
  std::string name = stream->config().name;
  std::unique_ptr<StreamTask> task = MakeStreamTask(
      {editor_, options_.log, options_.clock, options_.on_deleted}, std::move(stream));
  // The job's own callback takes it out of jobs_: through a weak pointer, or it would own itself.
  auto self = std::make_shared<std::weak_ptr<StreamJob>>();
  auto job = std::make_shared<StreamJob>(
      StreamJobOptions{options_.executor, options_.retry_min_ms, options_.retry_max_ms},
      std::move(name), std::move(task), [this, self] {
        {
          MutexLock lock(mutex_);
          jobs_.erase(self->lock());
        }
        pending_.End();
      });
  *self = job;
  MutexLock lock(mutex_);
  jobs_.insert(job);
  job->Start();
  if (stopped_) job->Cancel();
}

void StreamCatalog::RunChange(std::function<absl::Status()> change, DoneCallback done) {
  if (!pending_.TryBegin()) {
    done(ShuttingDown());
    return;
  }
  boost::asio::post(changes_, [this, change = std::move(change), done = std::move(done)] {
    done(change());
    pending_.End();
  });
}

void StreamCatalog::CreateStream(CreateStreamSpec spec, DoneCallback done) {
  RunChange([this, spec = std::move(spec)] { return AdmitCreate(spec); }, std::move(done));
}

void StreamCatalog::DeleteStream(DeleteStreamSpec spec, DoneCallback done) {
  RunChange([this, spec = std::move(spec)] { return AdmitDelete(spec); }, std::move(done));
}

void StreamCatalog::ChangeStream(std::string stream_name, ChangeableIn states, ConfigChange change,
                                 ChangedCallback done) {
  auto made = std::make_shared<StreamChange>();
  RunChange([this, name = std::move(stream_name), states, change = std::move(change),
             made] { return AdmitChange(name, states, change, *made); },
            [done = std::move(done), made](absl::Status status) {
              if (status.ok()) {
                done(std::move(*made));
              } else {
                done(std::move(status));
              }
            });
}

absl::Status StreamCatalog::AdmitChange(const std::string& stream_name, ChangeableIn states,
                                        const ConfigChange& change, StreamChange& made) {
  ASSIGN_OR_RETURN(const auto found, DescribeStreamSummary(stream_name));
  ASSIGN_OR_RETURN(
      made.after,
      editor_.Edit(
          found->config().id,
          [&](const StreamEditor::Snapshot& stream) -> absl::StatusOr<StreamEditor::Snapshot> {
            RETURN_IF_ERROR(CheckChangeable(stream->config(), states));
            StreamConfig config = stream->config();
            RETURN_IF_ERROR(change(config));
            made.before = stream;
            return std::make_shared<const StreamSnapshot>(std::move(config), stream->shards());
          }));
  return absl::OkStatus();
}

absl::Status StreamCatalog::CheckRoomFor(const NewStreamSettings& stream) const {
  const uint32_t shards = stream.shard_count;
  if (table_.stream_count() >= options_.streams_max) {
    return MakeError(ErrorReason::kLimitExceeded,
                     absl::StrCat("there are ", table_.stream_count(),
                                  " streams; a node takes no more than ", options_.streams_max));
  }
  if (table_.shard_count() + shards > options_.shards_max) {
    return MakeError(ErrorReason::kLimitExceeded,
                     absl::StrCat("there are ", table_.shard_count(), " shards; with ", shards,
                                  " more a node would have more than ", options_.shards_max));
  }
  if (stream.config.mode != StreamMode::kOnDemand) return absl::OkStatus();
  return CheckRoomForOnDemand(table_.on_demand_stream_count());
}

absl::Status StreamCatalog::AdmitCreate(CreateStreamSpec given) {
  const bool committed = options_.account != nullptr && options_.account->committed();
  ASSIGN_OR_RETURN(NewStreamSettings settings, ResolveCreateStream(std::move(given), committed));
  const std::string name = settings.config.name;
  if (table_.Get(name)) return AlreadyExists(name);
  RETURN_IF_ERROR(CheckRoomFor(settings));

  ASSIGN_OR_RETURN(const StreamId id, store_.TakeId());
  auto snapshot = NewStream(std::move(settings), id, options_.clock.NowMs());
  const absl::StatusOr<Revision> put = store_.Put(*snapshot, Revision());
  if (put.status().code() == absl::StatusCode::kAborted) return AlreadyExists(name);
  RETURN_IF_ERROR(put.status());

  table_.Publish({snapshot, *put});
  pending_.BeginMore();
  StartJob(std::move(snapshot));
  return absl::OkStatus();
}

absl::Status StreamCatalog::AdmitDelete(const DeleteStreamSpec& spec) {
  StreamChange made;
  RETURN_IF_ERROR(AdmitChange(
      spec.name, ChangeableIn::kActive,
      [&spec](StreamConfig& config) {
        if (!config.consumers.empty() && !spec.enforce_consumer_deletion) {
          return MakeError(ErrorReason::kStreamHasConsumers,
                           absl::StrCat("stream ", config.name, " has ", config.consumers.size(),
                                        " consumers and enforce_consumer_deletion is not set"));
        }
        config.consumers.clear();
        config.status = StreamStatus::kDeleting;
        return absl::OkStatus();
      },
      made));
  pending_.BeginMore();
  StartJob(std::move(made.after));
  return absl::OkStatus();
}

absl::StatusOr<StreamPage> StreamCatalog::ListStreams(const ListStreamsQuery& query) const {
  ASSIGN_OR_RETURN(const uint32_t limit,
                   ResolvePageSize("limit", query.limit, kListStreamsDefault));
  NameCursor cursor{StreamId(), query.exclusive_start_stream_name};
  if (!query.exclusive_start_stream_name.empty()) {
    constexpr std::string_view kField = "exclusive_start_stream_name";
    if (!query.next_token.empty()) {
      return InvalidField(kField, "is not allowed together with next_token");
    }
    RETURN_IF_ERROR(CheckStreamName(query.exclusive_start_stream_name, kField));
  } else if (!query.next_token.empty()) {
    ASSIGN_OR_RETURN(cursor, OpenNameCursor(options_.tokens, TokenPurpose::kListStreams,
                                            query.next_token, options_.clock.NowMs()));
  }
  StreamPage page;
  // One more than asked for, to know whether there is more.
  page.streams = table_.ListAfter(cursor.after, size_t{limit} + 1);
  page.has_more = page.streams.size() > limit;
  if (page.has_more) {
    page.streams.pop_back();
    page.next_token = SealNameCursor(options_.tokens, TokenPurpose::kListStreams,
                                     {StreamId(), page.streams.back()->config().name});
  }
  return page;
}

StreamTotals StreamCatalog::Totals() const {
  return {options_.shards_max, static_cast<uint32_t>(table_.open_shard_count()),
          static_cast<uint32_t>(table_.on_demand_stream_count()), kOnDemandStreamsMax};
}

absl::StatusOr<std::shared_ptr<const StreamSnapshot>> StreamCatalog::DescribeStreamSummary(
    std::string_view stream_name) const {
  RETURN_IF_ERROR(CheckStreamName(stream_name));
  return table_.Find(stream_name);
}

absl::StatusOr<ShardPage> StreamCatalog::DescribeStream(const DescribeStreamQuery& query) const {
  ASSIGN_OR_RETURN(const uint32_t limit,
                   ResolvePageSize("limit", query.limit, kDescribeStreamShardsDefault));
  ASSIGN_OR_RETURN(const uint64_t from, FirstIndexAfter(query.exclusive_start_shard_id));
  ASSIGN_OR_RETURN(auto stream, DescribeStreamSummary(query.stream_name));
  if (stream->config().status == StreamStatus::kCreating) {
    return ShardPage{std::move(stream), {}, false, ""};
  }
  const ShardFilter kept = ResolveShardFilter({}, stream->config(), options_.clock.NowMs());
  return PageOfShards(std::move(stream), from, kept, limit);
}

absl::StatusOr<ShardPage> StreamCatalog::ListShards(const ListShardsQuery& query) const {
  const int64_t now_ms = options_.clock.NowMs();
  ASSIGN_OR_RETURN(const uint32_t limit,
                   ResolvePageSize("max_results", query.max_results, kListShardsDefault));
  RETURN_IF_ERROR(CheckListShards(query, now_ms));
  ShardCursor cursor;
  std::shared_ptr<const StreamSnapshot> stream;
  if (query.next_token.empty()) {
    const ShardFilterSpec filter = query.filter.value_or(ShardFilterSpec());
    ASSIGN_OR_RETURN(const uint64_t after_start, FirstIndexAfter(query.exclusive_start_shard_id));
    ASSIGN_OR_RETURN(const uint64_t after_filter, FirstIndexAfter(filter.shard_id));
    cursor.from_index = std::max(after_start, after_filter);
    ASSIGN_OR_RETURN(stream, DescribeStreamSummary(query.stream_name));
    RETURN_IF_ERROR(CheckCreationTime(stream->config(), query.stream_creation_timestamp_ms));
    cursor.filter = ResolveShardFilter(filter, stream->config(), now_ms);
  } else {
    ASSIGN_OR_RETURN(cursor, OpenCursor(options_.tokens, query.next_token, now_ms));
    ASSIGN_OR_RETURN(stream, table_.Find(cursor.stream));
  }
  if (!stream->serving()) return NotActive(stream->config());

  ShardPage page = PageOfShards(std::move(stream), cursor.from_index, cursor.filter, limit);
  if (page.has_more) {
    const ShardCursor next{page.stream->config().id, page.shards.back().index.value() + 1,
                           cursor.filter};
    page.next_token = SealCursor(options_.tokens, next);
  }
  return page;
}

absl::StatusOr<std::shared_ptr<const StreamSnapshot>> StreamCatalog::Find(
    std::string_view stream_name) const {
  return table_.Find(stream_name);
}

absl::StatusOr<std::shared_ptr<const StreamSnapshot>> StreamCatalog::Find(StreamId id) const {
  return table_.Find(id);
}

StreamDirectory::WaitId StreamCatalog::WaitForNewer(const StreamSnapshot& seen,
                                                    absl::AnyInvocable<void() &&> ready) const {
  return table_.WaitForNewer(seen, std::move(ready));
}

bool StreamCatalog::CancelWait(StreamId id, WaitId wait) const {
  return table_.CancelWait(id, wait);
}

}  // namespace penstock::broker
