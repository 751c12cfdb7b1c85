#include "broker/record/subscription.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include <boost/asio/post.hpp>

#include "broker/record/stream_lookup.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {

Subscription::Subscription(const SubscriptionContext& context, Request request,
                           absl::AnyInvocable<void() &&> cut)
    : context_(context),
      request_(std::move(request)),
      started_ms_(context.clock->MonotonicMs()),
      next_(request_.next),
      idle_event_due_ms_(started_ms_),
      next_append_time_ms_(context.clock->NowMs()),
      timer_(context.executor),
      cut_(std::move(cut)),
      cut_timer_(context.executor) {}

void Subscription::Start() {
  MutexLock lock(mutex_);
  StartCutTimer(context_.times.lifetime_ms + context_.times.cut_after_ms);
}

void Subscription::Next(NextEventCallback done) {
  if (std::exchange(event_given_, false) && context_.positions != nullptr)
    context_.positions->Set(request_.consumer, request_.shard.shard, next_);
  if (!context_.calls->TryBegin()) {
    return std::move(done)(MakeError(ErrorReason::kShuttingDown, "the broker is shutting down"));
  }
  done_ = std::move(done);
  {
    MutexLock lock(mutex_);
    state_ = State::kReading;
  }
  Post();
}

void Subscription::Post() {
  boost::asio::post(context_.executor, [self = shared_from_this()] { self->Run(); });
}

void Subscription::Run() {
  std::optional<Pause> pause;
  NextEvent next = Look(&pause);
  if (pause.has_value()) return Wait(*pause);
  Answer(std::move(next));
}

NextEvent Subscription::Look(std::optional<Pause>* pause) {
  bool log_called = false;
  {
    MutexLock lock(mutex_);
    called_ = false;
    log_called = std::exchange(log_called_, false);
    if (end_.has_value()) return *end_;
  }
  const bool over =
      end_given_ || context_.clock->MonotonicMs() - started_ms_ >= context_.times.lifetime_ms;
  if (over) return std::nullopt;
  ASSIGN_OR_RETURN(const std::shared_ptr<const StreamSnapshot> stream, FindStream());
  // Before the read: what changes after it is told of.
  Watch(*stream);
  return Read(*stream, log_called, pause);
}

absl::StatusOr<std::shared_ptr<const StreamSnapshot>> Subscription::FindStream() const {
  ASSIGN_OR_RETURN(std::shared_ptr<const StreamSnapshot> stream,
                   context_.directory->Find(request_.shard.stream));
  const std::string& name = stream->config().name;
  if (!stream->serving()) {
    return MakeError(ErrorReason::kStreamNotFound,
                     absl::StrCat("stream '", name, "' is being deleted"));
  }
  const ConsumerInfo* const consumer = stream->FindConsumer(request_.consumer.name);
  if (consumer == nullptr ||
      consumer->creation_timestamp_ms != request_.consumer.creation_timestamp_ms) {
    return MakeError(ErrorReason::kConsumerNotFound,
                     absl::StrCat("consumer '", request_.consumer.name, "' of stream '", name,
                                  "' has been deregistered"));
  }
  return stream;
}

NextEvent Subscription::Read(const StreamSnapshot& stream, bool log_called,
                             std::optional<Pause>* pause) {
  ASSIGN_OR_RETURN(const ShardInfo* const shard, FindShardOf(stream, request_.shard.shard));
  if (context_.limiter != nullptr) {
    const int64_t wait_ms =
        context_.limiter->ConsumerWaitMs(stream.config(), request_.shard, request_.consumer.name);
    if (wait_ms > 0) return GiveLater(wait_ms, *shard, pause);
  }
  absl::StatusOr<ShardRead> read =
      context_.reader->Read(stream, *shard,
                            {next_,
                             {.records_max = kGetRecordsEntriesMax, .bytes_max = kEventBytesMax},
                             request_.connection});
  if (!read.ok()) {
    if (ReasonOf(read.status()) != ErrorReason::kOverloaded) return read.status();
    return GiveLater(kOverloadedRetryMs, *shard, pause);
  }
  next_ = read->collected.next;
  if (read->at_tip()) {
    if (context_.clock->MonotonicMs() < idle_event_due_ms_) {
      // Of a sealed log only the next snapshot has news. A log that called without either has
      // ended, and would call again at once.
      *pause = Pause{idle_event_due_ms_, !read->sealed && !log_called};
      return std::nullopt;
    }
  } else if (context_.limiter != nullptr) {
    context_.limiter->ChargeConsumerRead(stream.config(), request_.shard, request_.consumer.name,
                                         read->collected.bytes);
  }
  return Describe(*std::move(read), *shard);
}

NextEvent Subscription::GiveLater(int64_t wait_ms, const ShardInfo& shard,
                                  std::optional<Pause>* pause) {
  const int64_t now_ms = context_.clock->MonotonicMs();
  if (now_ms < idle_event_due_ms_) {
    *pause = Pause{std::min(now_ms + wait_ms, idle_event_due_ms_), false};
    return std::nullopt;
  }
  ASSIGN_OR_RETURN(const storage::ShardBounds bounds, context_.log->Bounds(request_.shard));
  SubscriptionEvent event;
  event.continuation_sequence_number = Continuation(shard);
  // Trimmed meanwhile, perhaps.
  const SequenceNumber next = std::clamp(next_, bounds.first, bounds.end);
  event.collected.next = next;
  event.records_behind_latest = bounds.end.Since(next);
  if (event.records_behind_latest > 0) {
    event.millis_behind_latest =
        std::max<int64_t>(0, context_.clock->NowMs() - next_append_time_ms_);
  }
  idle_event_due_ms_ = now_ms + context_.times.idle_event_ms;
  event_given_ = true;
  Meter(event);
  return event;
}

void Subscription::Meter(const SubscriptionEvent& event) const {
  if (context_.meters == nullptr) return;
  SubscriptionEventSent sent;
  sent.consumer = request_.consumer.name;
  sent.shard = request_.shard.shard;
  sent.bytes = event.collected.bytes;
  sent.records = event.collected.records.size();
  sent.millis_behind_latest = event.millis_behind_latest;
  context_.meters->Get(request_.shard.stream)->OnSubscriptionEvent(sent);
}

SubscriptionEvent Subscription::Describe(ShardRead read, const ShardInfo& shard) {
  SubscriptionEvent event;
  end_given_ = read.at_end();
  if (!end_given_) event.continuation_sequence_number = Continuation(shard);
  event.millis_behind_latest = read.millis_behind_latest;
  event.records_behind_latest = read.records_behind_latest;
  event.child_shards = std::move(read.child_shards);
  event.charge = std::move(read.charge);
  event.collected = std::move(read.collected);
  next_append_time_ms_ = event.collected.next_append_time_ms.value_or(context_.clock->NowMs());
  idle_event_due_ms_ = context_.clock->MonotonicMs() + context_.times.idle_event_ms;
  event_given_ = true;
  Meter(event);
  return event;
}

std::optional<SequenceNumber> Subscription::Continuation(const ShardInfo& shard) const {
  if (next_ <= shard.starting_sequence_number) return std::nullopt;
  return SequenceNumber(next_.value() - 1);
}

void Subscription::Watch(const StreamSnapshot& stream) {
  {
    MutexLock lock(mutex_);
    if (watching_) return;
    watching_ = true;
  }
  const StreamDirectory::WaitId watch =
      context_.directory->WaitForNewer(stream, [self = shared_from_this()] { self->OnSnapshot(); });
  {
    MutexLock lock(mutex_);
    // Called already, or closed meanwhile.
    if (!watching_ || watch == 0) return;
    if (!closed_) {
      watch_ = watch;
      return;
    }
  }
  context_.directory->CancelWait(request_.shard.stream, watch);
}

void Subscription::Wait(const Pause& pause) {
  uint64_t turn = 0;
  {
    MutexLock lock(mutex_);
    turn = ++turn_;
  }
  storage::WaitId wait = 0;
  if (pause.for_records) {
    wait = context_.log->WaitForRecords(
        request_.shard, next_, [self = shared_from_this(), turn] { self->OnRecords(turn); });
  }
  {
    MutexLock lock(mutex_);
    if (!called_ && !end_.has_value()) {
      state_ = State::kWaiting;
      log_wait_ = wait;
      StartTimer(std::min(pause.until_ms, started_ms_ + context_.times.lifetime_ms));
      return;
    }
    // Woken already.
    ++turn_;
  }
  if (wait != 0) context_.log->CancelWait(request_.shard, wait);
  Post();
}

void Subscription::StartTimer(int64_t until_ms) {
  const int64_t wait_ms = std::max<int64_t>(1, until_ms - context_.clock->MonotonicMs());
  timer_.expires_after(std::chrono::milliseconds(wait_ms));
  timer_.async_wait([self = shared_from_this(), turn = turn_](const boost::system::error_code&) {
    self->OnTimer(turn);
  });
}

void Subscription::StartCutTimer(int64_t after_ms) {
  cut_timer_.expires_after(std::chrono::milliseconds(after_ms));
  cut_timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->Cut();
  });
}

void Subscription::OnRecords(uint64_t turn) {
  {
    MutexLock lock(mutex_);
    if (turn != turn_) return;
    log_called_ = true;
    log_wait_ = 0;
  }
  Wake();
}

void Subscription::OnTimer(uint64_t turn) {
  {
    MutexLock lock(mutex_);
    if (turn != turn_) return;
  }
  Wake();
}

void Subscription::OnSnapshot() {
  {
    MutexLock lock(mutex_);
    watching_ = false;
    watch_ = 0;
  }
  Wake();
}

void Subscription::Wake() {
  storage::WaitId wait = 0;
  {
    MutexLock lock(mutex_);
    called_ = true;
    // Whoever reads sees the flag when it would wait.
    if (state_ != State::kWaiting) return;
    state_ = State::kReading;
    ++turn_;
    timer_.cancel();
    wait = std::exchange(log_wait_, 0);
  }
  if (wait != 0) context_.log->CancelWait(request_.shard, wait);
  Post();
}

void Subscription::Answer(NextEvent next) {
  const bool gives_event = next.ok() && next->has_value();
  {
    MutexLock lock(mutex_);
    state_ = State::kIdle;
    // Ended while it was read: nobody has told the subscriber to hurry yet.
    if (gives_event && end_.has_value() && !closed_) StartCutTimer(context_.times.cut_after_ms);
  }
  // Both are used after the door has asked for more, perhaps.
  NextEventCallback done = std::move(done_);
  PendingWork* const calls = context_.calls;
  std::move(done)(std::move(next));
  calls->End();
}

void Subscription::End(absl::Status why) {
  {
    MutexLock lock(mutex_);
    if (end_.has_value()) return;
    end_ = std::move(why);
    // Not where Next is under way: it is answered now.
    if (state_ == State::kIdle && !closed_) StartCutTimer(context_.times.cut_after_ms);
  }
  Wake();
}

void Subscription::Cut() {
  absl::AnyInvocable<void() &&> cut;
  {
    MutexLock lock(mutex_);
    cut = std::exchange(cut_, nullptr);
  }
  if (cut != nullptr) std::move(cut)();
}

void Subscription::Close() {
  absl::AnyInvocable<void() &&> cut;
  StreamDirectory::WaitId watch = 0;
  {
    MutexLock lock(mutex_);
    if (closed_) return;
    closed_ = true;
    if (!end_.has_value()) end_ = absl::CancelledError("the subscriber has gone");
    // Destroyed outside of the lock: it holds the door.
    cut = std::exchange(cut_, nullptr);
    cut_timer_.cancel();
    watch = std::exchange(watch_, 0);
  }
  if (watch != 0) context_.directory->CancelWait(request_.shard.stream, watch);
  Wake();
  context_.on_closed(this);
}

}  // namespace penstock::broker
