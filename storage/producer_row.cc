#include "storage/producer_row.h"

#include <bit>
#include <cstddef>
#include <cstring>

#include "absl/strings/str_cat.h"
#include <xxhash.h>

#include "common/error.h"

namespace penstock::storage {
namespace {

static_assert(std::endian::native == std::endian::little, "the row is stored as it lies in memory");

constexpr uint32_t kVersion = 1;

// 128 bits in two halves: the offsets are not multiples of 16.
struct StoredHashKey {
  uint64_t low;
  uint64_t high;
};

struct Layout {
  uint32_t version;
  uint32_t epoch;
  uint64_t sequence;
  uint64_t first_sequence_number;
  int64_t append_time_ms;
  uint32_t shard;
  uint32_t record_count;
  StoredHashKey lowest;
  StoredHashKey highest;
  uint64_t checksum;
};
static_assert(sizeof(Layout) == ProducerRow::kBytes);
static_assert(offsetof(Layout, lowest) == 40);
static_assert(offsetof(Layout, checksum) == 72);

StoredHashKey Store(HashKey key) {
  return {static_cast<uint64_t>(key.value()), static_cast<uint64_t>(key.value() >> 64)};
}

HashKey Load(StoredHashKey key) {
  return HashKey(Uint128{key.high} << 64 | key.low);
}

uint64_t Checksum(const ProducerRowKey& key, const Layout& layout) {
  const std::string identity = EncodeProducerRowKey(key);
  return XXH3_64bits_withSeed(&layout, offsetof(Layout, checksum),
                              XXH3_64bits(identity.data(), identity.size()));
}

}  // namespace

std::string ProducerRow::Encode(const ProducerRowKey& key) const {
  Layout layout = {};
  layout.version = kVersion;
  layout.epoch = epoch;
  layout.sequence = result.sequence;
  layout.first_sequence_number = result.first_sequence_number.value();
  layout.append_time_ms = result.append_time_ms;
  layout.shard = result.shard.value();
  layout.record_count = result.record_count;
  layout.lowest = Store(result.hash_keys.first);
  layout.highest = Store(result.hash_keys.last);
  layout.checksum = Checksum(key, layout);
  std::string bytes(kBytes, '\0');
  std::memcpy(bytes.data(), &layout, kBytes);
  return bytes;
}

absl::StatusOr<ProducerRow> ProducerRow::Decode(const ProducerRowKey& key, std::string_view bytes) {
  const auto corrupt = [&](std::string_view what) {
    return MakeError(ErrorReason::kCorruptRecords,
                     absl::StrCat("stored row ", key.row, " of producer ", key.producer_id,
                                  " of shard ", ToString(key.shard), ": ", std::string(what)));
  };
  if (bytes.size() != kBytes) return corrupt(absl::StrCat(bytes.size(), " bytes, not ", kBytes));
  Layout layout;
  std::memcpy(&layout, bytes.data(), kBytes);
  if (layout.version != kVersion) return corrupt(absl::StrCat("unknown version ", layout.version));
  if (layout.checksum != Checksum(key, layout)) return corrupt("checksum does not verify");
  ProducerRow row;
  row.epoch = layout.epoch;
  row.result.sequence = layout.sequence;
  row.result.shard = ShardIndex(layout.shard);
  row.result.record_count = layout.record_count;
  row.result.first_sequence_number = SequenceNumber(layout.first_sequence_number);
  row.result.append_time_ms = layout.append_time_ms;
  row.result.hash_keys = {Load(layout.lowest), Load(layout.highest)};
  return row;
}

}  // namespace penstock::storage
