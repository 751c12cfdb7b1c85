#include "client/producer/loop.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "common/check.h"
#include "penstock/errors.h"

namespace penstock::producer {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
// How often timeouts and expired records are looked for, at most and at least.
constexpr int64_t kTickUsMin = 10'000;
constexpr int64_t kTickUsMax = 1'000'000;
// How often the shard map is asked for though nothing is missing.
constexpr int64_t kMapRefreshUs = 60'000'000;

int64_t TickUs(const ProducerLoop::Options& options) {
  const absl::Duration shortest = std::min(options.record_ttl, options.request_timeout);
  if (shortest == absl::InfiniteDuration()) return kTickUsMax;
  return std::clamp(absl::ToInt64Microseconds(shortest) / 8, kTickUsMin, kTickUsMax);
}

// Asking again would not help: the stream is not there, or the broker does not serve this caller.
bool IsFinal(const absl::Status& error) {
  return GetErrorDetails(error).reason == "STREAM_NOT_FOUND" || absl::IsInvalidArgument(error) ||
         absl::IsUnimplemented(error) || absl::IsPermissionDenied(error) ||
         absl::IsUnauthenticated(error);
}

}  // namespace

ProducerLoop::ProducerLoop(Options options, const Parts& parts)
    : options_(std::move(options)),
      transport_(parts.transport),
      aggregator_(parts.aggregator),
      budget_(parts.budget),
      mailbox_(parts.mailbox),
      meter_(parts.meter),
      clock_(parts.clock),
      completer_(parts.budget, parts.meter),
      queues_(options_.queues, parts.aggregator),
      sender_(parts.transport, options_.queues.delays, options_.queues.seed,
              [this](StreamEvent event) { mailbox_.Post(std::move(event)); }),
      map_backoff_(options_.queues.delays, options_.queues.seed) {}

void ProducerLoop::Run() {
  now_us_ = clock_.MonotonicUs();
  next_tick_us_ = now_us_ + TickUs(options_);
  if (options_.metrics_interval != absl::InfiniteDuration())
    next_metrics_us_ = now_us_ + absl::ToInt64Microseconds(options_.metrics_interval);
  while (true) {
    Mailbox::Taken taken = mailbox_.Wait(NextLookUs());
    now_us_ = clock_.MonotonicUs();
    for (Event& event : taken.events) Handle(std::move(event));
    if (taken.stopped) break;
    DoTimed();
    Pump();
    if (auto ready = budget_.TakeReady(); ready != nullptr) ready();
  }
  for (int i = 0; i < transport_.connection_count(); ++i)
    DropConnection(i, absl::CancelledError("the producer was destroyed"));
  FailAll(absl::CancelledError("the producer was destroyed"));
}

int64_t ProducerLoop::NextLookUs() const {
  int64_t next = next_tick_us_;
  if (next_metrics_us_ > 0) next = std::min(next, next_metrics_us_);
  if (const auto due = aggregator_.NextDueUs(); due.has_value()) next = std::min(next, *due);
  if (!timers_.empty()) next = std::min(next, timers_.begin()->first);
  if (map_wanted_ && !map_asked_) next = std::min(next, map_retry_at_us_);
  return next;
}

void ProducerLoop::Handle(Event event) {
  if (auto* sealed = std::get_if<SealedEvent>(&event); sealed != nullptr) {
    Push(sealed->queue, std::move(sealed->batch));
  } else if (auto* stream = std::get_if<StreamEvent>(&event); stream != nullptr) {
    OnStream(std::move(*stream));
  } else if (auto* map = std::get_if<ShardMapEvent>(&event); map != nullptr) {
    OnShardMap(std::move(map->map));
  } else {
    flush_at_install_ = aggregator_.HasUnrouted();
    Take(aggregator_.TakeAll());
  }
}

void ProducerLoop::OnStream(StreamEvent event) {
  if (!sender_.IsCurrent(event)) return;
  if (const auto* end = std::get_if<absl::Status>(&event.what); end != nullptr)
    return DropConnection(event.connection, *end);
  auto& answer = std::get<BatchAnswer>(event.what);
  const auto call = calls_.find(answer.call_id);
  if (call == calls_.end()) return;
  const QueueId id = call->second.queue;
  calls_.erase(call);
  sender_.OnAnswered(event.connection);
  if (!answer.status.ok()) {
    meter_.OnError(answer.status);
    const Verdict verdict = Judge(answer.status);
    const bool has_map = answer.shard_map != nullptr && IsOfCurrentStream(*answer.shard_map) &&
                         answer.shard_map->version > queues_.map()->version;
    if (verdict == Verdict::kGone || (verdict == Verdict::kShardClosed && !has_map))
      map_wanted_ = true;
  }
  const ShardMapPtr map = answer.shard_map;
  if (ShardQueue* const queue = queues_.Find(id); queue != nullptr) {
    queue->OnAnswer(std::move(answer), now_us_);
    changed_.insert(id);
  }
  // A stream of the same name may have taken the place of the one that answers.
  if (map != nullptr && IsOfCurrentStream(*map)) Install(map);
}

bool ProducerLoop::IsOfCurrentStream(const ShardMap& map) const {
  return queues_.map() != nullptr && queues_.map()->stream == map.stream;
}

void ProducerLoop::DropConnection(int connection, const absl::Status& why) {
  sender_.Drop(connection, why, now_us_);
  meter_.OnError(why);
  absl::flat_hash_set<QueueId> lost;
  for (auto call = calls_.begin(); call != calls_.end();) {
    if (call->second.connection != connection) {
      ++call;
      continue;
    }
    lost.insert(call->second.queue);
    calls_.erase(call++);
  }
  for (const QueueId id : lost) {
    if (ShardQueue* const queue = queues_.Find(id); queue != nullptr) {
      queue->OnConnectionLost(why, now_us_);
      changed_.insert(id);
    }
  }
}

void ProducerLoop::OnShardMap(absl::StatusOr<ShardMapPtr> map) {
  map_asked_ = false;
  if (map.ok()) {
    meter_.OnShardMap();
    Install(*map);
    // It may be of before a shard was closed, by a broker that is behind or by chance.
    map_wanted_ = queues_.WaitsForMap();
    if (map_wanted_) {
      map_retry_at_us_ = now_us_ + map_backoff_.NextUs(absl::OkStatus());
    } else {
      map_backoff_.Reset();
    }
    return;
  }
  meter_.OnError(map.status());
  map_retry_at_us_ = now_us_ + map_backoff_.NextUs(map.status());
  // Nothing that was put can be stored; what is put later is asked about anew.
  if (IsFinal(map.status())) {
    map_wanted_ = false;
    FailAll(map.status());
  }
}

void ProducerLoop::Install(const ShardMapPtr& map) {
  // Records that were put before their stream was known are looked at here; later ones by Put.
  completer_.Fail(aggregator_.TakeUnroutedLarger(map->record_bytes_max),
                  RecordTooLarge(map->record_bytes_max));
  record_bytes_max_.store(map->record_bytes_max, std::memory_order_relaxed);
  map_refresh_at_us_ = now_us_ + kMapRefreshUs;
  Take(queues_.Install(map));
  if (std::exchange(flush_at_install_, false)) Take(aggregator_.TakeAll());
  shard_count_.store(queues_.map()->shards.size(), std::memory_order_relaxed);
}

void ProducerLoop::FailAll(const absl::Status& error) {
  completer_.Fail(aggregator_.TakeUnrouted(kNever), error);
  Take(aggregator_.TakeAll());
  std::vector<QueueId> ids;
  for (const auto& [id, queue] : queues_.queues()) ids.push_back(id);
  for (const QueueId id : ids) {
    ShardQueue* const queue = queues_.Find(id);
    queue->Expire(kNever, error, now_us_);
    for (FinishedBatch& finished : queue->TakeFinished()) completer_.Complete(std::move(finished));
    changed_.insert(id);
  }
}

void ProducerLoop::Take(std::vector<ClosedBatch> closed) {
  for (ClosedBatch& batch : closed) {
    Push(batch.queue, std::move(batch.batch).Seal(batch.shard, batch.stamp, options_.queues.codec));
  }
}

void ProducerLoop::Push(QueueId id, SealedBatch batch) {
  // A queue lives until all its batches have come.
  ShardQueue* const queue = queues_.Find(id);
  CHECK(queue != nullptr);
  queue->Push(std::move(batch));
  changed_.insert(id);
}

void ProducerLoop::DoTimed() {
  if (aggregator_.HasUnrouted()) map_wanted_ = true;
  if (queues_.map() != nullptr && now_us_ >= map_refresh_at_us_) {
    map_refresh_at_us_ = now_us_ + kMapRefreshUs;
    map_wanted_ = true;
  }
  if (map_wanted_ && !map_asked_ && now_us_ >= map_retry_at_us_) AskForShardMap();
  Take(aggregator_.TakeDue(now_us_, [this](QueueId id) {
    const ShardQueue* const queue = queues_.Find(id);
    return queue != nullptr && queue->CanSendMore(now_us_);
  }));
  while (!timers_.empty() && timers_.begin()->first <= now_us_) {
    changed_.insert(timers_.begin()->second);
    timers_.erase(timers_.begin());
  }
  if (now_us_ >= next_tick_us_) {
    next_tick_us_ = now_us_ + TickUs(options_);
    LookForTimeouts();
    ExpireRecords();
  }
  if (next_metrics_us_ > 0 && now_us_ >= next_metrics_us_) {
    next_metrics_us_ = now_us_ + absl::ToInt64Microseconds(options_.metrics_interval);
    options_.on_metrics();
  }
}

void ProducerLoop::AskForShardMap() {
  map_asked_ = true;
  transport_.GetShardMap(options_.stream_name, [this](absl::StatusOr<ShardMapPtr> map) {
    mailbox_.Post(ShardMapEvent{std::move(map)});
  });
}

void ProducerLoop::LookForTimeouts() {
  if (options_.request_timeout == absl::InfiniteDuration()) return;
  const int64_t sent_before = now_us_ - absl::ToInt64Microseconds(options_.request_timeout);
  absl::flat_hash_set<int> stalled;
  for (const auto& [id, call] : calls_) {
    if (call.sent_us < sent_before) stalled.insert(call.connection);
  }
  for (const int connection : stalled) {
    DropConnection(connection, absl::UnavailableError(
                                   absl::StrCat("a batch was not answered within ",
                                                absl::FormatDuration(options_.request_timeout))));
  }
}

void ProducerLoop::ExpireRecords() {
  if (options_.record_ttl == absl::InfiniteDuration()) return;
  const int64_t put_before = now_us_ - absl::ToInt64Microseconds(options_.record_ttl);
  const absl::Status error = absl::DeadlineExceededError(
      absl::StrCat("not stored within record_ttl, ", absl::FormatDuration(options_.record_ttl)));
  completer_.Fail(aggregator_.TakeUnrouted(put_before), error);
  // An open batch that cannot be sent grows, and expires as a whole: it is not let grow for long.
  Take(aggregator_.TakeOverdueBefore(now_us_ - absl::ToInt64Microseconds(options_.record_ttl) / 4));
  for (const auto& [id, queue] : queues_.queues()) {
    if (queue->empty()) continue;
    queue->Expire(put_before, error, now_us_);
    changed_.insert(id);
  }
}

void ProducerLoop::Pump() {
  while (true) {
    for (const QueueId id : queues_.TakeChanged()) changed_.insert(id);
    if (changed_.empty()) return;
    for (const QueueId id : std::exchange(changed_, {})) PumpOne(id);
  }
}

void ProducerLoop::PumpOne(QueueId id) {
  ShardQueue* const queue = queues_.Find(id);
  if (queue == nullptr) return;
  for (FinishedBatch& finished : queue->TakeFinished()) completer_.Complete(std::move(finished));
  if (queues_.Advance(id)) return;
  SendFrom(*queue);
  // What has waited for the queue to send it.
  while (queue->CanSendMore(now_us_)) {
    std::optional<ClosedBatch> overdue = aggregator_.TakeOverdue(id);
    if (!overdue.has_value()) break;
    queue->Push(
        std::move(overdue->batch).Seal(overdue->shard, overdue->stamp, options_.queues.codec));
    SendFrom(*queue);
  }
  if (const auto next = queue->NextTryUs(now_us_); next.has_value()) timers_.emplace(*next, id);
}

void ProducerLoop::SendFrom(ShardQueue& queue) {
  const int connection = sender_.ConnectionOf(queue.options().shard.shard);
  while (queue.has_waiting()) {
    if (!sender_.CanSend(connection, now_us_)) {
      timers_.emplace(*sender_.NextTryUs(connection), queue.options().id);
      return;
    }
    std::optional<BatchToSend> batch = queue.NextToSend(last_call_id_ + 1, absl::Now(), now_us_);
    if (!batch.has_value()) return;
    ++last_call_id_;
    calls_[last_call_id_] = {queue.options().id, connection, now_us_};
    meter_.OnBatchSent(queue.last_send_was_again());
    sender_.Send(connection, *std::move(batch));
  }
}

}  // namespace penstock::producer
