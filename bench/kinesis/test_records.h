// Records of random bytes, the same for every way of putting them: base64, and nothing else, is to
// make a difference between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace penstock::bench {

struct TestRecord {
  std::string data;
  std::string partition_key;
};

// Partition keys differ, so that the records spread over the shards. The same for the same seed.
std::vector<TestRecord> MakeTestRecords(size_t count, size_t record_bytes, uint64_t seed);

}  // namespace penstock::bench
