#include "broker/record/put_call.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/record/dry_run.h"
#include "broker/record/producer_check.h"
#include "broker/record/stream_lookup.h"
#include "common/check.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

absl::Status Invalid(std::string_view field, std::string_view what) {
  return WithField(
      MakeError(ErrorReason::kInvalidArgument, std::string(field).append(" ").append(what)), field);
}

std::vector<ShardPut> ShardPutsOf(const std::vector<PutResult>& results,
                                  const std::vector<RecordView>& records) {
  std::map<ShardIndex, ShardPut> by_shard;
  for (size_t i = 0; i < results.size(); ++i) {
    const PutResult& result = results[i];
    ShardPut& put = by_shard[result.shard];
    put.shard = result.shard;
    if (result.status.ok()) {
      put.bytes += RecordBytes(records[i]);
      ++put.records_stored;
    } else if (PutOutcomeOf(result.status) == PutOutcome::kThrottled) {
      ++put.records_throttled;
    } else {
      ++put.records_failed;
    }
  }
  std::vector<ShardPut> puts;
  puts.reserve(by_shard.size());
  for (const auto& [shard, put] : by_shard) puts.push_back(put);
  return puts;
}

}  // namespace

PutCall::PutCall(const PutContext& context, std::vector<RecordView> records, bool is_list,
                 const PutOptions& options, PutRecordsCallback done)
    : context_(context),
      records_(std::move(records)),
      is_list_(is_list),
      options_(options),
      done_(std::move(done)) {}

void PutCall::Start(std::string_view stream_name) {
  began_us_ = context_.clock->MonotonicUs();
  Snapshot stream;
  absl::StatusOr<std::vector<Destination>> destinations = Prepare(stream_name, &stream);
  if (!destinations.ok()) return Refuse(destinations.status());
  const ProducerStamp producer = options_.producer.value_or(ProducerStamp());
  std::vector<RecordBatch> batches;
  batches.reserve(destinations->size());
  for (const Destination& destination : *destinations) {
    absl::StatusOr<RecordBatch> batch =
        BuildBatch(*stream, records_, destination, producer, context_.cipher);
    if (!batch.ok()) return Refuse(batch.status());
    batches.push_back(*std::move(batch));
  }
  if (batches.empty()) return Answer();
  std::vector<Part*> parts;
  parts.reserve(batches.size());
  for (Destination& destination : *destinations) {
    parts.push_back(AddPart(stream, std::move(destination)));
  }
  pending_.store(parts.size(), std::memory_order_relaxed);
  Append(parts, std::move(batches));
}

absl::StatusOr<std::vector<Destination>> PutCall::Prepare(std::string_view stream_name,
                                                          Snapshot* stream) {
  if (context_.disk_budget != nullptr) RETURN_IF_ERROR(context_.disk_budget->Check());
  RETURN_IF_ERROR(CheckRecordCount(records_.size()));
  if (options_.producer)
    RETURN_IF_ERROR(CheckProducer(*options_.producer, options_.previous_producer_sequence));
  ASSIGN_OR_RETURN(*stream, FindServing(*context_.directory, stream_name));
  stream_id_ = (*stream)->config().id;
  ASSIGN_OR_RETURN(hash_keys_, CheckRecords(**stream, records_, is_list_));
  std::vector<RoutedRecord> routed;
  routed.reserve(records_.size());
  for (uint32_t i = 0; i < records_.size(); ++i) routed.push_back({i, hash_keys_[i]});
  std::vector<Destination> destinations = Route(**stream, records_, routed);
  RETURN_IF_ERROR(CheckConditions(**stream, destinations));
  if (options_.dry_run) return DryRunError();
  refusals_.resize(records_.size());
  if (context_.limiters != nullptr) {
    const Admission admission{*context_.limiters, !is_list_ || options_.producer.has_value(),
                              context_.clock->MonotonicMs()};
    Admit(**stream, records_, admission, &destinations, &refusals_);
  }
  return destinations;
}

absl::Status PutCall::CheckConditions(const StreamSnapshot& stream,
                                      const std::vector<Destination>& destinations) const {
  if (options_.previous_producer_sequence && destinations.size() > 1) {
    return Invalid("producer.previous_producer_sequence",
                   absl::StrCat("is of one shard; the records go to ", destinations.size()));
  }
  if (options_.sequence_number_for_ordering) return CheckOrdering(stream, destinations.front());
  return absl::OkStatus();
}

// Numbers of a shard, and of its parents below it, only rise: one that was given is always lower
// than the next.
absl::Status PutCall::CheckOrdering(const StreamSnapshot& stream,
                                    const Destination& destination) const {
  const uint64_t number = *options_.sequence_number_for_ordering;
  const ShardIndex shard =
      options_.sequence_number_for_ordering_shard.value_or(destination.shard->index);
  const absl::StatusOr<storage::ShardBounds> bounds =
      context_.log->Bounds({stream.config().id, shard});
  if (bounds.ok() && SequenceNumber(number) < bounds->end) return absl::OkStatus();
  if (!bounds.ok()) {
    if (ReasonOf(bounds.status()) != ErrorReason::kShardNotFound) return bounds.status();
    // One that has expired: all its numbers are in the past.
    if (shard < stream.config().next_shard_index) return absl::OkStatus();
  }
  return Invalid(
      "sequence_number_for_ordering",
      absl::StrCat(number, " used in PutRecord on stream ", stream.config().name,
                   " is invalid: ", FormatShardId(shard), " has given no such number yet"));
}

PutCall::Part* PutCall::AddPart(Snapshot stream, Destination destination) {
  auto part = std::make_unique<Part>();
  part->stream = std::move(stream);
  part->destination = std::move(destination);
  Part* const added = part.get();
  MutexLock lock(mutex_);
  parts_.push_back(std::move(part));
  return added;
}

void PutCall::Append(const std::vector<Part*>& parts, std::vector<RecordBatch> batches) {
  storage::AppendConditions conditions;
  conditions.producer_previous = options_.previous_producer_sequence;
  if (options_.expected_next_sequence_number) {
    conditions.expected_next = SequenceNumber(*options_.expected_next_sequence_number);
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    Part* const part = parts[i];
    context_.log->Append(
        part->stream->KeyOf(*part->destination.shard), std::move(batches[i]), conditions,
        [self = shared_from_this(), part](absl::StatusOr<storage::AppendResult> outcome) {
          self->OnAppended(part, std::move(outcome));
        });
  }
}

void PutCall::OnAppended(Part* part, absl::StatusOr<storage::AppendResult> outcome) {
  const bool closed = !outcome.ok() && ReasonOf(outcome.status()) == ErrorReason::kShardClosed;
  if (!closed || context_.waiter == nullptr) return Arrive(part, std::move(outcome));
  context_.waiter->Wait(part->stream,
                        [self = shared_from_this(), part](const absl::Status& waited) {
                          if (!waited.ok()) return self->Arrive(part, waited);
                          self->RouteAgain(part);
                        });
}

void PutCall::RouteAgain(Part* part) {
  const absl::StatusOr<Snapshot> stream =
      FindServing(*context_.directory, part->stream->config().id);
  if (!stream.ok()) return Arrive(part, stream.status());
  std::vector<Destination> destinations = Route(**stream, records_, part->destination.records);
  const ProducerStamp producer = options_.producer.value_or(ProducerStamp());
  std::vector<RecordBatch> batches;
  batches.reserve(destinations.size());
  for (const Destination& destination : destinations) {
    absl::StatusOr<RecordBatch> batch =
        BuildBatch(**stream, records_, destination, producer, context_.cipher);
    if (!batch.ok()) return Arrive(part, batch.status());
    batches.push_back(*std::move(batch));
  }
  // The part's place is taken by those that its records go to now.
  part->destination.records.clear();
  std::vector<Part*> parts;
  parts.reserve(destinations.size());
  for (Destination& destination : destinations) {
    parts.push_back(AddPart(*stream, std::move(destination)));
  }
  pending_.fetch_add(parts.size(), std::memory_order_relaxed);
  Append(parts, std::move(batches));
  Arrive(part, absl::UnknownError("routed again"));
}

void PutCall::Arrive(Part* part, absl::StatusOr<storage::AppendResult> outcome) {
  part->outcome = std::move(outcome);
  if (pending_.fetch_sub(1, std::memory_order_acq_rel) == 1) Answer();
}

void PutCall::Refuse(const absl::Status& error) {
  Meter(error);
  std::move(done_)(error);
}

void PutCall::Answer() {
  std::vector<PutResult> results(records_.size());
  for (size_t i = 0; i < results.size(); ++i) {
    // What was not refused, the parts tell.
    results[i].stream = *stream_id_;
    results[i].shard = refusals_[i].shard;
    results[i].status = refusals_[i].status;
  }
  {
    MutexLock lock(mutex_);
    for (const std::unique_ptr<Part>& part : parts_) {
      FillResults(*part, &results);
      MeterLoad(*part);
    }
  }
  absl::StatusOr<std::vector<PutResult>> answer = std::move(results);
  Meter(answer);
  std::move(done_)(std::move(answer));
}

void PutCall::MeterLoad(const Part& part) const {
  if (context_.load == nullptr || !part.outcome.ok() || part.outcome->duplicate) return;
  const std::vector<RoutedRecord>& records = part.destination.records;
  const auto record_at = [&](uint32_t i) {
    return RecordLoad{records[i].hash_key, RecordBytes(records_[records[i].index])};
  };
  context_.load->Observe(part.stream->KeyOf(*part.destination.shard),
                         {records.size(), part.destination.bytes}, record_at,
                         context_.clock->MonotonicMs());
}

void PutCall::Meter(const absl::StatusOr<std::vector<PutResult>>& results) {
  if (context_.meters == nullptr || !stream_id_) return;
  if (!results.ok() && ReasonOf(results.status()) == ErrorReason::kDryRun) return;
  const std::shared_ptr<StreamMeter> meter = context_.meters->Get(*stream_id_);
  const int64_t latency_us = context_.clock->MonotonicUs() - began_us_;
  if (!is_list_) {
    const absl::Status status = results.ok() ? results->front().status : results.status();
    PutRecordEvent event;
    if (results.ok()) event.shard = results->front().shard;
    event.bytes = RecordBytes(records_.front());
    event.outcome = status.ok() ? PutOutcome::kStored : PutOutcomeOf(status);
    event.latency_us = latency_us;
    meter->OnPutRecord(event);
    return;
  }
  PutRecordsEvent event;
  event.latency_us = latency_us;
  std::vector<ShardPut> shards;
  if (results.ok()) {
    shards = ShardPutsOf(*results, records_);
  } else {
    event.records_failed_unrouted = records_.size();
  }
  event.shards = shards;
  meter->OnPutRecords(event);
}

void PutCall::FillResults(const Part& part, std::vector<PutResult>* results) const {
  const absl::StatusOr<storage::AppendResult>& outcome = part.outcome;
  absl::Status status = outcome.status();
  if (!status.ok() && ReasonOf(status) == ErrorReason::kShardNotFound) {
    // Routed by a snapshot that was right a moment ago: open shards go with their stream alone.
    status = MakeError(ErrorReason::kStreamNotFound,
                       absl::StrCat("stream '", part.stream->config().name, "' was deleted"));
  }
  if (outcome.ok() && outcome->duplicate) {
    status = FillDuplicate(part, results);
    if (status.ok()) return;
  }
  for (size_t i = 0; i < part.destination.records.size(); ++i) {
    PutResult& result = (*results)[part.destination.records[i].index];
    result.shard = part.destination.shard->index;
    result.status = status;
    if (!status.ok()) continue;
    result.sequence_number = outcome->first_sequence_number.Plus(i);
    result.encryption_type = part.stream->config().encryption.type;
  }
}

absl::Status PutCall::FillDuplicate(const Part& part, std::vector<PutResult>* results) const {
  const storage::AppendResult& first = *part.outcome;
  std::vector<uint64_t> rank_of(records_.size());
  uint64_t owned = 0;
  for (size_t i = 0; i < records_.size(); ++i) {
    rank_of[i] = owned;
    if (first.hash_keys.Contains(hash_keys_[i])) ++owned;
  }
  if (owned != first.record_count) {
    return Invalid("producer.producer_sequence",
                   absl::StrCat(options_.producer->producer_sequence, " was that of a put of ",
                                first.record_count, " records to ", FormatShardId(first.shard),
                                "; this one has ", owned));
  }
  for (const RoutedRecord& record : part.destination.records) {
    PutResult& result = (*results)[record.index];
    result.shard = first.shard;
    result.sequence_number = first.first_sequence_number.Plus(rank_of[record.index]);
    result.encryption_type = part.stream->config().encryption.type;
  }
  return absl::OkStatus();
}

}  // namespace penstock::broker
