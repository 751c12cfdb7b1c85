#include "storage/committer.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

#include "common/error.h"
#include "storage/rocks_status.h"

namespace penstock::storage {
namespace {

size_t BytesOf(const Command& command) {
  const auto* append = std::get_if<AppendCommand>(&command);
  return append == nullptr ? 0 : append->batch.bytes().size();
}

absl::Status Stopped(const absl::Status& why) {
  return MakeError(
      ErrorReason::kStorageStopped,
      absl::StrCat("storage has stopped taking records after an error: ", why.message()));
}

// Whatever went wrong: the records may be on disk.
absl::Status OutcomeUnknown(const absl::Status& error) {
  return MakeError(ErrorReason::kStorageFailed, std::string(error.message()));
}

}  // namespace

Committer::Committer(const LaneDb& db, const LaneOptions& options, ShardTable& shards,
                     SpaceReclaimer& reclaimer, LaneHealth& health)
    : db_(db),
      options_(options),
      shards_(shards),
      reclaimer_(reclaimer),
      health_(health),
      tail_(options.tail_ring_bytes) {}

void Committer::Start() {
  committer_thread_ = std::thread([this] { RunCommitter(); });
  syncer_thread_ = std::thread([this] { RunSyncer(); });
}

void Committer::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  commands_changed_.NotifyAll();
  if (committer_thread_.joinable()) committer_thread_.join();
  if (syncer_thread_.joinable()) syncer_thread_.join();
}

absl::Status Committer::Admit(const Command& command, size_t bytes) {
  if (stopping_) return MakeError(ErrorReason::kShuttingDown, "the broker is shutting down");
  if (queue_.size() >= options_.queue_commands_max) {
    return MakeError(ErrorReason::kOverloaded,
                     absl::StrCat("queue holds ", queue_.size(), " commands, its limit"));
  }
  // Trims, seals and the like are small, and must get through when records do not.
  if (!std::holds_alternative<AppendCommand>(command)) return absl::OkStatus();
  if (queue_bytes_ + bytes > options_.queue_bytes_max && !queue_.empty()) {
    return MakeError(ErrorReason::kOverloaded,
                     absl::StrCat("append queue holds ", queue_bytes_, " bytes of at most ",
                                  options_.queue_bytes_max));
  }
  if (queue_.size() >= options_.queue_appends_max) {
    return MakeError(ErrorReason::kOverloaded,
                     absl::StrCat("append queue holds ", queue_.size(), " appends, its limit"));
  }
  return absl::OkStatus();
}

void Committer::Submit(Command command) {
  absl::Status refused = health_.status();
  if (!refused.ok()) return Refuse(std::move(command), Stopped(refused));
  {
    const size_t bytes = BytesOf(command);
    MutexLock lock(mutex_);
    refused = Admit(command, bytes);
    if (refused.ok()) {
      queue_bytes_ += bytes;
      queue_.push_back(std::move(command));
      commands_changed_.NotifyOne();
      return;
    }
  }
  if (ReasonOf(refused) == ErrorReason::kOverloaded) meter_.OnAppendRefused();
  Refuse(std::move(command), refused);
}

std::vector<Command> Committer::TakeCommands() {
  std::vector<Command> commands;
  MutexLock lock(mutex_);
  while (!(stopping_ && queue_.empty()) && (queue_.empty() || written_.size() >= kRoundsAhead)) {
    commands_changed_.Wait(mutex_);
  }
  size_t bytes = 0;
  while (!queue_.empty() && bytes < options_.round_bytes_max) {
    bytes += BytesOf(queue_.front());
    commands.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queue_bytes_ -= bytes;
  return commands;
}

void Committer::CommitRound(std::vector<Command> commands) {
  if (const absl::Status health = health_.status(); !health.ok()) {
    for (Command& command : commands) Refuse(std::move(command), Stopped(health));
    return;
  }
  size_t bytes = 0;
  for (const Command& command : commands) bytes += BytesOf(command);
  Round round(db_, options_, shards_, bytes);
  for (Command& command : commands) round.Add(std::move(command));
  if (round.empty()) return;
  const int64_t began_us = options_.clock->MonotonicUs();
  const absl::Status written = round.Write();
  meter_.write.Record(options_.clock->MonotonicUs() - began_us);
  if (!written.ok()) {
    health_.Fail(written);
    round.Fail(OutcomeUnknown(written));
    return;
  }
  {
    MutexLock lock(mutex_);
    written_.push_back(std::move(round));
  }
  rounds_changed_.NotifyOne();
}

void Committer::RunCommitter() {
  for (;;) {
    std::vector<Command> commands = TakeCommands();
    if (commands.empty()) break;
    CommitRound(std::move(commands));
  }
  {
    MutexLock lock(mutex_);
    committer_done_ = true;
  }
  rounds_changed_.NotifyAll();
}

void Committer::RunSyncer() {
  for (;;) {
    std::vector<Round> rounds;
    {
      MutexLock lock(mutex_);
      while (written_.empty() && !committer_done_) rounds_changed_.Wait(mutex_);
      if (written_.empty()) return;
      rounds.swap(written_);
    }
    commands_changed_.NotifyOne();
    // Once one sync has failed no later one is trusted: it may say OK for pages that the first one
    // dropped.
    absl::Status synced = health_.status();
    if (synced.ok()) {
      const int64_t began_us = options_.clock->MonotonicUs();
      synced = FromRocksStatus(db_.db().SyncWAL(), "cannot sync records to disk");
      meter_.sync.Record(options_.clock->MonotonicUs() - began_us);
      if (!synced.ok()) health_.Fail(synced);
    }
    for (Round& round : rounds) {
      if (synced.ok()) {
        meter_.OnRoundSynced(round.appends(), round.bytes());
        round.Complete(tail_, reclaimer_);
      } else {
        round.Fail(OutcomeUnknown(synced));
      }
    }
    meter_.SetTailBytes(tail_.bytes());
  }
}

LaneStats Committer::Stats() const {
  LaneStats stats;
  stats.appends = meter_.appends.load(std::memory_order_relaxed);
  stats.append_bytes = meter_.append_bytes.load(std::memory_order_relaxed);
  stats.appends_refused = meter_.appends_refused.load(std::memory_order_relaxed);
  stats.rounds = meter_.rounds.load(std::memory_order_relaxed);
  stats.write = meter_.write.snapshot();
  stats.sync = meter_.sync.snapshot();
  stats.tail_bytes = meter_.tail_bytes.load(std::memory_order_relaxed);
  stats.tail_bytes_max = options_.tail_ring_bytes;
  stats.queue_commands_max = options_.queue_appends_max;
  stats.queue_bytes_max = options_.queue_bytes_max;
  MutexLock lock(mutex_);
  stats.queue_commands = queue_.size();
  stats.queue_bytes = queue_bytes_;
  return stats;
}

}  // namespace penstock::storage
