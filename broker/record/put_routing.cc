#include "broker/record/put_routing.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

#include "common/error.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

// So that a request never needs two batches for one shard, and a batch is all of it there.
static_assert(kPutRecordsBytesMax + kPutRecordsEntriesMax * kRecordOverheadBytesMax <=
              kBatchPlainBlockBytesMax);
static_assert(kRecordBytesMax <= kPutRecordsBytesMax);
static_assert(kPutRecordsEntriesMax <= kBatchRecordsMax);

absl::Status InvalidRecords(ErrorReason reason, std::string_view what) {
  return WithField(MakeError(reason, what), "records");
}

// "partition_key is empty" becomes "records[3].partition_key is empty", "record has ..." becomes
// "records[3]: record has ...".
absl::Status AtEntry(size_t index, const absl::Status& status) {
  const std::string field = FieldOf(status);
  const std::string message(status.message());
  const std::string_view separator = message.starts_with(field) ? "." : ": ";
  return WithField(MakeError(ReasonOf(status),
                             absl::StrCat("records[", index, "]", std::string(separator), message)),
                   absl::StrCat("records[", index, "].", field));
}

absl::StatusOr<HashKey> CheckRecord(const RecordView& record, const StreamSnapshot& stream) {
  const size_t record_bytes_max = size_t{stream.config().max_record_size_in_kib} * 1024;
  RETURN_IF_ERROR(ValidateRecord(record, record_bytes_max));
  return HashKeyOf(record);
}

void TakeOut(std::span<const RecordView> records, std::span<const absl::Status> results,
             Destination* destination, std::vector<Refusal>* refusals) {
  std::vector<RoutedRecord> admitted;
  for (size_t i = 0; i < destination->records.size(); ++i) {
    const RoutedRecord& routed = destination->records[i];
    if (results[i].ok()) {
      admitted.push_back(routed);
    } else {
      (*refusals)[routed.index] = {destination->shard->index, results[i]};
      destination->bytes -= RecordBytes(records[routed.index]);
    }
  }
  destination->records = std::move(admitted);
}

}  // namespace

absl::Status CheckRecordCount(size_t record_count) {
  if (record_count >= 1 && record_count <= kPutRecordsEntriesMax) return absl::OkStatus();
  return InvalidRecords(ErrorReason::kInvalidArgument,
                        absl::StrCat("records has ", record_count, " entries; it must have 1 to ",
                                     kPutRecordsEntriesMax));
}

absl::StatusOr<std::vector<HashKey>> CheckRecords(const StreamSnapshot& stream,
                                                  std::span<const RecordView> records,
                                                  bool is_list) {
  std::vector<HashKey> hash_keys;
  hash_keys.reserve(records.size());
  size_t bytes = 0;
  for (size_t i = 0; i < records.size(); ++i) {
    const absl::StatusOr<HashKey> hash_key = CheckRecord(records[i], stream);
    if (!hash_key.ok()) return is_list ? AtEntry(i, hash_key.status()) : hash_key.status();
    hash_keys.push_back(*hash_key);
    bytes += RecordBytes(records[i]);
  }
  if (bytes > kPutRecordsBytesMax) {
    return InvalidRecords(
        ErrorReason::kRequestTooLarge,
        absl::StrCat("request has ", bytes, " bytes of data and partition keys, more than ",
                     kPutRecordsBytesMax));
  }
  return hash_keys;
}

std::vector<Destination> Route(const StreamSnapshot& stream, std::span<const RecordView> records,
                               std::span<const RoutedRecord> routed) {
  std::vector<Destination> destinations;
  absl::flat_hash_map<ShardIndex, uint32_t> position_of;
  for (const RoutedRecord& record : routed) {
    const ShardInfo& shard = stream.Route(record.hash_key);
    const auto next = static_cast<uint32_t>(destinations.size());
    const uint32_t position = position_of.try_emplace(shard.index, next).first->second;
    if (position == next) destinations.push_back({&shard, {}, 0});
    destinations[position].records.push_back(record);
    destinations[position].bytes += RecordBytes(records[record.index]);
  }
  return destinations;
}

void Admit(const StreamSnapshot& stream, std::span<const RecordView> records,
           const Admission& admission, std::vector<Destination>* destinations,
           std::vector<Refusal>* refusals) {
  const StreamConfig& config = stream.config();
  if (config.limits.profile == StreamLimits::Profile::kUnlimited) return;
  for (Destination& destination : *destinations) {
    const LimitedShard shard{stream.KeyOf(*destination.shard), config.name, config.limits};
    const size_t count = destination.records.size();
    std::vector<absl::Status> results(count);
    if (admission.all_or_none) {
      const absl::Status admitted =
          admission.limiters.AdmitWrite(shard, count, destination.bytes, admission.now_ms);
      results.assign(count, admitted);
    } else {
      std::vector<uint64_t> sizes;
      sizes.reserve(count);
      for (const RoutedRecord& record : destination.records) {
        sizes.push_back(RecordBytes(records[record.index]));
      }
      if (admission.limiters.AdmitRecords(shard, sizes, admission.now_ms, results) == 0) continue;
    }
    TakeOut(records, results, &destination, refusals);
  }
  std::erase_if(*destinations,
                [](const Destination& destination) { return destination.records.empty(); });
}

absl::StatusOr<RecordBatch> BuildBatch(const StreamSnapshot& stream,
                                       std::span<const RecordView> records,
                                       const Destination& destination,
                                       const ProducerStamp& producer, StreamCipher* cipher) {
  RecordBatchBuilder builder(destination.bytes +
                             destination.records.size() * kRecordOverheadBytesMax);
  for (const RoutedRecord& record : destination.records) {
    builder.Add(records[record.index], record.hash_key);
  }
  const ShardKey key = stream.KeyOf(*destination.shard);
  RecordBatch batch = std::move(builder).Build(key, Codec::kNone, producer);
  if (cipher == nullptr) return batch;
  return cipher->Encrypt(stream.config(), key, std::move(batch));
}

}  // namespace penstock::broker
