#include "client/cli/ordered_put.h"

#include <algorithm>
#include <optional>
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
         (entry.error_code == "OVERLOADED" || entry.error_code == "SHUTTING_DOWN");
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
    RETURN_IF_ERROR(PutOnce(&batch));
    if (batch.empty()) return absl::OkStatus();
    if (batch.size() < count) remaining = options_.patience;

    absl::Status throttled = absl::ResourceExhaustedError(
        absl::StrCat("line ", batch.front().line, ": still throttled after ",
                     absl::FormatDuration(options_.patience)));
    // The records' own errors said that they may be put again; the schedule is asked for the wait.
    const std::optional<absl::Duration> wait =
        schedule.Next(absl::UnavailableError("throttled"), remaining);
    if (!wait.has_value()) {
      for (const PendingLine& line : batch) options_.on_result(line.line, ToResult(throttled));
      return throttled;
    }
    // Only the waits count, so that a slow broker is not taken for one that does not let anything
    // through.
    remaining -= *wait;
    options_.sleep(*wait);
  }
}

absl::Status OrderedPut::PutOnce(std::vector<PendingLine>* batch) {
  std::vector<PutRecordsEntry> entries;
  entries.reserve(batch->size());
  // Copies the payload: what fails is put again.
  for (const PendingLine& line : *batch) entries.push_back(line.entry);
  const absl::StatusOr<PutRecordsResult> result = options_.put(std::move(entries));
  if (!result.ok()) {
    for (const PendingLine& line : *batch) options_.on_result(line.line, ToResult(result.status()));
    return result.status();
  }
  absl::Status failure;
  for (size_t i = 0; i < batch->size(); ++i) {
    const PutRecordsResultEntry& entry = result->records[i];
    if (!entry.ok() && !MayBePutAgain(entry)) failure.Update(ToStatus((*batch)[i].line, entry));
  }
  std::vector<PendingLine> again;
  for (size_t i = 0; i < batch->size(); ++i) {
    const PutRecordsResultEntry& entry = result->records[i];
    if (failure.ok() && MayBePutAgain(entry)) {
      again.push_back(std::move((*batch)[i]));
    } else {
      options_.on_result((*batch)[i].line, entry);
    }
  }
  *batch = std::move(again);
  return failure;
}

}  // namespace penstock::cli
