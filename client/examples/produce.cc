// Puts a thousand records into the stream "orders" of the broker at 127.0.0.1:7070 through a
// producer, and says how many were stored.
//
//   penstock stream create orders && penstock-example-produce
#include <atomic>
#include <iostream>
#include <string>

#include "penstock/producer.h"

int main() {
  penstock::ProducerOptions options;
  options.stream_name = "orders";
  options.client.endpoint = "127.0.0.1:7070";
  options.compression = penstock::Compression::kZstd;
  // Without a limit the producer waits for a broker that is away for as long as it takes.
  options.record_ttl = absl::Seconds(30);
  absl::StatusOr<std::unique_ptr<penstock::Producer>> producer =
      penstock::Producer::Create(options);
  if (!producer.ok()) {
    std::cerr << producer.status() << "\n";
    return 1;
  }

  std::atomic<int> stored = 0;
  for (int i = 0; i < 1'000; ++i) {
    const std::string data = "{\"order\":" + std::to_string(i) + "}";
    const std::string key = "customer-" + std::to_string(i % 7);
    // Copied: both may go when Put has returned.
    const absl::Status taken = (*producer)->Put({.data = data, .partition_key = key},
                                                [&stored](const penstock::PutOutcome& outcome) {
                                                  if (outcome.ok()) {
                                                    ++stored;
                                                  } else {
                                                    std::cerr << outcome.status << "\n";
                                                  }
                                                });
    if (!taken.ok()) {
      std::cerr << taken << "\n";
      return 1;
    }
  }
  // Sends what is there, and waits until every record is stored or has failed.
  if (const absl::Status closed = (*producer)->Close(absl::Seconds(60)); !closed.ok()) {
    std::cerr << closed << "\n";
    return 1;
  }
  std::cout << stored << " records stored in " << (*producer)->Stats().batches_put << " batches\n";
  return stored == 1'000 ? 0 : 1;
}
