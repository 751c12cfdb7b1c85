// Deaggregate over any bytes, as they are and as a message between magic and MD5, which no fuzzer
// would guess; what is de-aggregated, aggregated again and de-aggregated gives the same records.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/kpl/aggregate_format.h"
#include "client/kpl/aggregated_record.h"
#include "client/kpl/deaggregate.h"
#include "common/check.h"
#include "common/record.h"
#include "tests/fuzz/fuzz_input.h"

namespace penstock::fuzz {
namespace {

bool SameRecord(const kpl::UserRecordView& a, const kpl::UserRecordView& b) {
  return a.data == b.data && a.partition_key == b.partition_key &&
         a.explicit_hash_key == b.explicit_hash_key && a.hash_key == b.hash_key &&
         a.sub_sequence_number == b.sub_sequence_number;
}

void AggregateAgain(const std::vector<kpl::UserRecordView>& records) {
  kpl::KplAggregator aggregator;
  for (const kpl::UserRecordView& record : records) {
    const RecordView view = {.data = record.data,
                             .partition_key = record.partition_key,
                             .explicit_hash_key = record.explicit_hash_key};
    const absl::StatusOr<HashKey> hash_key = HashKeyOf(view);
    CHECK(hash_key.ok() && *hash_key == record.hash_key);
    const size_t bytes_with = aggregator.BytesWith(view);
    aggregator.Add(view, *hash_key);
    CHECK(aggregator.bytes() == bytes_with);
  }
  const size_t bytes = aggregator.bytes();
  const kpl::AggregatedRecord aggregated = std::move(aggregator).Build();
  CHECK(aggregated.data.size() == bytes);
  CHECK(aggregated.explicit_hash_key == records.front().hash_key.ToDecimal());

  const auto again = kpl::Deaggregate(aggregated.data);
  CHECK(again.has_value() && again->size() == records.size());
  for (size_t i = 0; i < records.size(); ++i) CHECK(SameRecord(records[i], (*again)[i]));
}

void Read(std::string_view bytes) {
  const Buffer data(bytes);
  const std::optional<std::vector<kpl::UserRecordView>> records = kpl::Deaggregate(data.text());
  if (!records) return;
  CHECK(kpl::AllWithin(*records, {HashKey(), HashKey::Max()}));
  if (!records->empty()) AggregateAgain(*records);
}

void Run(std::string_view input) {
  Read(input);
  Read(std::string(kpl::kMagic).append(input).append(kpl::DigestOf(input)));
}

}  // namespace
}  // namespace penstock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  penstock::fuzz::Run(penstock::fuzz::View(data, size));
  return 0;
}
