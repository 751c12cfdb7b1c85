#include "bench/kinesis/test_records.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace penstock::bench {

std::vector<TestRecord> MakeTestRecords(size_t count, size_t record_bytes, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<TestRecord> records(count);
  for (TestRecord& record : records) {
    record.data.resize(record_bytes);
    for (size_t at = 0; at < record_bytes; at += sizeof(uint64_t)) {
      const uint64_t bits = random();
      std::memcpy(record.data.data() + at, &bits, std::min(sizeof(bits), record_bytes - at));
    }
    record.partition_key = "key-" + std::to_string(random() % 1'000'000);
  }
  return records;
}

}  // namespace penstock::bench
