// Limits of the API, the same at every door. Sources: the Kinesis API reference, where no other is
// named.
#pragma once

#include <cstddef>
#include <cstdint>

namespace penstock {

inline constexpr size_t kStreamNameCharsMax = 128;
inline constexpr size_t kPartitionKeyCharsMax = 256;

// A record's size is data and partition key together.
inline constexpr uint32_t kRecordKibDefault = 1024;
inline constexpr uint32_t kRecordKibMax = 10 * 1024;
inline constexpr size_t kRecordBytesMax = size_t{kRecordKibMax} * 1024;

inline constexpr size_t kPutRecordsEntriesMax = 500;
inline constexpr size_t kPutRecordsBytesMax = 10 * 1024 * 1024;

inline constexpr uint32_t kGetRecordsEntriesMax = 10'000;
inline constexpr size_t kGetRecordsBytesMax = 10 * 1024 * 1024;
// Penstock's own: longest wait of a long-poll.
inline constexpr uint32_t kGetRecordsWaitMsMax = 30'000;

inline constexpr int64_t kIteratorLifetimeMs = 300'000;
inline constexpr int64_t kNextTokenLifetimeMs = 300'000;

inline constexpr uint32_t kShardsPerStreamMax = 10'000;
// Penstock's own, a node: an idle shard costs up to 20 KiB of memory, so this many about a GiB.
inline constexpr uint32_t kStreamsMax = 10'000;
inline constexpr uint32_t kShardsMax = 50'000;
inline constexpr uint32_t kListShardsDefault = 1'000;
inline constexpr uint32_t kListStreamsDefault = 100;
inline constexpr uint32_t kDescribeStreamShardsDefault = 100;
inline constexpr uint32_t kPageMax = 10'000;

inline constexpr uint32_t kRetentionHoursMin = 24;
inline constexpr uint32_t kRetentionHoursMax = 8'760;
// Penstock's own: streams that are made over gRPC may keep less than Kinesis does.
inline constexpr uint32_t kRetentionMinutesMin = 1;
inline constexpr uint32_t kRetentionMinutesDefault = kRetentionHoursMin * 60;
inline constexpr uint32_t kRetentionMinutesMax = kRetentionHoursMax * 60;

// Penstock's own: of each number of a custom limits profile. Beyond any machine, and far below where
// sums would overflow.
inline constexpr uint64_t kLimitPerSecondMax = uint64_t{1} << 40;

inline constexpr size_t kTagsMax = 50;
inline constexpr size_t kTagKeyCharsMax = 128;
inline constexpr size_t kTagValueCharsMax = 256;
inline constexpr uint32_t kListTagsMax = 50;

inline constexpr uint32_t kConsumersPerStreamMax = 20;
// With the account's minimum throughput commitment enabled.
inline constexpr uint32_t kConsumersPerStreamMaxCommitted = 50;
inline constexpr size_t kConsumerNameCharsMax = 128;
inline constexpr uint32_t kListConsumersDefault = 100;

inline constexpr uint32_t kOnDemandStreamsMax = 50;
// Shards of a new on-demand stream: 4 MB/s.
inline constexpr uint32_t kOnDemandShardsDefault = 4;
inline constexpr uint32_t kWarmThroughputMibpsMax = 10 * 1024;

inline constexpr int64_t kSubscriptionLifetimeMs = 300'000;
// A new subscription may take the place of one that is as old as this.
inline constexpr int64_t kSubscriptionTakeoverMs = 5'000;
// An event is sent at least so often.
inline constexpr int64_t kSubscriptionIdleEventMs = 5'000;

inline constexpr size_t kKeyIdCharsMax = 2'048;
// Penstock's own: data keys of a stream, of which each start of its encryption makes one.
inline constexpr size_t kDataKeysPerStreamMax = 1'000;

// Penstock's own: records in a stored batch, and the bytes of its block, stored and uncompressed. A
// batch must hold any request.
inline constexpr uint32_t kBatchRecordsMax = 65'536;
inline constexpr size_t kBatchBlockBytesMax = 16 * 1024 * 1024;
// Encryption adds so many to a block (docs/record-format.md); a block that is built leaves the room.
inline constexpr size_t kBatchEncryptionBytes = 44;
inline constexpr size_t kBatchPlainBlockBytesMax = kBatchBlockBytesMax - kBatchEncryptionBytes;

// gRPC messages: the largest request with its framing (gRPC's own default of 4 MiB is too small).
inline constexpr int kGrpcMessageBytesMax = 16 * 1024 * 1024;

}  // namespace penstock
