#include "storage/shard_row.h"

#include <bit>
#include <cstddef>
#include <cstring>

#include "absl/strings/str_cat.h"
#include <xxhash.h>

#include "common/error.h"
#include "storage/key_format.h"

namespace penstock::storage {
namespace {

static_assert(std::endian::native == std::endian::little, "the row is stored as it lies in memory");

constexpr uint16_t kVersion = 1;
constexpr uint16_t kSealedFlag = 1;

struct Layout {
  uint16_t version;
  uint16_t flags;
  uint32_t epoch;
  uint64_t first;
  uint64_t end;
  uint64_t deleted_below;
  int64_t last_append_time_ms;
  uint64_t bytes_appended;
  uint64_t bytes_deleted;
  uint64_t checksum;
};
static_assert(sizeof(Layout) == ShardRow::kBytes);
static_assert(offsetof(Layout, checksum) == 56);

uint64_t Checksum(const ShardKey& shard, const Layout& layout) {
  const std::string identity = ShardPrefix(shard);
  return XXH3_64bits_withSeed(&layout, offsetof(Layout, checksum),
                              XXH3_64bits(identity.data(), identity.size()));
}

}  // namespace

std::string ShardRow::Encode(const ShardKey& shard) const {
  Layout layout = {};
  layout.version = kVersion;
  layout.flags = sealed ? kSealedFlag : 0;
  layout.epoch = epoch.value();
  layout.first = first.value();
  layout.end = end.value();
  layout.deleted_below = deleted_below.value();
  layout.last_append_time_ms = last_append_time_ms;
  layout.bytes_appended = bytes_appended;
  layout.bytes_deleted = bytes_deleted;
  layout.checksum = Checksum(shard, layout);
  std::string bytes(kBytes, '\0');
  std::memcpy(bytes.data(), &layout, kBytes);
  return bytes;
}

absl::StatusOr<ShardRow> ShardRow::Decode(const ShardKey& shard, std::string_view bytes) {
  const auto corrupt = [&](std::string_view what) {
    return MakeError(
        ErrorReason::kCorruptRecords,
        absl::StrCat("stored row of shard ", ToString(shard), ": ", std::string(what)));
  };
  if (bytes.size() != kBytes) return corrupt(absl::StrCat(bytes.size(), " bytes, not ", kBytes));
  Layout layout;
  std::memcpy(&layout, bytes.data(), kBytes);
  if (layout.version != kVersion) return corrupt(absl::StrCat("unknown version ", layout.version));
  if ((layout.flags & ~kSealedFlag) != 0)
    return corrupt(absl::StrCat("unknown flags ", layout.flags));
  if (layout.checksum != Checksum(shard, layout)) return corrupt("checksum does not verify");
  if (layout.deleted_below > layout.first || layout.first > layout.end)
    return corrupt("numbers are out of order");
  return ShardRow{Epoch(layout.epoch),        SequenceNumber(layout.first),
                  SequenceNumber(layout.end), SequenceNumber(layout.deleted_below),
                  layout.last_append_time_ms, layout.bytes_appended,
                  layout.bytes_deleted,       (layout.flags & kSealedFlag) != 0};
}

}  // namespace penstock::storage
