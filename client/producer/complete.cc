#include "client/producer/complete.h"

#include <memory>
#include <optional>
#include <utility>

#include "client/rpc/error_details.h"
#include "common/check.h"

namespace penstock::producer {
namespace {

// What the callback holds goes with it: before the room is given back, and Close returns.
void Tell(PendingRecord& record, PutOutcome outcome) {
  record.done(std::move(outcome));
  record.done = nullptr;
}

}  // namespace

void Completer::GiveBack(const std::vector<PendingRecord>& records) {
  for (size_t i = 0; i < records.size();) {
    const RecordBudget::Epoch epoch = records[i].epoch;
    size_t bytes = 0;
    const size_t begin = i;
    for (; i < records.size() && records[i].epoch == epoch; ++i) bytes += records[i].bytes;
    budget_.Give(epoch, i - begin, bytes);
  }
}

void Completer::Complete(FinishedBatch finished) {
  uint64_t data_bytes = 0;
  for (const PendingRecord& record : finished.batch.pending) data_bytes += record.data_bytes;
  meter_.OnFinished(finished, data_bytes);
  std::vector<PendingRecord> records = std::move(finished.batch.pending);
  const std::shared_ptr<const PutHistory> history = std::move(finished.history);
  if (!finished.status.ok()) {
    const absl::Status error = rpc::WithOutcome(finished.status, finished.outcome_unknown);
    for (PendingRecord& record : records) Tell(record, {error, 0, {}, history});
    return GiveBack(records);
  }
  const std::vector<uint32_t>& users = finished.batch.user_records;
  uint64_t number = finished.first_sequence_number.value();
  if (users.empty()) {
    for (PendingRecord& record : records) Tell(record, {absl::OkStatus(), number++, {}, history});
    return GiveBack(records);
  }
  size_t next = 0;
  for (const uint32_t count : users) {
    for (uint32_t i = 0; i < count; ++i) {
      std::optional<uint64_t> sub;
      if (count > 1) sub = i;
      Tell(records[next++], {absl::OkStatus(), number, sub, history});
    }
    ++number;
  }
  CHECK(next == records.size());
  GiveBack(records);
}

void Completer::Fail(std::vector<PendingRecord> records, const absl::Status& error) {
  if (records.empty()) return;
  meter_.OnFailed(records.size(), absl::IsDeadlineExceeded(error));
  const auto history = std::make_shared<const PutHistory>();
  const absl::Status status = rpc::WithOutcome(error, /*outcome_unknown=*/false);
  for (PendingRecord& record : records) Tell(record, {status, 0, {}, history});
  GiveBack(records);
}

}  // namespace penstock::producer
