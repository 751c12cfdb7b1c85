// Records on their way in and out: plain values, owned by whoever holds them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace penstock {

// A record to put.
struct PutRecordsEntry {
  // Any bytes, none included. Data and partition key together may not exceed the stream's record
  // limit, 1 MiB unless it was created with another.
  std::string data = {};
  // 1 to 256 characters of UTF-8. Decides the shard; records of one key stay in order.
  std::string partition_key = {};
  // Decimal, 0 to 2^128-1: decides the shard instead of the partition key. Empty: the partition key
  // decides.
  std::string explicit_hash_key = {};
};

struct PutRecordResult {
  std::string shard_id;
  // Position in the shard: contiguous, from 1.
  uint64_t sequence_number = 0;
};

// What became of one record of a PutRecords.
struct PutRecordsResultEntry {
  // Set where the record was stored.
  std::string shard_id;
  uint64_t sequence_number = 0;
  // Empty where the record was stored; otherwise why not, e.g. "OVERLOADED".
  std::string error_code;
  std::string error_message;
  // With error_code: the record may have been stored all the same.
  bool outcome_unknown = false;

  bool ok() const { return error_code.empty(); }
};

struct PutRecordsResult {
  // How many of the records were not stored, or not for sure.
  size_t failed_record_count = 0;
  // One for each record, in the order of the request.
  std::vector<PutRecordsResultEntry> records;
};

// Where reading a shard begins.
//
//   IteratorPosition::TrimHorizon()           the oldest record kept
//   IteratorPosition::Latest()                after the youngest record
//   IteratorPosition::AtSequenceNumber(42)    record 42
//   IteratorPosition::AfterSequenceNumber(42) the record after 42
//   IteratorPosition::AtTimestamp(time)       the first record that arrived then or later
class IteratorPosition {
 public:
  enum class Kind { kTrimHorizon, kLatest, kAtSequenceNumber, kAfterSequenceNumber, kAtTimestamp };

  static IteratorPosition TrimHorizon() { return IteratorPosition(Kind::kTrimHorizon); }
  static IteratorPosition Latest() { return IteratorPosition(Kind::kLatest); }
  static IteratorPosition AtSequenceNumber(uint64_t sequence_number) {
    IteratorPosition position(Kind::kAtSequenceNumber);
    position.sequence_number_ = sequence_number;
    return position;
  }
  static IteratorPosition AfterSequenceNumber(uint64_t sequence_number) {
    IteratorPosition position(Kind::kAfterSequenceNumber);
    position.sequence_number_ = sequence_number;
    return position;
  }
  // Taken to the millisecond, rounded down. A time in the future is refused by the broker.
  static IteratorPosition AtTimestamp(absl::Time timestamp) {
    IteratorPosition position(Kind::kAtTimestamp);
    position.timestamp_ = timestamp;
    return position;
  }

  Kind kind() const { return kind_; }
  // Meant with kAtSequenceNumber and kAfterSequenceNumber.
  uint64_t sequence_number() const { return sequence_number_; }
  // Meant with kAtTimestamp.
  absl::Time timestamp() const { return timestamp_; }

 private:
  explicit IteratorPosition(Kind kind) : kind_(kind) {}

  Kind kind_;
  uint64_t sequence_number_ = 0;
  absl::Time timestamp_;
};

// A record as it is kept.
struct ReceivedRecord {
  uint64_t sequence_number = 0;
  // When the broker took the record, to the millisecond.
  absl::Time approximate_arrival_time;
  std::string data;
  std::string partition_key;
  // Empty unless the record was put with one.
  std::string explicit_hash_key;
};

struct GetRecordsOptions {
  // 1 to 10,000; 0 stands for 10,000. The answer also ends at 10 MiB.
  uint32_t limit = 0;
  // Where there is no record yet, wait for one up to this long: 0 (answer at once) to 30 s, in
  // whole milliseconds.
  absl::Duration max_wait = absl::ZeroDuration();
};

struct GetRecordsResult {
  // In order; may be empty before the tip is reached, too: go on with next_shard_iterator.
  std::vector<ReceivedRecord> records;
  // Empty when the shard is closed and read to its end. Otherwise valid for five minutes.
  std::string next_shard_iterator;
  // How far next_shard_iterator is from the tip: age of the oldest record not yet given. Zero at
  // the tip.
  absl::Duration behind_latest;
  // How many records lie between next_shard_iterator and the tip.
  uint64_t records_behind_latest = 0;
};

}  // namespace penstock
