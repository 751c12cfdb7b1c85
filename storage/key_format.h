// Keys of the column families. Numbers are big-endian, so that RocksDB's order is theirs.
//
//   family       key                                                          value
//   data         (stream 8, shard 4, first sequence number 8)                 batch
//   time_index   (stream 8, shard 4, append time 8, first sequence number 8)  bytes before, 8
//   shards       (stream 8, shard 4)                                          ShardRow
//                (stream 8, shard 4, producer 8, row 1)                       ProducerRow
//
// The rows of a shard's producers lie behind its own and before that of the next shard: one scan
// reads all that is known of a shard.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/ids.h"

namespace penstock::storage {

std::string ShardPrefix(const ShardKey& shard);
// Nothing unless it is 12 bytes.
std::optional<ShardKey> DecodeShardPrefix(std::string_view key);

struct ProducerRowKey {
  ShardKey shard;
  uint64_t producer_id = 0;
  uint8_t row = 0;
};

std::string EncodeProducerRowKey(const ProducerRowKey& key);
// Nothing unless it is 21 bytes.
std::optional<ProducerRowKey> DecodeProducerRowKey(std::string_view key);

std::string DataKey(const ShardKey& shard, SequenceNumber first);
// Nothing unless it is a data key of `shard`.
std::optional<SequenceNumber> DecodeDataKey(const ShardKey& shard, std::string_view key);

struct TimeIndexEntry {
  int64_t append_time_ms = 0;
  SequenceNumber first_sequence_number;
};

std::string TimeIndexKey(const ShardKey& shard, const TimeIndexEntry& entry);
// Nothing unless it is a time index key of `shard`.
std::optional<TimeIndexEntry> DecodeTimeIndexKey(const ShardKey& shard, std::string_view key);

// Value of a time index entry: bytes of all batches of the shard that were appended before it.
std::string EncodeBytesBefore(uint64_t bytes);
std::optional<uint64_t> DecodeBytesBefore(std::string_view value);

// Past every key of `shard`, in any column family; the prefix of the shard that comes next.
std::string ShardEnd(const ShardKey& shard);

}  // namespace penstock::storage
