// StreamConfig: all that is set of a stream; what is stored of it beside its shards. Plain values.
//
// A change makes a new StreamSnapshot with a changed copy; nothing here changes in place.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/hash_key.h"
#include "common/ids.h"
#include "common/limits.h"

namespace penstock::broker {

// The numbers of the enums here are those of penstock.v1, and stored.

enum class StreamStatus { kCreating = 1, kActive = 2, kUpdating = 3, kDeleting = 4 };

// "CREATING", "ACTIVE", "UPDATING", "DELETING".
std::string_view StreamStatusName(StreamStatus status);

enum class StreamMode { kProvisioned = 1, kOnDemand = 2 };

// "PROVISIONED", "ON_DEMAND".
std::string_view StreamModeName(StreamMode mode);

// By key.
using Tags = std::map<std::string, std::string, std::less<>>;

// What a shard takes and gives a second; 0 is no limit.
struct StreamLimits {
  enum class Profile { kUnlimited = 1, kKinesis = 2, kCustom = 3 };

  Profile profile = Profile::kUnlimited;
  uint64_t write_records_per_second = 0;
  // Data and partition keys.
  uint64_t write_bytes_per_second = 0;
  // What may be put at once after a pause.
  uint64_t write_burst_bytes = 0;
  uint64_t read_bytes_per_second = 0;
  uint64_t read_calls_per_second = 0;

  friend bool operator==(const StreamLimits&, const StreamLimits&) = default;

  // Service quotas of Kinesis Data Streams; the burst is that of large records.
  static StreamLimits Kinesis() {
    return {Profile::kKinesis, 1'000, 1 << 20, 10 << 20, 2 << 20, 5};
  }
};

struct ConsumerInfo {
  std::string name;
  // Of whole seconds, and another one each time a name is registered again: the two together
  // identify the consumer, as in its ARN.
  int64_t creation_timestamp_ms = 0;
  Tags tags;
};

enum class EncryptionType { kNone = 1, kKms = 2 };

// A data key of the stream, encrypted with a master key.
struct WrappedDataKey {
  // From 1, rising; encrypted batches name it.
  uint32_t generation = 0;
  // The master key.
  std::string key_id;
  std::string wrapped;
  int64_t creation_timestamp_ms = 0;
};

struct StreamEncryption {
  // Of what is put from now on.
  EncryptionType type = EncryptionType::kNone;
  // The master key while type is kKms.
  std::string key_id;
  // In order of generation; the last one encrypts, all of them decrypt what was stored with them.
  std::vector<WrappedDataKey> data_keys;
};

enum class ShardLevelMetric {
  kIncomingBytes = 1,
  kIncomingRecords = 2,
  kOutgoingBytes = 3,
  kOutgoingRecords = 4,
  kWriteThroughputExceeded = 5,
  kReadThroughputExceeded = 6,
  kIteratorAge = 7,
};

// Changes that Kinesis allows so many of in 24 hours.
enum class CountedChange {
  kShardCount = 1,
  kMode = 2,
  kEncryptionStart = 3,
  kEncryptionStop = 4,
};

struct ChangeRecord {
  CountedChange change;
  int64_t timestamp_ms = 0;
};

// A shard that a switch opens.
struct PlannedShard {
  ShardIndex index;
  HashKeyRange hash_keys;
  // One (a split) or two (a merge), which the switch closes.
  std::vector<ShardIndex> parents;
};

// A reshard under way: one switch from shards to others, and what is to come after it.
struct ReshardPlan {
  // In order of index. Whoever they name as a parent is closed.
  std::vector<PlannedShard> children;
  // After the switch the stream is split and merged on, until it has so many open shards of equal
  // size. 0: the switch is all.
  uint32_t target_shard_count = 0;
  int64_t begun_timestamp_ms = 0;
};

struct StreamConfig {
  StreamId id;
  std::string name;
  StreamStatus status = StreamStatus::kCreating;
  int64_t creation_timestamp_ms = 0;
  uint32_t retention_period_minutes = kRetentionMinutesDefault;
  uint32_t max_record_size_in_kib = kRecordKibDefault;
  StreamMode mode = StreamMode::kProvisioned;
  // On-demand mode only; 0 is none.
  uint32_t warm_throughput_mibps = 0;
  StreamLimits limits;
  Tags tags;
  // In order of name.
  std::vector<ConsumerInfo> consumers;
  // The latest creation time of a consumer that was deregistered; new ones are of a later one.
  int64_t last_deregistered_timestamp_ms = 0;
  StreamEncryption encryption;
  // In order, each once.
  std::vector<ShardLevelMetric> shard_level_metrics;
  // Of the last 24 hours, oldest first.
  std::vector<ChangeRecord> changes;
  // Shards that are no longer the stream's, and whose records are still to be removed from the log.
  std::vector<ShardIndex> expired_shards;
  // No shard of the stream ever had this index or a higher one.
  ShardIndex next_shard_index;
  // Just while the status is kUpdating.
  std::optional<ReshardPlan> reshard;
};

}  // namespace penstock::broker
