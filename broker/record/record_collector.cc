#include "broker/record/record_collector.h"

#include <algorithm>
#include <utility>

namespace penstock::broker {

RecordCollector::RecordCollector(SequenceNumber start, const storage::ReadLimits& limits,
                                 const BatchOpener& opener)
    : limits_(limits), opener_(opener) {
  collected_.next = start;
}

void RecordCollector::Add(const storage::ReadResult& read) {
  size_t records_read = collected_.records.size();
  for (const StoredBatch& batch : read.batches) records_read += batch->header().record_count;
  collected_.records.reserve(std::min<size_t>(limits_.records_max, records_read));

  // Records below it are gone.
  collected_.next = std::max(collected_.next, read.bounds.first);
  collected_.next_append_time_ms = read.next_append_time_ms;
  for (const StoredBatch& batch : read.batches) {
    if (!full_) AddBatch(batch);
  }
  if (AtLimit() || !read.next_append_time_ms.has_value()) full_ = true;
}

storage::ReadLimits RecordCollector::room() const {
  return {.records_max = limits_.records_max - static_cast<uint32_t>(collected_.records.size()),
          .bytes_max = limits_.bytes_max - std::min(limits_.bytes_max, collected_.bytes)};
}

void RecordCollector::Fail(absl::Status error) {
  error_ = std::move(error);
  full_ = true;
}

absl::StatusOr<CollectedRecords> RecordCollector::Finish() && {
  if (collected_.records.empty() && !error_.ok()) return error_;
  return std::move(collected_);
}

absl::StatusOr<StoredBatch> RecordCollector::Decrypted(const StoredBatch& stored) const {
  if (!stored->header().encrypted || opener_.decryptor == nullptr) return stored;
  return opener_.decryptor->Decrypt(*opener_.stream, opener_.shard, stored);
}

void RecordCollector::AddBatch(const StoredBatch& stored) {
  if (AtLimit()) return StopAt(*stored);
  absl::StatusOr<StoredBatch> batch = Decrypted(stored);
  if (!batch.ok()) {
    Fail(batch.status());
    return StopAt(*stored);
  }
  absl::StatusOr<RecordBlockReader> opened = RecordBlockReader::Open(**batch);
  if (!opened.ok()) {
    Fail(opened.status());
    return StopAt(*stored);
  }
  collected_.batches.push_back(*std::move(batch));
  collected_.readers.push_back(*std::move(opened));
  AddRecords(*collected_.batches.back(), collected_.readers.back(), stored->header().encrypted);
}

void RecordCollector::AddRecords(const RecordBatch& batch, RecordBlockReader& reader,
                                 bool encrypted) {
  const int64_t append_time_ms = batch.header().append_time_ms;
  SequenceNumber number = batch.header().first_sequence_number;
  RecordView record;
  for (; reader.Next(&record); number = number.Next()) {
    if (number < collected_.next) continue;
    const size_t bytes = RecordBytes(record);
    const bool fits = collected_.records.empty() || collected_.bytes + bytes <= limits_.bytes_max;
    if (AtLimit() || !fits) return StopAt(batch);
    collected_.records.push_back({number, append_time_ms, record, encrypted});
    collected_.bytes += bytes;
    collected_.next = number.Next();
  }
  if (reader.status().ok()) return;
  Fail(reader.status());
  StopAt(batch);
}

bool RecordCollector::AtLimit() const {
  return collected_.records.size() >= limits_.records_max || collected_.bytes >= limits_.bytes_max;
}

void RecordCollector::StopAt(const RecordBatch& batch) {
  collected_.next_append_time_ms = batch.header().append_time_ms;
  full_ = true;
}

}  // namespace penstock::broker
