#include "client/producer/batch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "client/kpl/deaggregate.h"
#include "client/rpc/error_details.h"
#include "common/check.h"
#include "common/limits.h"
#include "common/record_batch.h"

namespace penstock::producer {
namespace {

// Of each batch so many hash keys are named to the broker, picked at random.
constexpr size_t kSamples = 4;

// What the format and the block add to a record, at most: tags, lengths, an explicit hash key.
constexpr size_t kRecordOverheadBytes = 64;
// The partition key of an aggregated record.
constexpr size_t kAggregateKeyBytes = 1;
// A batch with less room than this is full: no record of any use would fit.
constexpr size_t kRoomBytesMin = 256;

}  // namespace

BatchLimits BatchLimits::For(size_t record_bytes_max) const {
  BatchLimits limits = *this;
  if (limits.aggregated.has_value()) {
    limits.aggregated->bytes_max =
        std::min(limits.aggregated->bytes_max, record_bytes_max - kAggregateKeyBytes);
  }
  return limits;
}

OpenBatch::OpenBatch(const BatchLimits& limits, size_t bytes_expected)
    : limits_(limits),
      builder_(bytes_expected),
      // Any odd start will do: what is picked is nobody's secret.
      random_(reinterpret_cast<uintptr_t>(this) | 1) {}

bool OpenBatch::Fits(const RecordView& record) const {
  if (empty()) return true;
  const size_t record_bytes = RecordBytes(record) + kRecordOverheadBytes;
  const size_t open_bytes = aggregate_.has_value() ? aggregate_->bytes() + kRecordOverheadBytes : 0;
  return pending_.size() < limits_.records_max &&
         builder_.block_bytes() + open_bytes + record_bytes <= limits_.bytes_max;
}

bool OpenBatch::IsFull() const {
  return pending_.size() >= limits_.records_max ||
         builder_.block_bytes() + kRoomBytesMin >= limits_.bytes_max;
}

void OpenBatch::Sample(HashKey hash_key) {
  // Reservoir sampling, with a linear congruential generator's high bits.
  random_ = random_ * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407;
  const uint64_t place = (random_ >> 33) % builder_.record_count();
  if (samples_.size() < kSamples) {
    samples_.push_back(hash_key);
  } else if (place < kSamples) {
    samples_[place] = hash_key;
  }
}

void OpenBatch::AddToBlock(const RecordView& record, HashKey hash_key) {
  builder_.Add(record, hash_key);
  // Of the batch's own records: the broker refuses keys outside of those in its header.
  Sample(hash_key);
}

void OpenBatch::Add(const RecordView& record, HashKey hash_key, PendingRecord pending) {
  pending_.push_back(std::move(pending));
  if (!limits_.aggregated.has_value()) return AddToBlock(record, hash_key);
  if (aggregate_.has_value() && (aggregate_->record_count() >= limits_.aggregated->records_max ||
                                 aggregate_->BytesWith(record) > limits_.aggregated->bytes_max)) {
    EndAggregate();
  }
  if (!aggregate_.has_value()) aggregate_.emplace();
  aggregate_->Add(record, hash_key);
}

void OpenBatch::EndAggregate() {
  const uint32_t count = aggregate_->record_count();
  user_records_.push_back(count);
  const kpl::AggregatedRecord made = std::move(*aggregate_).Build();
  aggregate_.reset();
  if (count > 1) {
    const RecordView record{made.data, made.partition_key, made.explicit_hash_key};
    const absl::StatusOr<HashKey> hash_key = HashKeyOf(record);
    CHECK(hash_key.ok());
    return AddToBlock(record, *hash_key);
  }
  // A single record is put as it is, as the KPL does.
  const auto users = kpl::Deaggregate(made.data);
  CHECK(users.has_value() && users->size() == 1);
  const kpl::UserRecordView& user = users->front();
  AddToBlock({user.data, user.partition_key, user.explicit_hash_key}, user.hash_key);
}

SealedBatch OpenBatch::Seal(const ShardKey& shard, const ProducerStamp& stamp, Codec codec) && {
  if (aggregate_.has_value()) EndAggregate();
  SealedBatch sealed;
  sealed.shard = shard;
  sealed.sequence = stamp.producer_sequence;
  sealed.record_count = builder_.record_count();
  sealed.uncompressed_bytes = builder_.block_bytes();
  sealed.sampled_hash_keys = std::move(samples_);
  sealed.pending = std::move(pending_);
  sealed.user_records = std::move(user_records_);
  sealed.bytes = std::make_shared<const std::string>(
      std::move(builder_).Build(shard, codec, stamp).TakeBytes());
  return sealed;
}

absl::Status RecordTooLarge(size_t record_bytes_max) {
  return rpc::ToStatus(
      {.reason = "INVALID_ARGUMENT",
       .message = absl::StrCat("data and partition_key have more than ", record_bytes_max,
                               " bytes, the stream's limit for a record")});
}

void Reopen(SealedBatch batch, ReopenedRecord take) {
  // The bytes are copied, as gRPC may still hold them: a reshard is rare. They are the producer's own
  // and whole, so that nothing here can fail.
  const absl::StatusOr<RecordBatch> parsed = RecordBatch::Parse(batch.shard, *batch.bytes);
  CHECK(parsed.ok());
  absl::StatusOr<RecordBlockReader> reader = RecordBlockReader::Open(*parsed);
  CHECK(reader.ok());
  size_t next = 0;
  const auto give = [&](const RecordView& record, HashKey hash_key) {
    take(record, hash_key, std::move(batch.pending[next++]));
  };
  RecordView record;
  for (size_t i = 0; reader->Next(&record); ++i) {
    if (batch.user_records.empty() || batch.user_records[i] == 1) {
      const absl::StatusOr<HashKey> hash_key = HashKeyOf(record);
      CHECK(hash_key.ok());
      give(record, *hash_key);
      continue;
    }
    const auto users = kpl::Deaggregate(record.data);
    CHECK(users.has_value() && users->size() == batch.user_records[i]);
    for (const kpl::UserRecordView& user : *users)
      give({user.data, user.partition_key, user.explicit_hash_key}, user.hash_key);
  }
  CHECK(reader->status().ok() && next == batch.pending.size());
}

}  // namespace penstock::producer
