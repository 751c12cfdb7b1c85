// ProducerStats: what a producer has done since it was made. The names are those of the Kinesis
// Producer Library's metrics, in snake case; a batch stands where the KPL has a Kinesis record.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/time/time.h"

namespace penstock {

struct ProducerStats {
  // Taken by Put, and of these: stored, failed, neither yet.
  uint64_t user_records_received = 0;
  uint64_t user_records_put = 0;
  uint64_t user_records_failed = 0;
  uint64_t user_records_pending = 0;
  // Of those failed: because of record_ttl.
  uint64_t user_records_expired = 0;
  // Data of the records stored, in bytes.
  uint64_t user_records_data_put = 0;

  // Batches stored, and their bytes as sent: compressed, with headers.
  uint64_t batches_put = 0;
  uint64_t batches_data_put = 0;
  // Times that a batch was sent, again included.
  uint64_t batches_sent = 0;
  uint64_t retries = 0;
  // Batches that the broker answered as stored before.
  uint64_t duplicates = 0;

  // Answers of the broker other than stored, by reason ("THROUGHPUT_EXCEEDED"), and connections
  // lost ("CONNECTION_LOST").
  std::map<std::string, uint64_t> errors_by_code;
  uint64_t all_errors = 0;

  // Sums over the batches stored: from the first Put into it until it was first sent; from sending
  // until the answer, the last time.
  absl::Duration buffering_time;
  absl::Duration request_time;

  // Bytes that count against ProducerOptions::buffered_bytes_max, and times that Put found no room.
  uint64_t buffered_bytes = 0;
  uint64_t times_full = 0;
  // Age of the oldest record that is not stored and has not failed; zero if there is none.
  absl::Duration oldest_record_age;
  uint64_t shards = 0;
  uint64_t shard_map_refreshes = 0;
};

// The figures as Prometheus text, each named penstock_producer_… with the label stream, e.g.
// penstock_producer_user_records_put_total{stream="orders"} 17.
std::string PrometheusText(const ProducerStats& stats, const std::string& stream_name);

}  // namespace penstock
