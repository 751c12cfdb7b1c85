// What the client says about streams and their settings: plain values, owned by whoever holds them.
// The names are those of Amazon Kinesis Data Streams.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

#include "penstock/encryption_type.h"
#include "penstock/shards.h"

namespace penstock {

enum class StreamState {
  // A state that this client does not know: the broker is newer.
  kUnknown,
  // Being created; records are not taken yet.
  kCreating,
  kActive,
  // Being resharded or reconfigured; records are taken and given.
  kUpdating,
  // Being deleted; its records are no longer to be had.
  kDeleting,
};

// "CREATING", "ACTIVE", "UPDATING", "DELETING" or "UNKNOWN".
std::string_view StreamStateName(StreamState state);

enum class StreamMode {
  // The shards are those asked for.
  kProvisioned,
  // The broker splits and merges shards by load.
  kOnDemand,
};

// "PROVISIONED" or "ON_DEMAND".
std::string_view StreamModeName(StreamMode mode);

// What a shard of a stream takes and gives a second. The numbers are meant with kCustom alone; 0 is
// no limit.
struct StreamLimits {
  enum class Profile {
    // No limit but the machine's.
    kUnlimited,
    // A shard takes 1,000 records and 1 MiB a second, with bursts of 10 MiB, and gives 2 MiB and 5
    // calls a second.
    kKinesis,
    kCustom,
  };

  Profile profile = Profile::kUnlimited;
  uint64_t write_records_per_second = 0;
  // Data and partition keys.
  uint64_t write_bytes_per_second = 0;
  // What may be put at once after a pause, not less than write_bytes_per_second; 0 stands for ten
  // seconds' worth.
  uint64_t write_burst_bytes = 0;
  uint64_t read_bytes_per_second = 0;
  uint64_t read_calls_per_second = 0;

  static StreamLimits Unlimited() { return {}; }
  static StreamLimits Kinesis() { return {.profile = Profile::kKinesis}; }
};

// "UNLIMITED", "KINESIS" or "CUSTOM".
std::string_view LimitsProfileName(StreamLimits::Profile profile);

struct Tag {
  // 1 to 128 of letters, digits, spaces and _ . : / = + - @ %, not beginning with "aws:".
  std::string key = {};
  // 0 to 256 of the same.
  std::string value = {};
};

// How much an on-demand stream is kept ready for, and is ready for now, in MiB/s.
struct WarmThroughput {
  uint32_t target_mibps = 0;
  uint32_t current_mibps = 0;
};

// A metric that is counted for each shard.
enum class ShardLevelMetric {
  // A metric that this client does not know: the broker is newer.
  kUnknown,
  kIncomingBytes,
  kIncomingRecords,
  kOutgoingBytes,
  kOutgoingRecords,
  kWriteProvisionedThroughputExceeded,
  kReadProvisionedThroughputExceeded,
  kIteratorAgeMilliseconds,
  // In requests: all of them.
  kAll,
};

// As Kinesis writes it: "IncomingBytes", ..., "ALL"; "UNKNOWN".
std::string_view ShardLevelMetricName(ShardLevelMetric metric);

struct ShardLevelMetrics {
  // Before and after the change.
  std::vector<ShardLevelMetric> current;
  std::vector<ShardLevelMetric> desired;
};

// A shard of an on-demand stream whose load comes from one partition key: no split would spread it.
struct HotShard {
  std::string shard_id;
  // The key's hash, decimal.
  std::string hash_key;
  // Its part of the shard's bytes, 0 to 1.
  double share = 0;
  uint64_t bytes_per_second = 0;
};

struct CreateStreamOptions {
  // 1 to 10,000; 0 stands for 1, in on-demand mode for 4.
  uint32_t shard_count = 0;
  // How long records are kept: 1 minute to 365 days, in whole minutes; zero stands for the broker's
  // default, 24 hours.
  absl::Duration retention_period = absl::ZeroDuration();
  // Largest record, data and partition key together: 1,024 to 10,240 KiB; 0 stands for the broker's
  // default, 1,024.
  uint32_t record_kib_max = 0;
  StreamMode mode = StreamMode::kProvisioned;
  // On-demand mode only, and not together with shard_count: MiB/s to be ready for, 1 to 10,240.
  uint32_t warm_throughput_mibps = 0;
  StreamLimits limits = {};
  // At most 50.
  std::vector<Tag> tags = {};
};

struct DeleteStreamOptions {
  // Deletes the stream's registered consumers with it. Without, a stream that has some is refused
  // (STREAM_HAS_CONSUMERS).
  bool enforce_consumer_deletion = false;
};

struct StreamListing {
  std::string stream_name;
  StreamState state = StreamState::kUnknown;
  absl::Time creation_time;
  StreamMode mode = StreamMode::kProvisioned;
};

struct ListStreamsOptions {
  // The page begins after this name; it need not exist. Empty: at the beginning.
  std::string exclusive_start_stream_name = {};
  // Streams a page, 1 to 10,000; 0 stands for 100.
  uint32_t limit = 0;
};

// A page of streams in order of name.
struct StreamListPage {
  std::vector<StreamListing> streams;
  bool has_more = false;
};

struct StreamDescription {
  std::string stream_name;
  StreamState state = StreamState::kUnknown;
  absl::Time creation_time;
  // How long records are kept.
  absl::Duration retention_period;
  uint32_t open_shard_count = 0;
  // Shards that take no more records and can still be read.
  uint32_t closed_shard_count = 0;
  // Largest record, data and partition key together.
  uint32_t record_kib_max = 0;
  // Tells a stream from one of the same name that was deleted before it.
  uint64_t stream_id = 0;
  StreamMode mode = StreamMode::kProvisioned;
  // On-demand mode only.
  std::optional<WarmThroughput> warm_throughput;
  StreamLimits limits;
  // Of what is put from now on.
  EncryptionType encryption_type = EncryptionType::kNone;
  // The master key, while encryption is on.
  std::string key_id;
  // Registered consumers.
  uint32_t consumer_count = 0;
  std::vector<ShardLevelMetric> shard_level_metrics;
  // On-demand mode only.
  std::vector<HotShard> hot_shards;
};

struct DescribeStreamOptions {
  // The page begins after this shard; it need not exist. Empty: at the beginning.
  std::string exclusive_start_shard_id = {};
  // Shards a page, 1 to 10,000; 0 stands for 100.
  uint32_t limit = 0;
};

// A stream and a page of its shards.
struct StreamPage {
  StreamDescription stream;
  std::vector<ShardDescription> shards;
  bool has_more_shards = false;
};

struct ListTagsOptions {
  // The page begins after this key; it need not exist. Empty: at the beginning.
  std::string exclusive_start_tag_key = {};
  // Tags a page, 1 to 50; 0 stands for 50, which is all that a stream may have.
  uint32_t limit = 0;
};

// A page of tags in order of key.
struct TagListPage {
  std::vector<Tag> tags;
  bool has_more = false;
};

}  // namespace penstock
