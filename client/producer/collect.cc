#include "client/producer/collect.h"

#include <algorithm>
#include <utility>

#include "common/check.h"
#include "penstock/errors.h"

namespace penstock::producer {
namespace {

// Attempts that a history keeps: the last ones.
constexpr size_t kAttemptsMax = 16;

}  // namespace

ShardQueue::ShardQueue(const Options& options)
    : options_(options),
      backoff_(options_.delays, options_.seed),
      limiter_(options_.limiter),
      in_flight_max_(static_cast<size_t>(options_.window)) {}

void ShardQueue::Push(SealedBatch batch) {
  early_.emplace(batch.sequence, std::move(batch));
  for (auto next = early_.find(next_sequence_); next != early_.end();
       next = early_.find(next_sequence_)) {
    Entry& entry = entries_.emplace_back();
    entry.batch = std::move(next->second);
    entry.history = std::make_shared<PutHistory>();
    early_.erase(next);
    ++next_sequence_;
  }
}

ShardQueue::Entry* ShardQueue::FirstWaiting() {
  for (Entry& entry : entries_) {
    if (entry.state == State::kWaiting && (!shard_closed_ || entry.may_be_stored)) return &entry;
  }
  return nullptr;
}

bool ShardQueue::has_waiting() const {
  return const_cast<ShardQueue*>(this)->FirstWaiting() != nullptr;
}

bool ShardQueue::CanSendMore(int64_t now_us) const {
  if (blocked() || recovering_ || shard_closed_ || now_us < paused_until_us_) return false;
  // One alone, where it cannot say what it follows.
  const size_t window = previous_unknown_ ? 1 : in_flight_max_;
  return entries_.size() < window && early_.empty() && !has_waiting();
}

std::optional<int64_t> ShardQueue::NextTryUs(int64_t now_us) const {
  if (blocked() || recovering_ || paused_until_us_ <= now_us) return std::nullopt;
  return paused_until_us_;
}

std::optional<uint64_t> ShardQueue::PreviousOf(const Entry& entry) const {
  size_t position = PositionOf(entry);
  while (position > 0) {
    const Entry& before = entries_[--position];
    if (before.state == State::kSent || before.state == State::kStored)
      return before.batch.sequence;
  }
  return last_stored_;
}

std::optional<BatchToSend> ShardQueue::NextToSend(uint64_t call_id, absl::Time now,
                                                  int64_t now_us) {
  if (blocked() || recovering_ || in_flight_ >= in_flight_max_) return std::nullopt;
  if (now_us < paused_until_us_) return std::nullopt;
  Entry* const entry = FirstWaiting();
  if (entry == nullptr) return std::nullopt;
  // Whether a batch is in a closed shard may be asked of each by itself.
  if (shard_closed_) return Send(*entry, call_id, std::nullopt, now, now_us);
  if (previous_unknown_ && in_flight_ > 0) return std::nullopt;
  // The window is over all that is not known, also where batches behind it are: of those that are
  // older than the last 16 the broker could not say whether they are stored.
  if (PositionOf(*entry) >= static_cast<size_t>(options_.window)) return std::nullopt;
  const int64_t wait_us =
      limiter_.Admit(entry->batch.record_count, entry->batch.uncompressed_bytes, now_us);
  if (wait_us > 0) {
    paused_until_us_ = now_us + wait_us;
    return std::nullopt;
  }
  return Send(*entry, call_id, previous_unknown_ ? std::nullopt : PreviousOf(*entry), now, now_us);
}

BatchToSend ShardQueue::Send(Entry& entry, uint64_t call_id, std::optional<uint64_t> previous,
                             absl::Time now, int64_t now_us) {
  entry.state = State::kSent;
  entry.call_id = call_id;
  entry.sent = now;
  entry.sent_us = now_us;
  last_send_was_again_ = entry.first_sent_us != 0;
  if (!last_send_was_again_) entry.first_sent_us = now_us;
  ++in_flight_;
  return {call_id, options_.shard, previous, entry.batch.sampled_hash_keys, entry.batch.bytes};
}

void ShardQueue::Note(Entry& entry, const absl::Status& error, int64_t now_us) {
  PutHistory& history = *entry.history;
  history.shard_id = FormatShardId(options_.shard.shard);
  ++history.attempt_count;
  if (history.attempts.size() == kAttemptsMax) history.attempts.erase(history.attempts.begin());
  history.attempts.push_back({entry.sent, absl::Microseconds(now_us - entry.sent_us), error});
}

void ShardQueue::Fail(Entry& entry, absl::Status error) {
  entry.state = State::kFailed;
  entry.may_be_stored = entry.may_be_stored || GetErrorDetails(error).outcome_unknown;
  entry.error = std::move(error);
  if (entry.may_be_stored) previous_unknown_ = true;
}

void ShardQueue::OnAnswer(BatchAnswer answer, int64_t now_us) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.state == State::kSent && entry.call_id == answer.call_id;
  });
  if (found == entries_.end()) return;
  Entry& entry = *found;
  --in_flight_;
  Note(entry, answer.status, now_us);
  if (answer.status.ok()) {
    entry.state = State::kStored;
    entry.first_sequence_number = answer.first_sequence_number;
    entry.duplicate = answer.duplicate;
    previous_unknown_ = false;
    in_flight_max_ = std::min(in_flight_max_ + 1, static_cast<size_t>(options_.window));
    backoff_.Reset();
  } else {
    const Verdict verdict = Judge(answer.status);
    const bool unknown = GetErrorDetails(answer.status).outcome_unknown;
    entry.state = State::kWaiting;
    entry.may_be_stored = entry.may_be_stored || unknown;
    switch (verdict) {
      case Verdict::kShardClosed:
        entry.state = State::kNotInShard;
        entry.may_be_stored = false;
        shard_closed_ = true;
        break;
      case Verdict::kGap:
        recovering_ = true;
        break;
      case Verdict::kFail:
        Fail(entry, std::move(answer.status));
        break;
      case Verdict::kThrottled:
        if (options_.fail_if_throttled) {
          Fail(entry, std::move(answer.status));
          break;
        }
        in_flight_max_ = 1;
        [[fallthrough]];
      case Verdict::kGone:
      case Verdict::kAgain:
        // A shard that is closed goes when its records have expired: nobody knows any more.
        if (verdict == Verdict::kGone && shard_closed_ && entry.may_be_stored) {
          Fail(entry, std::move(answer.status));
          break;
        }
        recovering_ = true;
        cause_ = std::move(answer.status);
        break;
    }
  }
  if (recovering_ && in_flight_ == 0) Restart(now_us);
}

void ShardQueue::Restart(int64_t now_us) {
  recovering_ = false;
  if (cause_.ok()) {
    previous_unknown_ = true;
    return;
  }
  paused_until_us_ = now_us + backoff_.NextUs(cause_);
  cause_ = absl::OkStatus();
}

void ShardQueue::OnConnectionLost(const absl::Status& error, int64_t now_us) {
  for (Entry& entry : entries_) {
    if (entry.state != State::kSent) continue;
    Note(entry, error, now_us);
    entry.state = State::kWaiting;
    entry.may_be_stored = true;
  }
  in_flight_ = 0;
  recovering_ = false;
  cause_ = absl::OkStatus();
}

std::vector<FinishedBatch> ShardQueue::TakeFinished() {
  std::vector<FinishedBatch> finished;
  const auto is_finished = [](const Entry& entry) {
    return entry.state == State::kStored || entry.state == State::kFailed;
  };
  const auto take = [&](Entry& entry) {
    FinishedBatch& taken = finished.emplace_back();
    taken.batch = std::move(entry.batch);
    taken.status = std::move(entry.error);
    taken.outcome_unknown = entry.state == State::kFailed && entry.may_be_stored;
    taken.first_sequence_number = entry.first_sequence_number;
    taken.duplicate = entry.duplicate;
    taken.first_sent_us = entry.first_sent_us;
    taken.last_sent_us = entry.sent_us;
    taken.history = std::move(entry.history);
  };
  while (!entries_.empty() && is_finished(entries_.front())) {
    Entry& first = entries_.front();
    if (first.state == State::kStored) last_stored_ = first.batch.sequence;
    take(first);
    entries_.pop_front();
  }
  // Nothing more is told in order here: what is left goes elsewhere.
  if (shard_closed_) {
    for (Entry& entry : entries_) {
      if (is_finished(entry)) take(entry);
    }
    std::erase_if(entries_, is_finished);
  }
  return finished;
}

void ShardQueue::Expire(int64_t put_before_us, const absl::Status& error, int64_t now_us) {
  for (Entry& entry : entries_) {
    if (entry.state == State::kStored || entry.state == State::kFailed) continue;
    if (entry.batch.pending.back().put_us >= put_before_us) continue;
    if (entry.state == State::kSent) {
      --in_flight_;
      Note(entry, error, now_us);
      entry.may_be_stored = true;
    }
    Fail(entry, error);
  }
  if (recovering_ && in_flight_ == 0) Restart(now_us);
}

void ShardQueue::EndShard(uint64_t batches_total) {
  shard_closed_ = true;
  batches_total_ = batches_total;
  // What was refused for other reasons need not wait: it is not sent here again.
  paused_until_us_ = 0;
}

void ShardQueue::ForgetStored() {
  for (Entry& entry : entries_) entry.may_be_stored = false;
}

bool ShardQueue::IsSettled() const {
  if (!shard_closed_ || !batches_total_.has_value() || blocked() || in_flight_ > 0) return false;
  if (next_sequence_ - 1 != *batches_total_) return false;
  return !has_waiting();
}

std::vector<SealedBatch> ShardQueue::TakeLeft() {
  CHECK(IsSettled());
  std::vector<SealedBatch> left;
  for (Entry& entry : entries_) {
    CHECK(entry.state == State::kWaiting || entry.state == State::kNotInShard);
    left.push_back(std::move(entry.batch));
  }
  entries_.clear();
  return left;
}

}  // namespace penstock::producer
