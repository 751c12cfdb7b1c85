#include "broker/record/put_batch.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/record/producer_check.h"
#include "broker/record/put_routing.h"
#include "broker/record/stream_lookup.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

std::string TextOf(const HashKeyRange& range) {
  return absl::StrCat(range.first.ToDecimal(), " to ", range.last.ToDecimal());
}

bool MayBeStored(const PutBatchResult& result) {
  return TraitsOf(ReasonOf(result.status)).outcome == Outcome::kUnknown;
}

HashKey MiddleKeyOf(const HashKeyRange& range) {
  const Uint128 first = range.first.value();
  return HashKey(first + (range.last.value() - first) / 2);
}

}  // namespace

BatchPut::BatchPut(const PutContext& context, PutBatchRequest request, PutBatchCallback done)
    : context_(context), request_(std::move(request)), done_(std::move(done)) {}

void BatchPut::Start() {
  began_us_ = context_.clock->MonotonicUs();
  absl::StatusOr<RecordBatch> batch = Prepare();
  if (!batch.ok()) return Answer({.status = std::move(batch).status()});
  storage::AppendConditions conditions;
  conditions.producer_previous = request_.previous_producer_sequence;
  context_.log->Append({request_.stream, request_.shard}, *std::move(batch), conditions,
                       [self = shared_from_this()](absl::StatusOr<storage::AppendResult> outcome) {
                         self->OnAppended(std::move(outcome));
                       });
}

absl::StatusOr<RecordBatch> BatchPut::Prepare() {
  if (context_.disk_budget != nullptr) RETURN_IF_ERROR(context_.disk_budget->Check());
  ASSIGN_OR_RETURN(stream_, FindServing(*context_.directory, request_.stream));
  ASSIGN_OR_RETURN(const ShardInfo* const shard, FindShardOf(*stream_, request_.shard));
  const ShardKey key = stream_->KeyOf(*shard);
  ASSIGN_OR_RETURN(RecordBatch batch, RecordBatch::Parse(key, std::move(request_.batch)));
  header_ = batch.header();
  RETURN_IF_ERROR(CheckHeader(*shard));
  // A closed shard is only asked whether it has the batch.
  if (context_.limiters != nullptr && shard->open()) {
    RETURN_IF_ERROR(context_.limiters->AdmitWrite(Limited(), header_.record_count,
                                                  header_.uncompressed_bytes,
                                                  context_.clock->MonotonicMs()));
    is_admitted_ = true;
  }
  if (context_.cipher == nullptr) return batch;
  return context_.cipher->Encrypt(stream_->config(), key, std::move(batch));
}

LimitedShard BatchPut::Limited() const {
  const StreamConfig& config = stream_->config();
  return {{request_.stream, request_.shard}, config.name, config.limits};
}

absl::Status BatchPut::CheckHeader(const ShardInfo& shard) const {
  const auto invalid = [](std::string_view what) {
    return MakeError(ErrorReason::kInvalidArgument, what);
  };
  if (header_.encrypted) return invalid("batch is encrypted, which is for the broker to do");
  if (!shard.hash_keys.Contains(header_.hash_keys)) {
    return invalid(absl::StrCat("batch has hash keys ", TextOf(header_.hash_keys), "; ",
                                FormatShardId(shard.index), " has ", TextOf(shard.hash_keys)));
  }
  // Else a stream would be split at a key that is not its shard's.
  for (const HashKey sampled : request_.sampled_hash_keys) {
    if (header_.hash_keys.Contains(sampled)) continue;
    return invalid(absl::StrCat("sampled_hash_keys has ", sampled.ToDecimal(),
                                "; batch has hash keys ", TextOf(header_.hash_keys)));
  }
  if (header_.producer_id != 0) {
    RETURN_IF_ERROR(
        CheckProducer({header_.producer_id, header_.producer_epoch, header_.producer_sequence},
                      request_.previous_producer_sequence));
  }
  const uint64_t record_bytes_max =
      uint64_t{stream_->config().max_record_size_in_kib} * 1024 + kRecordOverheadBytesMax;
  if (header_.uncompressed_bytes > header_.record_count * record_bytes_max) {
    return MakeError(ErrorReason::kRequestTooLarge,
                     absl::StrCat("batch has ", header_.uncompressed_bytes, " bytes uncompressed, ",
                                  "more than ", header_.record_count, " records of at most ",
                                  stream_->config().max_record_size_in_kib, " KiB"));
  }
  return absl::OkStatus();
}

void BatchPut::OnAppended(absl::StatusOr<storage::AppendResult> outcome) {
  if (outcome.ok()) return OnStored(*outcome);
  absl::Status error = std::move(outcome).status();
  const ErrorReason reason = ReasonOf(error);
  if (reason == ErrorReason::kShardClosed) return OnClosed(stream_, std::move(error));
  const ShardInfo* const shard = stream_->FindShard(request_.shard);
  if (reason == ErrorReason::kShardNotFound && shard->open()) {
    // As for puts of records: open shards go with their stream alone.
    error = MakeError(ErrorReason::kStreamNotFound,
                      absl::StrCat("stream '", stream_->config().name, "' was deleted"));
  }
  Answer({.status = std::move(error)});
}

void BatchPut::OnStored(const storage::AppendResult& stored) {
  PutBatchResult result;
  result.stored = stored;
  result.encryption_type = stream_->config().encryption.type;
  if (stored.duplicate && stored.record_count != header_.record_count) {
    result.status = MakeError(
        ErrorReason::kProducerSequenceForgotten,
        absl::StrCat("put ", header_.producer_sequence, " of producer ", header_.producer_id,
                     " was stored in ", FormatShardId(stored.shard), " as a batch of ",
                     stored.record_count, " records; this one has ", header_.record_count));
  }
  if (result.status.ok() && !stored.duplicate) MeterLoad();
  Answer(std::move(result));
}

void BatchPut::OnClosed(Snapshot stream, absl::Status closed) {
  const ShardInfo* const shard = stream->FindShard(request_.shard);
  const bool shows_it = shard == nullptr || !shard->open();
  if (shows_it || context_.waiter == nullptr) {
    return Answer({.status = std::move(closed), .stream = std::move(stream)});
  }
  context_.waiter->Wait(std::move(stream), [self = shared_from_this(), closed = std::move(closed)](
                                               const absl::Status& waited) mutable {
    if (!waited.ok()) return self->Answer({.status = waited});
    absl::StatusOr<Snapshot> newer = FindServing(*self->context_.directory, self->request_.stream);
    if (!newer.ok()) return self->Answer({.status = std::move(newer).status()});
    self->OnClosed(*std::move(newer), std::move(closed));
  });
}

void BatchPut::Answer(PutBatchResult result) {
  const bool stored_nothing = result.status.ok() ? result.stored.duplicate : !MayBeStored(result);
  if (is_admitted_ && stored_nothing)
    context_.limiters->ReturnWrite(Limited(), header_.record_count, header_.uncompressed_bytes);
  Meter(result);
  std::move(done_)(std::move(result));
}

void BatchPut::MeterLoad() const {
  if (context_.load == nullptr) return;
  const auto& samples = request_.sampled_hash_keys;
  const uint64_t record_bytes = header_.uncompressed_bytes / header_.record_count;
  const auto record_at = [&](uint32_t i) {
    const HashKey hash_key =
        samples.empty() ? MiddleKeyOf(header_.hash_keys) : samples[i % samples.size()];
    return RecordLoad{hash_key, record_bytes};
  };
  context_.load->Observe({request_.stream, request_.shard},
                         {header_.record_count, header_.uncompressed_bytes}, record_at,
                         context_.clock->MonotonicMs());
}

// As a PutRecords whose records all go to one shard.
void BatchPut::Meter(const PutBatchResult& result) const {
  if (context_.meters == nullptr || stream_ == nullptr) return;
  PutRecordsEvent event;
  event.latency_us = context_.clock->MonotonicUs() - began_us_;
  const std::shared_ptr<StreamMeter> meter = context_.meters->Get(request_.stream);
  // Not a shard of the stream's, or not a batch: nobody knows how many records it has.
  if (header_.record_count == 0) return meter->OnPutRecords(event);
  ShardPut put;
  put.shard = request_.shard;
  if (result.status.ok()) {
    put.bytes = header_.uncompressed_bytes;
    put.records_stored = header_.record_count;
  } else if (PutOutcomeOf(result.status) == PutOutcome::kThrottled) {
    put.records_throttled = header_.record_count;
  } else {
    put.records_failed = header_.record_count;
  }
  event.shards = {&put, 1};
  meter->OnPutRecords(event);
}

}  // namespace penstock::broker
