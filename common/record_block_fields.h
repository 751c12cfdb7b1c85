// Field numbers of penstock.v1.RecordBlock and BlockRecord, for the code that reads and writes
// blocks without the generated classes. tests/unit/common/record_batch_test.cc holds them against
// the generated ones.
#pragma once

#include <cstdint>

namespace penstock::record_block {

inline constexpr uint32_t kRecords = 1;
inline constexpr uint32_t kData = 1;
inline constexpr uint32_t kPartitionKey = 2;
inline constexpr uint32_t kExplicitHashKey = 3;

}  // namespace penstock::record_block
