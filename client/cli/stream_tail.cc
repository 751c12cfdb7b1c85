#include "client/cli/stream_tail.h"

#include <deque>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "common/mutex.h"
#include "common/status_macros.h"
#include "penstock/errors.h"

namespace penstock::cli {
namespace {

// Long enough to be no load, short enough for an iterator of five minutes.
constexpr absl::Duration kPollWait = absl::Seconds(20);

}  // namespace

// From the client's threads to the one in Run.
class StreamTail::Events {
 public:
  void Push(Event event) {
    MutexLock lock(mutex_);
    events_.push_back(std::move(event));
    arrived_.NotifyOne();
  }

  Event Pop() {
    MutexLock lock(mutex_);
    while (events_.empty()) arrived_.Wait(mutex_);
    Event event = std::move(events_.front());
    events_.pop_front();
    return event;
  }

 private:
  // Guards the queue; no other is taken while it is held.
  Mutex mutex_;
  CondVar arrived_;
  std::deque<Event> events_ ABSL_GUARDED_BY(mutex_);
};

StreamTail::StreamTail(Client& client, StreamTailOptions options, OnRecords on_records)
    : client_(client),
      options_(std::move(options)),
      on_records_(std::move(on_records)),
      started_(absl::Now()),
      events_(std::make_shared<Events>()) {}

StreamTail::~StreamTail() = default;

absl::Status StreamTail::Run() {
  RETURN_IF_ERROR(AddShards(true));
  if (!options_.shard_id.empty() && shards_.empty()) {
    return absl::NotFoundError(
        absl::StrCat("stream ", options_.stream_name, " has no shard ", options_.shard_id));
  }
  RETURN_IF_ERROR(StartShards());
  while (reading_count_ > 0) RETURN_IF_ERROR(OnEvent(events_->Pop()));
  return absl::OkStatus();
}

absl::Status StreamTail::AddShards(bool is_first_time) {
  ASSIGN_OR_RETURN(std::vector<ShardDescription> shards,
                   client_.ListAllShards(options_.stream_name));
  const bool is_at_number = options_.from.kind() == IteratorPosition::Kind::kAtSequenceNumber ||
                            options_.from.kind() == IteratorPosition::Kind::kAfterSequenceNumber;
  if (is_first_time && is_at_number && options_.shard_id.empty() && shards.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("--from at: and after: name a place in one shard; ", options_.stream_name,
                     " has ", shards.size(), ": say which with --shard"));
  }
  for (ShardDescription& description : shards) {
    if (!options_.shard_id.empty() && description.shard_id != options_.shard_id) continue;
    if (shards_.count(description.shard_id) > 0) continue;
    Shard shard;
    // A shard that appeared later holds nothing but records that are new.
    if (is_first_time) shard.from = options_.from;
    const bool is_skipped = is_first_time &&
                            options_.from.kind() == IteratorPosition::Kind::kLatest &&
                            !description.is_open();
    if (is_skipped) shard.state = State::kEnded;
    shard.description = std::move(description);
    shards_.emplace(shard.description.shard_id, shard);
  }
  return absl::OkStatus();
}

bool StreamTail::HasEnded(const std::string& shard_id) const {
  const auto shard = shards_.find(shard_id);
  // One that is not listed has gone with its records, or was never asked for.
  return shard == shards_.end() || shard->second.state == State::kEnded;
}

absl::Status StreamTail::StartShards() {
  for (auto& [id, shard] : shards_) {
    const bool can_start = shard.state == State::kWaiting &&
                           HasEnded(shard.description.parent_shard_id) &&
                           HasEnded(shard.description.adjacent_parent_shard_id);
    if (!can_start) continue;
    RETURN_IF_ERROR(GetIterator(&shard));
    shard.state = State::kReading;
    ++reading_count_;
    Poll(shard);
  }
  return absl::OkStatus();
}

absl::Status StreamTail::GetIterator(Shard* shard) {
  ASSIGN_OR_RETURN(
      shard->iterator,
      client_.GetShardIterator(options_.stream_name, shard->description.shard_id, shard->from));
  return absl::OkStatus();
}

void StreamTail::Poll(const Shard& shard) {
  GetRecordsOptions options;
  if (!options_.until_caught_up) options.max_wait = kPollWait;
  client_.GetRecordsAsync(
      shard.iterator, options,
      [events = events_, id = shard.description.shard_id](absl::StatusOr<GetRecordsResult> result) {
        events->Push({id, std::move(result)});
      });
}

absl::Status StreamTail::OnEvent(Event event) {
  Shard& shard = shards_.at(event.shard_id);
  if (GetErrorDetails(event.result.status()).reason == "EXPIRED_ITERATOR") return OnExpired(&shard);
  RETURN_IF_ERROR(event.result.status());
  GetRecordsResult& result = *event.result;
  if (!result.records.empty()) {
    shard.from = IteratorPosition::AfterSequenceNumber(result.records.back().sequence_number);
    RETURN_IF_ERROR(on_records_(event.shard_id, result.records));
  }
  if (result.next_shard_iterator.empty()) return End(&shard);
  if (options_.until_caught_up && result.records_behind_latest == 0) {
    --reading_count_;
    return absl::OkStatus();
  }
  shard.iterator = std::move(result.next_shard_iterator);
  Poll(shard);
  return absl::OkStatus();
}

absl::Status StreamTail::OnExpired(Shard* shard) {
  // Nothing has come yet, so that what is new is what has come since the start.
  if (shard->from.kind() == IteratorPosition::Kind::kLatest)
    shard->from = IteratorPosition::AtTimestamp(started_);
  RETURN_IF_ERROR(GetIterator(shard));
  Poll(*shard);
  return absl::OkStatus();
}

absl::Status StreamTail::End(Shard* shard) {
  shard->state = State::kEnded;
  --reading_count_;
  RETURN_IF_ERROR(AddShards(false));
  return StartShards();
}

}  // namespace penstock::cli
