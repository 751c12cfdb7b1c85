#include "broker/record/get_records_call.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "broker/record/dry_run.h"
#include "broker/record/stream_lookup.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::broker {
GetRecordsCall::GetRecordsCall(GetRecordsContext& context, const Request& request,
                               GetRecordsCallback done)
    : context_(context),
      shard_(request.position.shard),
      connection_(request.connection),
      limit_(request.limit),
      max_wait_(request.max_wait),
      dry_run_(request.dry_run),
      next_(request.position.next),
      done_(std::move(done)) {}

void GetRecordsCall::Start() {
  Post();
}

void GetRecordsCall::Refuse(absl::Status error) {
  std::move(done_)(std::move(error));
}

void GetRecordsCall::Cancel() {
  Wake(Cause::kCancel);
}

void GetRecordsCall::StopWaiting() {
  Wake(Cause::kStop);
}

void GetRecordsCall::Post() {
  boost::asio::post(context_.executor, [self = shared_from_this()] { self->Run(); });
}

void GetRecordsCall::Run() {
  if (Cancelled()) return Answer(absl::CancelledError("the caller has gone"));
  absl::StatusOr<ShardRead> read = Read();
  if (!read.ok()) return Answer(read.status());
  if (!MayWaitAfter(*read)) return Answer(Describe(*std::move(read)));
  if (!wait_charged_) {
    if (absl::Status charged = context_.budget->ChargeWait(&wait_charge_); !charged.ok())
      return Answer(std::move(charged));
    wait_charged_ = true;
  }
  Wait(read->sealed);
}

bool GetRecordsCall::MayWaitAfter(const ShardRead& read) {
  if (!read.at_tip()) return false;
  MutexLock lock(mutex_);
  const bool log_has_ended = std::exchange(log_called_, false) && !read.sealed;
  return max_wait_.count() > 0 && !no_more_waiting_ && !log_has_ended;
}

bool GetRecordsCall::Cancelled() {
  MutexLock lock(mutex_);
  called_ = false;
  return cancelled_;
}

absl::StatusOr<ShardRead> GetRecordsCall::Read() {
  // Before the read: a shard that closes in between is seen to be closed by the next one.
  ASSIGN_OR_RETURN(stream_, FindServing(*context_.directory, shard_.stream));
  ASSIGN_OR_RETURN(const ShardInfo* const shard, FindShardOf(*stream_, shard_.shard));
  if (dry_run_) {
    RETURN_IF_ERROR(context_.reader->Check(shard_, next_));
    return DryRunError();
  }
  // A call counts once, however often it looks.
  if (context_.limiter != nullptr && !std::exchange(admitted_, true))
    RETURN_IF_ERROR(context_.limiter->AdmitReadCall(stream_->config(), shard_));
  const int64_t began_us = context_.clock->MonotonicUs();
  const ShardReader::Request request{
      next_, {.records_max = limit_, .bytes_max = kGetRecordsBytesMax}, connection_};
  ASSIGN_OR_RETURN(ShardRead read, context_.reader->Read(*stream_, *shard, request));
  if (context_.limiter != nullptr && read.collected.bytes > 0)
    context_.limiter->ChargeRead(stream_->config(), shard_, read.collected.bytes);
  next_ = read.collected.next;
  read_us_ = context_.clock->MonotonicUs() - began_us;
  return read;
}

absl::StatusOr<GetRecordsResult> GetRecordsCall::Describe(ShardRead read) const {
  GetRecordsResult result;
  result.shard = shard_;
  if (!read.at_end())
    result.next_shard_iterator = SealShardIterator(*context_.tokens, {shard_, next_});
  result.child_shards = std::move(read.child_shards);
  result.millis_behind_latest = read.millis_behind_latest;
  result.records_behind_latest = read.records_behind_latest;
  result.charge = std::move(read.charge);
  result.collected = std::move(read.collected);
  return result;
}

void GetRecordsCall::Wait(bool sealed) {
  const auto wake_by = [this](Cause cause) {
    return [self = shared_from_this(), cause] { self->Wake(cause); };
  };
  const uint64_t wait = sealed
                            ? context_.directory->WaitForNewer(*stream_, wake_by(Cause::kSnapshot))
                            : context_.log->WaitForRecords(shard_, next_, wake_by(Cause::kLog));
  {
    MutexLock lock(mutex_);
    if (!called_ && !no_more_waiting_) {
      state_ = State::kWaiting;
      wait_ = wait;
      wait_is_for_snapshot_ = sealed;
      StartDeadline();
      return;
    }
  }
  // Woken already.
  CancelWait(wait, sealed);
  Post();
}

void GetRecordsCall::CancelWait(uint64_t wait, bool for_snapshot) {
  if (wait == 0) return;
  if (for_snapshot) {
    context_.directory->CancelWait(shard_.stream, wait);
  } else {
    context_.log->CancelWait(shard_, wait);
  }
}

void GetRecordsCall::StartDeadline() {
  if (deadline_.has_value()) return;
  deadline_.emplace(context_.executor, max_wait_);
  deadline_->async_wait([self = shared_from_this()](const boost::system::error_code&) {
    self->Wake(Cause::kDeadline);
  });
}

void GetRecordsCall::Wake(Cause cause) {
  const bool called = cause == Cause::kLog || cause == Cause::kSnapshot;
  uint64_t wait = 0;
  bool wait_is_for_snapshot = false;
  {
    MutexLock lock(mutex_);
    if (called) {
      called_ = true;
      log_called_ = cause == Cause::kLog;
    } else {
      no_more_waiting_ = true;
    }
    if (cause == Cause::kCancel) cancelled_ = true;
    // A call that reads sees the flags when it would wait; one that has answered has nothing left
    // to wake, and its context may be gone.
    if (state_ != State::kWaiting) return;
    state_ = State::kReading;
    wait = std::exchange(wait_, 0);
    wait_is_for_snapshot = wait_is_for_snapshot_;
  }
  if (!called) CancelWait(wait, wait_is_for_snapshot);
  Post();
}

void GetRecordsCall::Meter(const absl::StatusOr<GetRecordsResult>& result) const {
  if (context_.meters == nullptr || dry_run_ || stream_ == nullptr) return;
  GetRecordsEvent event;
  event.shard = shard_.shard;
  event.outcome = result.ok() ? ReadOutcome::kGiven : ReadOutcomeOf(result.status());
  event.latency_us = read_us_;
  if (result.ok()) {
    const CollectedRecords& collected = result->collected;
    event.bytes = collected.bytes;
    event.records = collected.records.size();
    if (!collected.records.empty() && result->records_behind_latest > 0) {
      event.iterator_age_ms =
          context_.clock->NowMs() - collected.records.back().approximate_arrival_timestamp_ms;
    }
  }
  context_.meters->Get(shard_.stream)->OnGetRecords(event);
}

void GetRecordsCall::Answer(absl::StatusOr<GetRecordsResult> result) {
  Meter(result);
  wait_charge_.Release();
  {
    MutexLock lock(mutex_);
    if (deadline_.has_value()) deadline_->cancel();
  }
  std::move(done_)(std::move(result));
  context_.on_answered(this);
}

}  // namespace penstock::broker
