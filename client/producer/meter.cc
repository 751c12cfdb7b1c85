#include "client/producer/meter.h"

#include "absl/strings/str_cat.h"

#include "penstock/errors.h"

namespace penstock {
namespace producer {
namespace {

std::string CodeOf(const absl::Status& error) {
  std::string reason = GetErrorDetails(error).reason;
  if (!reason.empty()) return reason;
  if (absl::IsUnavailable(error) || absl::IsCancelled(error)) return "CONNECTION_LOST";
  return absl::StatusCodeToString(error.code());
}

}  // namespace

void ProducerMeter::OnBatchSent(bool again) {
  MutexLock lock(mutex_);
  ++stats_.batches_sent;
  if (again) ++stats_.retries;
}

void ProducerMeter::OnError(const absl::Status& error) {
  MutexLock lock(mutex_);
  ++stats_.all_errors;
  ++stats_.errors_by_code[CodeOf(error)];
}

void ProducerMeter::OnFinished(const FinishedBatch& finished, uint64_t data_bytes) {
  const std::vector<PendingRecord>& records = finished.batch.pending;
  MutexLock lock(mutex_);
  if (!finished.status.ok()) {
    stats_.user_records_failed += records.size();
    if (absl::IsDeadlineExceeded(finished.status)) stats_.user_records_expired += records.size();
    return;
  }
  stats_.user_records_put += records.size();
  stats_.user_records_data_put += data_bytes;
  ++stats_.batches_put;
  stats_.batches_data_put += finished.batch.bytes->size();
  if (finished.duplicate) ++stats_.duplicates;
  stats_.buffering_time += absl::Microseconds(finished.first_sent_us - records.front().put_us);
  if (!finished.history->attempts.empty())
    stats_.request_time += finished.history->attempts.back().duration;
}

void ProducerMeter::OnFailed(size_t records, bool expired) {
  MutexLock lock(mutex_);
  stats_.user_records_failed += records;
  if (expired) stats_.user_records_expired += records;
}

void ProducerMeter::OnShardMap() {
  MutexLock lock(mutex_);
  ++stats_.shard_map_refreshes;
}

ProducerStats ProducerMeter::Read() const {
  MutexLock lock(mutex_);
  ProducerStats stats = stats_;
  stats.user_records_received = received_.load(std::memory_order_relaxed);
  return stats;
}

}  // namespace producer

std::string PrometheusText(const ProducerStats& stats, const std::string& stream_name) {
  std::string escaped;
  for (const char c : stream_name) {
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  std::string text;
  const auto add = [&](const char* type, const std::string& name, auto value,
                       const std::string& more_labels = "") {
    if (more_labels.empty() ||
        text.find("TYPE penstock_producer_" + name + " ") == std::string::npos)
      absl::StrAppend(&text, "# TYPE penstock_producer_", name, " ", type, "\n");
    absl::StrAppend(&text, "penstock_producer_", name, "{stream=\"", escaped, "\"", more_labels,
                    "} ", value, "\n");
  };
  add("counter", "user_records_received_total", stats.user_records_received);
  add("counter", "user_records_put_total", stats.user_records_put);
  add("counter", "user_records_failed_total", stats.user_records_failed);
  add("counter", "user_records_expired_total", stats.user_records_expired);
  add("gauge", "user_records_pending", stats.user_records_pending);
  add("counter", "user_records_data_put_bytes_total", stats.user_records_data_put);
  add("counter", "batches_put_total", stats.batches_put);
  add("counter", "batches_data_put_bytes_total", stats.batches_data_put);
  add("counter", "batches_sent_total", stats.batches_sent);
  add("counter", "retries_total", stats.retries);
  add("counter", "duplicates_total", stats.duplicates);
  add("counter", "all_errors_total", stats.all_errors);
  for (const auto& [code, count] : stats.errors_by_code)
    add("counter", "errors_by_code_total", count, ",code=\"" + code + "\"");
  add("counter", "buffering_time_seconds_total", absl::ToDoubleSeconds(stats.buffering_time));
  add("counter", "request_time_seconds_total", absl::ToDoubleSeconds(stats.request_time));
  add("gauge", "buffered_bytes", stats.buffered_bytes);
  add("counter", "times_full_total", stats.times_full);
  add("gauge", "oldest_record_age_seconds", absl::ToDoubleSeconds(stats.oldest_record_age));
  add("gauge", "shards", stats.shards);
  add("counter", "shard_map_refreshes_total", stats.shard_map_refreshes);
  return text;
}

}  // namespace penstock
