// ProducerOptions: where a producer puts records, and how. The names are those of the Kinesis
// Producer Library where it has the option; what is meant is the same unless the comment says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/time/time.h"

#include "penstock/client_options.h"
#include "penstock/producer_stats.h"

namespace penstock {

enum class Compression { kNone, kLz4, kZstd };

// What Put does where there is no room (ProducerOptions::buffered_bytes_max).
enum class WhenFull {
  // Waits until there is.
  kWait,
  // Returns RESOURCE_EXHAUSTED at once; Producer::CallWhenRoom tells when to go on.
  kFail,
};

struct ProducerOptions {
  // Required.
  std::string stream_name = {};

  // endpoint, connection_count and retry_delay_* are used; the shards are spread over the
  // connections.
  ClientOptions client = {};

  // ---- Batches. A batch is sent when it is full, or when its first record has waited this long.
  // Longer makes larger batches, which cost less and compress better. 0 to 60 s; 0 sends what is
  // there as soon as the connection takes it. The KPL's default is 100 ms.
  absl::Duration record_max_buffered_time = absl::Milliseconds(5);
  // Bytes of a batch, before compression: 1 KiB to 15 MiB. A larger record has a batch of its own.
  size_t collection_max_size = 1 << 20;
  // Records of a batch, 1 to 65,536.
  uint32_t collection_max_count = 65'536;
  Compression compression = Compression::kNone;

  // ---- The KPL's aggregation: several records in one, for consumers that know it (the KCL). The
  // consumers of Penstock need no aggregation, which therefore is off; the KPL has it on.
  bool aggregation_enabled = false;
  // User records in an aggregated one, 1 to 65,536, and its bytes, 64 B to 10 MiB.
  uint32_t aggregation_max_count = 65'536;
  size_t aggregation_max_size = 51'200;

  // ---- Room. Data and keys of the records that are not yet stored, with 100 bytes for each record.
  // The memory that the producer takes is about twice this where batches are of many records: their
  // bytes, compressed or not, are held until they are stored. Of batches with one or a few records
  // each what is kept beside them, about 1 KiB a batch, is more. 1 MiB to 64 GiB.
  size_t buffered_bytes_max = 64 << 20;
  // 1 to 100 million.
  size_t buffered_records_max = 1'000'000;
  WhenFull when_full = WhenFull::kWait;

  // ---- Sending. Batches under way of one shard, 1 to 16 (the broker knows a producer's last 16).
  // Order is kept with any number.
  int batches_in_flight_max = 8;
  // A connection on which a batch is not answered for so long is left, and its batches are put
  // again on a new one. At least 100 ms. The KPL's is 6 s.
  absl::Duration request_timeout = absl::Seconds(30);
  // Records that are not stored so long after Put fail with DEADLINE_EXCEEDED; what may be stored
  // all the same says so (ErrorDetails::outcome_unknown). A batch expires as a whole, with its last
  // record: those before it are told up to a quarter of the time later. At least 100 ms and
  // record_max_buffered_time. The KPL drops records after 30 s; here they are kept unless a time is
  // given.
  absl::Duration record_ttl = absl::InfiniteDuration();

  // ---- Limits. Percent of what the broker lets a shard be put, that is sent; 1 to 1,000. Above 100
  // the broker throttles now and then, which costs a retry; with several producers each can use
  // what the others leave. Without effect on streams without limits.
  uint32_t rate_limit = 150;
  // Records that the broker throttles fail with RESOURCE_EXHAUSTED instead of being put again.
  bool fail_if_throttled = false;

  // ---- Figures. Called every `metrics_interval` (1 s or more) from the producer's thread.
  std::function<void(const ProducerStats&)> metrics_callback = nullptr;
  absl::Duration metrics_interval = absl::Seconds(60);

  // For tests alone: seed of random waits and of the producer's ids; default: from the system. Two
  // producers with one seed take each other's batches for their own, which are then not stored.
  std::optional<uint64_t> seed = {};
};

}  // namespace penstock
