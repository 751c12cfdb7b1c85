// Ways of putting the same records into a broker for some seconds, and what they cost.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "penstock/producer_options.h"

namespace penstock::bench {

struct PutFigures {
  double records_per_second = 0;
  // Of data, 10^6 a second.
  double megabytes_per_second = 0;
  // Processor seconds for 10^9 bytes of data; of this process, and of the broker's.
  double client_cpu_per_gb = 0;
  double broker_cpu_per_gb = 0;
};

struct PutWork {
  std::string endpoint;
  int broker_pid = 0;
  std::string stream_name;
  size_t record_bytes = 0;
  double seconds = 0;
  // Threads that put.
  int threads = 2;
};

// Texts of about `record_bytes`, as events look: field names that repeat, values that do not. zstd
// makes a third of them, lz4 a half.
std::vector<std::string> MakeEvents(size_t count, size_t record_bytes);

// Through penstock::Producer; every record is stored when it returns. The time runs until then.
PutFigures PutByProducer(const PutWork& work, Compression compression);

// Through Client::PutRecordsAsync, 500 records (or 1 MB) a call, `threads` x 4 calls under way.
PutFigures PutByClient(const PutWork& work);

}  // namespace penstock::bench
