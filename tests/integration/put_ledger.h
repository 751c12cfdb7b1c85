// PutLedger: the records that a test puts through a producer, what the producer says of each, and
// whether what is stored fits to both.
//
//   PutLedger ledger(std::move(records));
//   producer->Put(ledger.record(i), ledger.Expect(i));   // each i once; those of a key in order
//   ... Close ...
//   ledger.CheckTold(...);
//   ledger.CheckStored(ReadStored(fixture, "orders"));
//
// Thread-safe, but the checks are for the test's thread when everything is told.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "common/mutex.h"
#include "penstock/producer.h"
#include "tests/integration/fixture.h"

namespace penstock::test {

struct RecordToPut {
  std::string key;
  // Decimal, or empty; always the same of a key.
  std::string explicit_hash_key;
  // Begins with its place in the ledger and '/'.
  std::string data;
};

// A record as it was put: those of aggregates (client/kpl) each by itself.
struct StoredRecord {
  std::string shard_id;
  uint64_t sequence_number = 0;
  std::optional<uint64_t> sub_sequence_number;
  std::string partition_key;
  std::string explicit_hash_key;
  std::string data;
};

// All that is stored, parents before children. CHECKs that each record, those in aggregates too, is in
// the shard that its hash key belongs to, and that sequence numbers have no gap.
std::vector<StoredRecord> ReadStored(Fixture& fixture, const std::string& stream);

class PutLedger {
 public:
  explicit PutLedger(std::vector<RecordToPut> records)
      : records_(std::move(records)), told_(records_.size()) {}

  size_t size() const { return records_.size(); }
  ProducerRecord record(size_t i) const {
    return {records_[i].data, records_[i].key, records_[i].explicit_hash_key};
  }
  PutCallback Expect(size_t i);
  // Put itself failed.
  void OnRefused(size_t i, const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);

  // Records that something was told of.
  size_t told_count() const ABSL_LOCKS_EXCLUDED(mutex_);
  // False if fewer than `count` records are told after `timeout`.
  bool WaitUntilTold(size_t count, std::chrono::milliseconds timeout) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Each record was told once; unless `may_fail`, with OK.
  void CheckTold(bool may_fail);
  // What was told OK is there once, where it was told to be; what failed is not, unless the error says
  // that it may; nothing else is there; those of each key are in order.
  void CheckStored(const std::vector<StoredRecord>& stored);

 private:
  struct Told {
    int times = 0;
    absl::Status status;
    std::string shard_id;
    uint64_t sequence_number = 0;
    std::optional<uint64_t> sub_sequence_number;
  };

  void Tell(size_t i, Told told) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::vector<RecordToPut> records_;
  // Held alone.
  mutable Mutex mutex_;
  mutable CondVar told_changed_;
  std::vector<Told> told_ ABSL_GUARDED_BY(mutex_);
  size_t told_count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace penstock::test
