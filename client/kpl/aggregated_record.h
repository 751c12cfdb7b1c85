// KplAggregator: gathers user records into one aggregated record (client/kpl/aggregate_format.h).
//
//   KplAggregator aggregator;
//   if (aggregator.BytesWith(record) <= bytes_max) aggregator.Add(record, hash_key);
//   AggregatedRecord aggregated = std::move(aggregator).Build();
//
// Each user record is encoded as it is added, so that the sizes are known exactly and its bytes may
// go; equal partition keys, and equal explicit hash keys, are written once. The user records must
// belong to one shard: readers drop an aggregate of which one record is elsewhere (AllWithin in
// client/kpl/deaggregate.h).
//
// The KPL puts a single user record as it is, without this format around it. So should the caller:
// what Build gives with a record_count() of 1 is read all the same, but is larger.
//
// Checks no record: see ValidateRecord. Copies what it is given. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"

#include "client/kpl/aggregate_format.h"
#include "common/hash_key.h"
#include "common/record.h"

namespace penstock::kpl {

// What is put.
struct AggregatedRecord {
  std::string data;
  // "a": the KPL's, which readers do not see.
  std::string partition_key;
  // Decimal, never empty: the hash key of the first user record, for which all go to their shard.
  std::string explicit_hash_key;
};

class KplAggregator {
 public:
  // Copies the record's bytes. `hash_key` is HashKeyOf(record), which the caller has at hand from
  // routing. CHECKs that there are fewer than kUserRecordsMax so far.
  void Add(const RecordView& record, HashKey hash_key);

  // Of the data that Build would give now.
  size_t bytes() const;
  // Of the same after Add(record).
  size_t BytesWith(const RecordView& record) const;

  uint32_t record_count() const { return record_count_; }

  // CHECKs that a record was added.
  AggregatedRecord Build() &&;

 private:
  // A table of the message: each key once, found by its index.
  class KeyTable {
   public:
    explicit KeyTable(uint32_t field) : field_(field) {}

    // The index that `key` has after Add.
    uint64_t IndexOf(std::string_view key) const;
    // Of what Add(key) appends; 0 where the key is there already.
    size_t BytesOf(std::string_view key) const;
    void Add(std::string_view key);
    const std::string& encoded() const { return encoded_; }

   private:
    // Looks a key up without a string of its own: Abseil's may have a string_view that is not
    // std's.
    struct KeyHash {
      using is_transparent = void;
      size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
    };

    uint32_t field_;
    absl::flat_hash_map<std::string, uint64_t, KeyHash, std::equal_to<>> indexes_;
    std::string encoded_;
  };

  // The indexes and sizes of a record, before it is encoded.
  struct Layout {
    uint64_t partition_key_index = 0;
    std::optional<uint64_t> explicit_hash_key_index;
    // Of the Record message, and of the field that holds it.
    size_t message_bytes = 0;
    size_t field_bytes = 0;
  };
  Layout LayoutOf(const RecordView& record) const;

  KeyTable partition_keys_{kPartitionKeyTableField};
  KeyTable explicit_hash_keys_{kExplicitHashKeyTableField};
  std::string records_;
  uint32_t record_count_ = 0;
  HashKey first_hash_key_;
};

}  // namespace penstock::kpl
