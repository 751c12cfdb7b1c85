// Records on their way in and out: plain values, owned by whoever holds them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "penstock/encryption_type.h"
#include "penstock/shards.h"

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

// Makes a put idempotent (ProducerStamp in the API): the same records put again with the same stamp
// are answered with the first result, also after a restart of the broker. The client itself tries a
// stamped put again where it does not know what became of it.
struct PutStamp {
  // Of the producer's choosing, unique among the stream's producers; not 0.
  uint64_t producer_id = 0;
  // Rises when a producer starts anew; puts of a lower epoch are then refused (PRODUCER_FENCED),
  // shard by shard.
  uint32_t producer_epoch = 0;
  // Rises with each put of the epoch, over all shards; from 1.
  uint64_t producer_sequence = 0;
  // The producer's sequence before this one in the same shard, 0 if there was none: the put is
  // refused (PRODUCER_SEQUENCE_GAP) unless it was the last stored there, so that order holds with
  // several puts under way. Only where all records go to one shard.
  std::optional<uint64_t> previous_producer_sequence = {};
};

struct PutRecordOptions {
  // The record gets a higher number than this one, which was given by an earlier put to the same
  // shard.
  std::optional<uint64_t> sequence_number_for_ordering = {};
  // The put is refused (SEQUENCE_NUMBER_MISMATCH, with the number that would be next) unless the
  // record gets this number.
  std::optional<uint64_t> expected_next_sequence_number = {};
  std::optional<PutStamp> stamp = {};
  // Checks everything and stores nothing: never OK; the error DRY_RUN where the put would have
  // succeeded, and that of the put where not.
  bool dry_run = false;
};

struct PutRecordsOptions {
  // One for all records of the call. Those of one shard then are stored all or none.
  std::optional<PutStamp> stamp = {};
  // As in PutRecordOptions.
  bool dry_run = false;
};

struct PutRecordResult {
  std::string shard_id;
  // Position in the shard: contiguous, from 1.
  uint64_t sequence_number = 0;
  EncryptionType encryption_type = EncryptionType::kNone;
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
  // With error_code: the broker asks to wait at least this long before the record is put again.
  std::optional<absl::Duration> retry_delay = {};

  bool ok() const { return error_code.empty(); }
};

struct PutRecordsResult {
  // How many of the records were not stored, or not for sure.
  size_t failed_record_count = 0;
  // One for each record, in the order of the request.
  std::vector<PutRecordsResultEntry> records;
  EncryptionType encryption_type = EncryptionType::kNone;
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
  // How the record is stored.
  EncryptionType encryption_type = EncryptionType::kNone;
};

struct GetShardIteratorOptions {
  // As in PutRecordOptions.
  bool dry_run = false;
};

struct GetRecordsOptions {
  // 1 to 10,000; 0 stands for 10,000. The answer also ends at 10 MiB.
  uint32_t limit = 0;
  // Where there is no record yet, wait for one up to this long: 0 (answer at once) to 30 s, in
  // whole milliseconds.
  absl::Duration max_wait = absl::ZeroDuration();
  // As in PutRecordOptions.
  bool dry_run = false;
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
  // At the end of a closed shard, and only there: the shards that go on with its hash keys.
  std::vector<ChildShard> child_shards;
};

}  // namespace penstock
