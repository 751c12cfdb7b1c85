// Completer: tells those who put the records of a batch what became of them, and gives back their
// room. On the producer's thread, outside every lock.
#pragma once

#include <vector>

#include "absl/status/status.h"

#include "client/producer/batch.h"
#include "client/producer/collect.h"
#include "client/producer/meter.h"
#include "client/producer/record_budget.h"

namespace penstock::producer {

class Completer {
 public:
  Completer(RecordBudget& budget, ProducerMeter& meter) : budget_(budget), meter_(meter) {}

  void Complete(FinishedBatch finished);
  // Records that were never sent.
  void Fail(std::vector<PendingRecord> records, const absl::Status& error);

 private:
  // After the callbacks: who waits for room, or for the records to be gone, finds them told.
  void GiveBack(const std::vector<PendingRecord>& records);

  RecordBudget& budget_;
  ProducerMeter& meter_;
};

}  // namespace penstock::producer
