#include "client/cli/ordered_put.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "client/rpc/retry_policy.h"
#include "common/status_macros.h"
#include "penstock/errors.h"

namespace penstock::cli {
namespace {

constexpr rpc::RetryDelays kDelays{absl::Milliseconds(20), absl::Seconds(1)};

bool MayBePutAgain(const PutRecordsResultEntry& entry) {
  return !entry.outcome_unknown &&
         (entry.error_code == "OVERLOADED" || entry.error_code == "THROUGHPUT_EXCEEDED" ||
          entry.error_code == "SHUTTING_DOWN");
}

size_t RecordBytes(const PutRecordsEntry& entry) {
  return entry.data.size() + entry.partition_key.size();
}

absl::Status ToStatus(uint64_t line, const PutRecordsResultEntry& entry) {
  return absl::AbortedError(
      absl::StrCat("line ", line, ": ", entry.error_message, " (", entry.error_code, ")"));
}

// What an error of the whole call says of each record.
PutRecordsResultEntry ToResult(const absl::Status& error) {
  const ErrorDetails details = GetErrorDetails(error);
  PutRecordsResultEntry entry;
  entry.error_code =
      details.reason.empty() ? absl::StatusCodeToString(error.code()) : details.reason;
  entry.error_message = std::string(error.message());
  entry.outcome_unknown = details.outcome_unknown;
  return entry;
}

}  // namespace

absl::Status OrderedPut::PutAll(std::vector<PendingLine> batch) {
  absl::Duration remaining = options_.patience;
  rpc::RetrySchedule schedule(rpc::CallKind::kRead, kDelays, options_.seed);
  while (true) {
    const size_t count = batch.size();
    ASSIGN_OR_RETURN(const Throttled throttled, PutOnce(&batch));
    if (batch.empty()) return absl::OkStatus();
    if (batch.size() < count) remaining = options_.patience;
    if (throttled.records == 0) continue;

    absl::Status given_up = absl::ResourceExhaustedError(
        absl::StrCat("line ", batch.front().line, ": still throttled after ",
                     absl::FormatDuration(options_.patience)));
    // The records' own errors said that they may be put again; the schedule is asked for the wait.
    const std::optional<absl::Duration> wait =
        schedule.Next(absl::UnavailableError("throttled"), remaining);
    if (!wait.has_value()) {
      for (const PendingLine& line : batch) options_.on_result(line.line, ToResult(given_up));
      return given_up;
    }
    // Only the waits count, so that a slow broker is not taken for one that does not let anything
    // through; and not those that it named, after which it would have.
    remaining -= *wait;
    const absl::Duration until_next = throttled.wait + *wait;
    if (options_.on_throttled) options_.on_throttled(throttled.records, until_next);
    options_.sleep(until_next);
  }
}

std::vector<PendingLine> OrderedPut::TakeRequest(std::vector<PendingLine>* batch) const {
  if (!options_.bytes_are_limited) return std::exchange(*batch, {});
  // By key, the size of the last record in the request; no more of a key where one was left out.
  constexpr size_t kLeftOut = ~size_t{0};
  std::map<std::string, size_t, std::less<>> last_bytes;
  std::vector<PendingLine> request;
  std::vector<PendingLine> left_out;
  for (PendingLine& line : *batch) {
    const size_t bytes = RecordBytes(line.entry);
    size_t& last = last_bytes[line.entry.partition_key];
    const bool fits = bytes >= last;
    last = fits ? bytes : kLeftOut;
    (fits ? request : left_out).push_back(std::move(line));
  }
  *batch = std::move(left_out);
  return request;
}

void OrderedPut::GiveUp(const std::vector<PendingLine>& not_sent) const {
  PutRecordsResultEntry entry;
  entry.error_code = "NOT_SENT";
  entry.error_message = "a record put before it failed";
  for (const PendingLine& line : not_sent) options_.on_result(line.line, entry);
}

absl::StatusOr<OrderedPut::Throttled> OrderedPut::PutOnce(std::vector<PendingLine>* batch) {
  std::vector<PendingLine> request = TakeRequest(batch);
  std::vector<PutRecordsEntry> entries;
  entries.reserve(request.size());
  // Copies the payload: what fails is put again.
  for (const PendingLine& line : request) entries.push_back(line.entry);
  const absl::StatusOr<PutRecordsResult> result = options_.put(std::move(entries));
  if (!result.ok()) {
    for (const PendingLine& line : request)
      options_.on_result(line.line, ToResult(result.status()));
    GiveUp(*batch);
    return result.status();
  }
  absl::Status failure;
  for (size_t i = 0; i < request.size(); ++i) {
    const PutRecordsResultEntry& entry = result->records[i];
    if (!entry.ok() && !MayBePutAgain(entry)) failure.Update(ToStatus(request[i].line, entry));
  }
  Throttled throttled;
  std::vector<PendingLine> again;
  for (size_t i = 0; i < request.size(); ++i) {
    const PutRecordsResultEntry& entry = result->records[i];
    if (failure.ok() && MayBePutAgain(entry)) {
      throttled.wait = std::max(throttled.wait, entry.retry_delay.value_or(absl::ZeroDuration()));
      again.push_back(std::move(request[i]));
    } else {
      options_.on_result(request[i].line, entry);
    }
  }
  if (!failure.ok()) {
    GiveUp(*batch);
    return failure;
  }
  throttled.records = again.size();
  again.insert(again.end(), std::make_move_iterator(batch->begin()),
               std::make_move_iterator(batch->end()));
  std::sort(again.begin(), again.end(),
            [](const PendingLine& a, const PendingLine& b) { return a.line < b.line; });
  *batch = std::move(again);
  return throttled;
}

}  // namespace penstock::cli
