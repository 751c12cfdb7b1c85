#include "broker/record/record_plane.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "broker/record/shard_position.h"
#include "broker/record/stream_lookup.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

absl::Status OverLimit(std::string_view field, uint64_t value, uint64_t max) {
  return WithField(MakeError(ErrorReason::kInvalidArgument,
                             absl::StrCat(std::string(field), " is ", value, ", more than ", max)),
                   field);
}

ReadLimiter* ReadLimiterOf(const RecordPlaneOptions& options,
                           const std::unique_ptr<ReadLimiter>& limiter) {
  return options.read_limiter != nullptr ? options.read_limiter : limiter.get();
}

}  // namespace

RecordPlane::RecordPlane(RecordPlaneOptions options)
    : options_(std::move(options)),
      budget_(std::make_shared<ReadBudget>(ReadLimitsInFlight{
          options_.read_bytes_in_flight_max, options_.connection_read_bytes_in_flight_max,
          options_.read_waits_max})),
      decryptor_(MakeBatchDecryptor(options_.cipher)),
      limiter_(MakeReadLimiter(options_.limiters, *options_.clock)),
      reader_({options_.directory, options_.log, options_.clock, budget_,
               options_.decryptor != nullptr ? options_.decryptor : decryptor_.get()}),
      waiter_(*options_.directory, options_.executor, options_.reshard_wait_max_ms),
      put_context_{options_.directory, options_.log,         options_.clock,
                   &waiter_,           options_.disk_budget, options_.limiters,
                   options_.cipher,    options_.meters,      options_.load},
      subscriptions_({options_.directory, options_.log, options_.clock, options_.executor, &reader_,
                      ReadLimiterOf(options_, limiter_), options_.positions, options_.meters,
                      options_.subscription_times, options_.subscriptions_max}) {
  context_.directory = options_.directory;
  context_.log = options_.log;
  context_.tokens = options_.tokens;
  context_.executor = options_.executor;
  context_.budget = budget_;
  context_.reader = &reader_;
  context_.limiter = ReadLimiterOf(options_, limiter_);
  context_.clock = options_.clock;
  context_.meters = options_.meters;
  context_.on_answered = [this](GetRecordsCall* call) { OnAnswered(call); };
}

RecordPlane::~RecordPlane() {
  Stop();
}

void RecordPlane::Stop() {
  std::vector<std::shared_ptr<GetRecordsCall>> calls;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    calls.reserve(calls_.size());
    for (const auto& [key, call] : calls_) calls.push_back(call);
  }
  for (const std::shared_ptr<GetRecordsCall>& call : calls) call->StopWaiting();
  waiter_.Stop();
  subscriptions_.Stop();
  MutexLock lock(mutex_);
  while (!calls_.empty()) all_answered_.Wait(mutex_);
}

void RecordPlane::PutRecords(std::string_view stream_name, std::vector<RecordView> records,
                             PutRecordsCallback done, const PutOptions& options) {
  std::make_shared<PutCall>(put_context_, std::move(records), /*is_list=*/true, options,
                            std::move(done))
      ->Start(stream_name);
}

void RecordPlane::PutRecord(std::string_view stream_name, const RecordView& record,
                            PutRecordCallback done, const PutOptions& options) {
  auto answer_one = [done =
                         std::move(done)](absl::StatusOr<std::vector<PutResult>> results) mutable {
    if (!results.ok()) return std::move(done)(results.status());
    PutResult& result = results->front();
    if (!result.status.ok()) return std::move(done)(std::move(result.status));
    std::move(done)(std::move(result));
  };
  std::make_shared<PutCall>(put_context_, std::vector<RecordView>{record}, /*is_list=*/false,
                            options, std::move(answer_one))
      ->Start(stream_name);
}

void RecordPlane::PutBatch(PutBatchRequest request, PutBatchCallback done) {
  std::make_shared<BatchPut>(put_context_, std::move(request), std::move(done))->Start();
}

absl::StatusOr<std::shared_ptr<const StreamSnapshot>> RecordPlane::FindStream(
    std::string_view stream_name) const {
  return FindServing(*options_.directory, stream_name);
}

absl::StatusOr<std::string> RecordPlane::GetShardIterator(const GetShardIteratorRequest& request) {
  ASSIGN_OR_RETURN(
      const ShardPosition position,
      ResolveShardPosition({*options_.directory, *options_.log, *options_.clock, context_.limiter},
                           request));
  return SealShardIterator(*options_.tokens, position);
}

std::shared_ptr<GetRecordsCall> RecordPlane::GetRecords(const GetRecordsRequest& request,
                                                        GetRecordsCallback done) {
  const absl::StatusOr<GetRecordsCall::Request> checked = CheckGetRecords(request);
  if (!checked.ok()) {
    std::move(done)(checked.status());
    return nullptr;
  }
  auto call = std::make_shared<GetRecordsCall>(context_, *checked, std::move(done));
  if (!Register(call)) {
    call->Refuse(MakeError(ErrorReason::kShuttingDown, "the broker is shutting down"));
    return nullptr;
  }
  call->Start();
  return call;
}

absl::StatusOr<GetRecordsCall::Request> RecordPlane::CheckGetRecords(
    const GetRecordsRequest& request) const {
  if (request.limit > kGetRecordsEntriesMax)
    return OverLimit("limit", request.limit, kGetRecordsEntriesMax);
  if (request.max_wait_ms > kGetRecordsWaitMsMax)
    return OverLimit("max_wait_ms", request.max_wait_ms, kGetRecordsWaitMsMax);
  ASSIGN_OR_RETURN(const ShardPosition position,
                   OpenShardIterator(*options_.tokens, *options_.clock, request.shard_iterator));
  return GetRecordsCall::Request{position, std::string(request.connection),
                                 request.limit == 0 ? kGetRecordsEntriesMax : request.limit,
                                 std::chrono::milliseconds(request.max_wait_ms), request.dry_run};
}

bool RecordPlane::Register(const std::shared_ptr<GetRecordsCall>& call) {
  MutexLock lock(mutex_);
  if (stopped_) return false;
  calls_.emplace(call.get(), call);
  return true;
}

void RecordPlane::OnAnswered(GetRecordsCall* call) {
  MutexLock lock(mutex_);
  calls_.erase(call);
  if (calls_.empty()) all_answered_.NotifyAll();
}

}  // namespace penstock::broker
