#include "client/cli/stream_tail.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "client/cli/polling_reader.h"
#include "client/cli/push_reader.h"
#include "common/status_macros.h"
#include "penstock/errors.h"

namespace penstock::cli {
namespace {

// How often it is looked whether the work is over, and which shards are to be tried again.
constexpr absl::Duration kTick = absl::Milliseconds(100);

std::unique_ptr<ShardReader> MakeReader(Client& client, const StreamTailOptions& options,
                                        std::shared_ptr<ShardEvents> events) {
  if (!options.consumer_name.empty()) {
    return std::make_unique<PushReader>(client, options.stream_name, options.consumer_name,
                                        std::move(events));
  }
  return std::make_unique<PollingReader>(client, options.stream_name, !options.until_caught_up,
                                         std::move(events));
}

// Shards that ended before the place to begin have nothing to give.
ShardFilter FilterFor(const StreamTailOptions& options) {
  if (!options.shard_id.empty()) return ShardFilter::FromTrimHorizon();
  switch (options.from.kind()) {
    case IteratorPosition::Kind::kLatest:
      return ShardFilter::AtLatest();
    case IteratorPosition::Kind::kAtTimestamp:
      return ShardFilter::FromTimestamp(options.from.timestamp());
    default:
      return ShardFilter::FromTrimHorizon();
  }
}

bool IsShardGone(const absl::Status& status) {
  return GetErrorDetails(status).reason == "SHARD_NOT_FOUND";
}

}  // namespace

StreamTail::StreamTail(Client& client, StreamTailOptions options, OnRecords on_records)
    : client_(client),
      options_(std::move(options)),
      on_records_(std::move(on_records)),
      started_(absl::Now()),
      events_(std::make_shared<ShardEvents>()),
      reader_(MakeReader(client_, options_, events_)) {}

StreamTail::~StreamTail() = default;

absl::Status StreamTail::Run() {
  RETURN_IF_ERROR(AddListedShards(true));
  if (!options_.shard_id.empty() && shards_.empty()) {
    return absl::NotFoundError(
        absl::StrCat("stream ", options_.stream_name, " has no shard ", options_.shard_id));
  }
  StartWaiting();
  while (reading_count_ + paused_count_ > 0) {
    if (options_.is_over && options_.is_over()) return absl::OkStatus();
    if (std::optional<ShardEvent> event = events_->Pop(kTick))
      RETURN_IF_ERROR(OnEvent(*std::move(event)));
    if (paused_count_ > 0) StartPaused();
  }
  return absl::OkStatus();
}

absl::Status StreamTail::AddListedShards(bool is_first_time) {
  const ShardFilter filter = is_first_time ? FilterFor(options_) : ShardFilter::FromTrimHorizon();
  ASSIGN_OR_RETURN(const std::vector<ShardDescription> shards,
                   client_.ListAllShards(options_.stream_name, filter));
  const bool is_latest = options_.from.kind() == IteratorPosition::Kind::kLatest;
  const bool is_at_number = options_.from.kind() == IteratorPosition::Kind::kAtSequenceNumber ||
                            options_.from.kind() == IteratorPosition::Kind::kAfterSequenceNumber;
  if (is_first_time && is_at_number && options_.shard_id.empty() && shards.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("--from at: and after: name a place in one shard; ", options_.stream_name,
                     " has ", shards.size(), ": say which with --shard"));
  }
  for (const ShardDescription& listed : shards) {
    if (!options_.shard_id.empty() && listed.shard_id != options_.shard_id) continue;
    if (shards_.count(listed.shard_id) > 0) continue;
    // Was there at the beginning and left out, since it had ended before.
    if (!is_first_time && listed.shard_id <= newest_at_start_) continue;
    Shard shard;
    // A shard that appeared later holds nothing but records that are new.
    if (is_first_time) shard.from = options_.from;
    if (is_first_time && is_latest && !listed.is_open()) shard.state = State::kEnded;
    shard.is_open = listed.is_open();
    shard.parents = {listed.parent_shard_id, listed.adjacent_parent_shard_id};
    shards_.emplace(listed.shard_id, std::move(shard));
  }
  // The newest shard is always among the open ones, and so in every list but that of one shard.
  if (is_first_time && !shards_.empty()) newest_at_start_ = shards_.rbegin()->first;
  return absl::OkStatus();
}

void StreamTail::AddChildren(const std::vector<ChildShard>& children) {
  if (!options_.shard_id.empty()) return;
  for (const ChildShard& child : children) {
    Shard shard;
    shard.parents = child.parent_shards;
    // The other parent of a merged shard may have named it already, or the list.
    shards_.emplace(child.shard_id, std::move(shard));
  }
}

absl::Status StreamTail::LearnWhichAreOpen() {
  ASSIGN_OR_RETURN(const std::vector<ShardDescription> open,
                   client_.ListAllShards(options_.stream_name, ShardFilter::AtLatest()));
  for (auto& [id, shard] : shards_) {
    if (!shard.is_open.has_value()) shard.is_open = false;
  }
  for (const ShardDescription& listed : open) {
    const auto shard = shards_.find(listed.shard_id);
    if (shard != shards_.end()) shard->second.is_open = listed.is_open();
  }
  return absl::OkStatus();
}

bool StreamTail::HasEnded(const std::string& shard_id) const {
  const auto shard = shards_.find(shard_id);
  // One that is not known has gone with its records, or was never asked for.
  return shard == shards_.end() || shard->second.state == State::kEnded;
}

void StreamTail::StartWaiting() {
  for (auto& [id, shard] : shards_) {
    const bool can_start = shard.state == State::kWaiting &&
                           std::all_of(shard.parents.begin(), shard.parents.end(),
                                       [&](const std::string& parent) { return HasEnded(parent); });
    if (can_start) Start(id, &shard);
  }
}

void StreamTail::StartPaused() {
  const absl::Time now = absl::Now();
  for (auto& [id, shard] : shards_) {
    if (shard.state == State::kPaused && shard.retry_at <= now) Start(id, &shard);
  }
}

void StreamTail::Start(const std::string& shard_id, Shard* shard) {
  SetState(shard, State::kReading);
  shard->has_answered = false;
  absl::Status started = reader_->Start(shard_id, shard->from);
  // Goes the way of an answer, so that there is one place for what follows.
  if (!started.ok()) events_->Push({shard_id, std::move(started)});
}

void StreamTail::SetState(Shard* shard, State state) {
  const auto count = [this](State of) -> size_t* {
    if (of == State::kReading) return &reading_count_;
    return of == State::kPaused ? &paused_count_ : nullptr;
  };
  if (size_t* const left = count(shard->state)) --*left;
  if (size_t* const entered = count(state)) ++*entered;
  shard->state = state;
}

absl::Status StreamTail::OnEvent(ShardEvent event) {
  Shard& shard = shards_.at(event.shard_id);
  // A subscription says that it is over after its shard has ended, and records come to one that is
  // caught up.
  if (shard.state != State::kReading) return absl::OkStatus();
  if (event.answer.ok()) return OnAnswer(event.shard_id, &shard, *event.answer);
  return OnError(event.shard_id, &shard, event.answer.status());
}

absl::Status StreamTail::OnAnswer(const std::string& shard_id, Shard* shard,
                                  const ShardAnswer& answer) {
  shard->has_answered = true;
  shard->failing_since.reset();
  if (answer.continuation_sequence_number.has_value())
    shard->from = IteratorPosition::AfterSequenceNumber(*answer.continuation_sequence_number);
  if (!answer.records.empty()) RETURN_IF_ERROR(on_records_(shard_id, answer.records));
  if (answer.has_ended) {
    SetState(shard, State::kEnded);
    AddChildren(answer.child_shards);
    // A broker of an earlier version does not name the children.
    if (answer.child_shards.empty()) RETURN_IF_ERROR(AddListedShards(false));
    StartWaiting();
    return absl::OkStatus();
  }
  if (options_.until_caught_up && answer.records_behind_latest == 0) {
    // A closed shard has its end still to come, and its children are to be read.
    if (!shard->is_open.has_value()) RETURN_IF_ERROR(LearnWhichAreOpen());
    if (*shard->is_open) {
      SetState(shard, State::kCaughtUp);
      return absl::OkStatus();
    }
  }
  reader_->Next(shard_id, answer);
  return absl::OkStatus();
}

absl::Status StreamTail::OnError(const std::string& shard_id, Shard* shard,
                                 const absl::Status& error) {
  if (IsShardGone(error) && options_.shard_id.empty()) {
    // Its last records have expired between the list and here.
    SetState(shard, State::kEnded);
    RETURN_IF_ERROR(AddListedShards(false));
    StartWaiting();
    return absl::OkStatus();
  }
  const ShardReader::OnError verdict = reader_->Judge(error, shard->has_answered);
  const absl::Time now = absl::Now();
  const absl::Time failing_since = shard->failing_since.value_or(now);
  if (verdict == ShardReader::OnError::kFail || now - failing_since > options_.patience)
    return error;
  // Nothing has come yet, so that what is new is what has come since the start.
  if (shard->from.kind() == IteratorPosition::Kind::kLatest)
    shard->from = IteratorPosition::AtTimestamp(started_);
  if (verdict == ShardReader::OnError::kStartAgain) {
    Start(shard_id, shard);
    return absl::OkStatus();
  }
  shard->failing_since = failing_since;
  SetState(shard, State::kPaused);
  shard->retry_at = now + options_.retry_delay;
  return absl::OkStatus();
}

}  // namespace penstock::cli
