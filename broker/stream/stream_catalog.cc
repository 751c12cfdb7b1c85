#include "broker/stream/stream_catalog.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include <boost/asio/post.hpp>

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

std::shared_ptr<const StreamSnapshot> NewStream(const CreateStreamSpec& spec, StreamId id,
                                                int64_t now_ms) {
  StreamConfig config;
  config.id = id;
  config.name = spec.name;
  config.status = StreamStatus::kCreating;
  config.creation_timestamp_ms = now_ms;
  config.retention_period_minutes = spec.retention_period_hours * 60;
  config.max_record_size_in_kib = spec.max_record_size_in_kib;
  std::vector<ShardInfo> shards;
  for (const HashKeyRange& range : UniformRanges(spec.shard_count)) {
    ShardInfo shard;
    shard.index = ShardIndex(static_cast<uint32_t>(shards.size()));
    shard.hash_keys = range;
    shard.creation_timestamp_ms = now_ms;
    shards.push_back(std::move(shard));
  }
  config.next_shard_index = ShardIndex(spec.shard_count);
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
  std::unique_ptr<StreamTask> task =
      MakeStreamTask({editor_, options_.log, options_.clock}, std::move(stream));
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

void StreamCatalog::DeleteStream(std::string stream_name, DoneCallback done) {
  RunChange([this, name = std::move(stream_name)] { return AdmitDelete(name); }, std::move(done));
}

absl::Status StreamCatalog::CheckRoomFor(uint32_t shards) const {
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
  return absl::OkStatus();
}

absl::Status StreamCatalog::AdmitCreate(CreateStreamSpec given) {
  ASSIGN_OR_RETURN(const CreateStreamSpec spec, ResolveCreateStream(std::move(given)));
  if (table_.Get(spec.name)) return AlreadyExists(spec.name);
  RETURN_IF_ERROR(CheckRoomFor(spec.shard_count));

  ASSIGN_OR_RETURN(const StreamId id, store_.TakeId());
  auto snapshot = NewStream(spec, id, options_.clock.NowMs());
  const absl::StatusOr<Revision> put = store_.Put(*snapshot, Revision());
  if (put.status().code() == absl::StatusCode::kAborted) return AlreadyExists(spec.name);
  RETURN_IF_ERROR(put.status());

  table_.Publish({snapshot, *put});
  pending_.BeginMore();
  StartJob(std::move(snapshot));
  return absl::OkStatus();
}

absl::Status StreamCatalog::AdmitDelete(const std::string& stream_name) {
  RETURN_IF_ERROR(CheckStreamName(stream_name));
  ASSIGN_OR_RETURN(const StreamEditor::Snapshot stream, table_.Find(stream_name));
  const auto mark =
      [](const StreamEditor::Snapshot& now) -> absl::StatusOr<StreamEditor::Snapshot> {
    StreamConfig config = now->config();
    if (config.status != StreamStatus::kActive) return NotActive(config);
    config.status = StreamStatus::kDeleting;
    return std::make_shared<const StreamSnapshot>(std::move(config), now->shards());
  };
  ASSIGN_OR_RETURN(StreamEditor::Snapshot deleting, editor_.Edit(stream->config().id, mark));
  pending_.BeginMore();
  StartJob(std::move(deleting));
  return absl::OkStatus();
}

absl::StatusOr<StreamPage> StreamCatalog::ListStreams(const ListStreamsQuery& query) const {
  ASSIGN_OR_RETURN(const uint32_t limit,
                   ResolvePageSize("limit", query.limit, kListStreamsDefault));
  if (!query.exclusive_start_stream_name.empty()) {
    RETURN_IF_ERROR(
        CheckStreamName(query.exclusive_start_stream_name, "exclusive_start_stream_name"));
  }
  StreamPage page;
  // One more than asked for, to know whether there is more.
  page.streams = table_.ListAfter(query.exclusive_start_stream_name, size_t{limit} + 1);
  page.has_more = page.streams.size() > limit;
  if (page.has_more) page.streams.pop_back();
  return page;
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
