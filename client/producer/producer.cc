#include "penstock/producer.h"

#include <random>
#include <utility>

#include "absl/strings/str_cat.h"

#include "client/producer/fork.h"
#include "client/producer/producer_impl.h"
#include "client/producer/validate_options.h"
#include "client/rpc/batch_transport.h"
#include "client/rpc/error_details.h"
#include "common/limits.h"
#include "common/record.h"
#include "common/status_macros.h"

namespace penstock {
namespace {

using producer::Aggregator;
using producer::ProducerLoop;
using producer::RecordBudget;

Codec CodecOf(Compression compression) {
  switch (compression) {
    case Compression::kLz4:
      return Codec::kLz4;
    case Compression::kZstd:
      return Codec::kZstd;
    case Compression::kNone:
      break;
  }
  return Codec::kNone;
}

producer::BatchLimits LimitsOf(const ProducerOptions& options) {
  producer::BatchLimits limits;
  limits.bytes_max = options.collection_max_size;
  limits.records_max = options.collection_max_count;
  if (options.aggregation_enabled)
    limits.aggregated = {options.aggregation_max_count, options.aggregation_max_size};
  return limits;
}

Aggregator::Options AggregatorOptions(const ProducerOptions& options) {
  // What is reserved ahead is not counted: it stays a small part of what is.
  return {LimitsOf(options), absl::ToInt64Microseconds(options.record_max_buffered_time),
          options.buffered_bytes_max / 4};
}

ProducerLoop::Options LoopOptions(const ProducerOptions& options) {
  ProducerLoop::Options loop;
  loop.stream_name = options.stream_name;
  loop.queues.limits = LimitsOf(options);
  loop.queues.codec = CodecOf(options.compression);
  loop.queues.window = options.batches_in_flight_max;
  loop.queues.fail_if_throttled = options.fail_if_throttled;
  loop.queues.rate_limit = options.rate_limit;
  loop.queues.delays = {options.client.retry_delay_initial, options.client.retry_delay_max};
  std::random_device device;
  // Ids are drawn from it: two words, so that no two producers draw alike.
  loop.queues.seed = options.seed.value_or((uint64_t{device()} << 32) | device());
  loop.record_ttl = options.record_ttl;
  loop.request_timeout = options.request_timeout;
  return loop;
}

absl::Status ForkedError() {
  return absl::FailedPreconditionError(
      "the process was forked after the producer was created: make one in the child");
}

}  // namespace

Producer::Impl::Impl(const ProducerOptions& options, std::unique_ptr<producer::Transport> transport,
                     const Clock& clock)
    : options_(options),
      fork_generation_(producer::ForkGeneration()),
      codec_(CodecOf(options.compression)),
      clock_(clock),
      transport_(std::move(transport)),
      budget_({options.buffered_bytes_max, options.buffered_records_max}, clock),
      aggregator_(AggregatorOptions(options)),
      mailbox_(clock),
      loop_(
          [this, &options] {
            ProducerLoop::Options loop = LoopOptions(options);
            if (options.metrics_callback) {
              loop.metrics_interval = options.metrics_interval;
              loop.on_metrics = [this] { options_.metrics_callback(Stats()); };
            }
            return loop;
          }(),
          {*transport_, aggregator_, budget_, meter_, mailbox_, clock}) {
  thread_ = std::thread([this] { loop_.Run(); });
}

Producer::Impl::~Impl() {
  budget_.CloseDoor();
  mailbox_.Stop();
  thread_.join();
  // The loop's streams are gone; a call for the shard map may still answer into the mailbox.
  transport_.reset();
}

bool Producer::Impl::IsForked() const {
  return producer::ForkGeneration() != fork_generation_;
}

absl::Status Producer::Impl::Put(const ProducerRecord& record, PutCallback done) {
  if (IsForked()) return ForkedError();
  if (done == nullptr) done = [](const PutOutcome&) {};
  const RecordView view{record.data, record.partition_key, record.explicit_hash_key};
  const size_t stream_max = loop_.record_bytes_max();
  if (const absl::Status valid =
          ValidateRecord(view, stream_max > 0 ? stream_max : kRecordBytesMax);
      !valid.ok()) {
    return rpc::ToClientStatus(valid);
  }
  const absl::StatusOr<HashKey> hash_key = HashKeyOf(view);
  if (!hash_key.ok()) return rpc::ToClientStatus(hash_key.status());
  const size_t bytes = RecordBytes(view) + record.explicit_hash_key.size();
  const bool may_wait = options_.when_full == WhenFull::kWait && !OnOwnThread();
  ASSIGN_OR_RETURN(const RecordBudget::Epoch epoch, budget_.Take(bytes, may_wait));
  meter_.OnReceived();
  Aggregator::Added added =
      aggregator_.Add(view, *hash_key,
                      {std::move(done), epoch, clock_.MonotonicUs(), static_cast<uint32_t>(bytes),
                       static_cast<uint32_t>(record.data.size())});
  if (added.due_us.has_value()) mailbox_.WakeBy(*added.due_us);
  if (added.closed.has_value()) {
    // Compressed here, so that many threads that put share the work.
    producer::ClosedBatch& closed = *added.closed;
    mailbox_.Post(producer::SealedEvent{
        closed.queue, std::move(closed.batch).Seal(closed.shard, closed.stamp, codec_)});
  }
  return absl::OkStatus();
}

void Producer::Impl::Flush() {
  mailbox_.Post(producer::FlushEvent{});
}

absl::Status Producer::Impl::WaitUntilGone(RecordBudget::Epoch epoch, absl::Duration timeout) {
  if (OnOwnThread()) return absl::FailedPreconditionError("not to be waited for from a callback");
  if (budget_.WaitUntilGone(epoch, timeout)) return absl::OkStatus();
  return absl::DeadlineExceededError(absl::StrCat(
      OutstandingRecordsCount(), " records are not stored after ", absl::FormatDuration(timeout)));
}

absl::Status Producer::Impl::FlushAndWait(absl::Duration timeout) {
  if (IsForked()) return ForkedError();
  const RecordBudget::Epoch epoch = budget_.BeginEpoch();
  Flush();
  return WaitUntilGone(epoch, timeout);
}

absl::Status Producer::Impl::Close(absl::Duration timeout) {
  if (IsForked()) return ForkedError();
  budget_.CloseDoor();
  return FlushAndWait(timeout);
}

void Producer::Impl::CallWhenRoom(absl::AnyInvocable<void()> ready) {
  budget_.SetWhenRoom(std::move(ready));
  mailbox_.WakeBy(0);
}

ProducerStats Producer::Impl::Stats() const {
  ProducerStats stats = meter_.Read();
  const RecordBudget::Usage usage = budget_.usage();
  stats.user_records_pending = usage.records;
  stats.buffered_bytes = usage.bytes;
  stats.times_full = usage.times_full;
  stats.oldest_record_age = absl::Microseconds(usage.oldest_age_us);
  stats.shards = loop_.shard_count();
  return stats;
}

absl::StatusOr<std::unique_ptr<Producer>> Producer::Impl::Create(
    const ProducerOptions& options, std::unique_ptr<producer::Transport> transport,
    const Clock& clock) {
  RETURN_IF_ERROR(producer::Validate(options));
  return std::unique_ptr<Producer>(
      new Producer(std::make_unique<Impl>(options, std::move(transport), clock)));
}

absl::StatusOr<std::unique_ptr<Producer>> Producer::Create(const ProducerOptions& options) {
  RETURN_IF_ERROR(producer::Validate(options));
  ASSIGN_OR_RETURN(std::unique_ptr<producer::Transport> transport,
                   rpc::MakeBatchTransport(options.client));
  return Impl::Create(options, std::move(transport), SystemClock::Get());
}

Producer::Producer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Producer::~Producer() {
  // Its threads are not there: nothing of it can be ended.
  if (impl_->IsForked()) static_cast<void>(impl_.release());
}

absl::Status Producer::Put(const ProducerRecord& record, PutCallback done) {
  return impl_->Put(record, std::move(done));
}

std::future<PutOutcome> Producer::Put(const ProducerRecord& record) {
  std::promise<PutOutcome> promise;
  std::future<PutOutcome> future = promise.get_future();
  auto shared = std::make_shared<std::promise<PutOutcome>>(std::move(promise));
  const absl::Status taken =
      impl_->Put(record, [shared](PutOutcome outcome) { shared->set_value(std::move(outcome)); });
  if (!taken.ok()) {
    shared->set_value(
        {rpc::WithOutcome(taken, false), 0, {}, std::make_shared<const PutHistory>()});
  }
  return future;
}

void Producer::Flush() {
  if (!impl_->IsForked()) impl_->Flush();
}

absl::Status Producer::FlushAndWait(absl::Duration timeout) {
  return impl_->FlushAndWait(timeout);
}

void Producer::CallWhenRoom(absl::AnyInvocable<void()> ready) {
  if (!impl_->IsForked()) impl_->CallWhenRoom(std::move(ready));
}

absl::Status Producer::Close(absl::Duration timeout) {
  return impl_->Close(timeout);
}

ProducerStats Producer::Stats() const {
  // Another thread may have held a lock at the fork.
  return impl_->IsForked() ? ProducerStats() : impl_->Stats();
}

size_t Producer::OutstandingRecordsCount() const {
  return impl_->IsForked() ? 0 : impl_->OutstandingRecordsCount();
}

}  // namespace penstock
