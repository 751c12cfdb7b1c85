#include "common/record_batch_header.h"

#include <bit>
#include <cstring>
#include <string>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include <xxhash.h>

#include "common/check.h"
#include "common/error.h"
#include "common/limits.h"

namespace penstock {
namespace {

static_assert(std::endian::native == std::endian::little,
              "the header is stored as it lies in memory");

constexpr uint16_t kMagic = 'P' | 'B' << 8;
constexpr uint8_t kVersion = 1;
// Flags: the codec in the low bits.
constexpr uint8_t kCodecMask = 0x0f;
constexpr uint8_t kEncryptedFlag = 0x80;

// The header as it is stored; see the table in the header file.
struct Layout {
  uint16_t magic;
  uint8_t version;
  uint8_t flags;
  uint32_t epoch;
  uint64_t first_sequence_number;
  int64_t append_time_ms;
  uint64_t checksum;
  uint32_t record_count;
  uint32_t block_bytes;
  uint32_t uncompressed_bytes;
  uint32_t producer_epoch;
  uint64_t producer_id;
  uint64_t producer_sequence;
  // As two halves each: the compiler's own 128-bit integer would align the struct to 16.
  uint64_t lowest_hash_key[2];
  uint64_t highest_hash_key[2];
};
static_assert(sizeof(Layout) == RecordBatchHeader::kBytes);
static_assert(std::is_trivially_copyable_v<Layout>);
static_assert(offsetof(Layout, epoch) == 4);
static_assert(offsetof(Layout, first_sequence_number) == 8);
static_assert(offsetof(Layout, append_time_ms) == 16);
static_assert(offsetof(Layout, checksum) == 24);
static_assert(offsetof(Layout, record_count) == RecordBatchHeader::kChecksummedFrom);
static_assert(offsetof(Layout, producer_epoch) == 44);
static_assert(offsetof(Layout, producer_id) == 48);
static_assert(offsetof(Layout, producer_sequence) == 56);
static_assert(offsetof(Layout, lowest_hash_key) == 64);
static_assert(offsetof(Layout, highest_hash_key) == 80);

void StoreHashKey(HashKey key, uint64_t (&halves)[2]) {
  halves[0] = static_cast<uint64_t>(key.value());
  halves[1] = static_cast<uint64_t>(key.value() >> 64);
}

HashKey LoadHashKey(const uint64_t (&halves)[2]) {
  return HashKey(Uint128{halves[1]} << 64 | halves[0]);
}

absl::Status Corrupt(std::string_view what) {
  return MakeError(ErrorReason::kCorruptRecords, absl::StrCat("record batch: ", std::string(what)));
}

absl::Status CheckSizes(const Layout& layout) {
  const bool packed = (layout.flags & kCodecMask) != static_cast<uint8_t>(Codec::kNone);
  const bool encrypted = (layout.flags & kEncryptedFlag) != 0;
  if (layout.record_count == 0 || layout.record_count > kBatchRecordsMax) {
    return Corrupt(
        absl::StrCat("record count ", layout.record_count, " is not of 1 to ", kBatchRecordsMax));
  }
  if (layout.block_bytes > kBatchBlockBytesMax || layout.uncompressed_bytes > kBatchBlockBytesMax) {
    return Corrupt(absl::StrCat("block of ", layout.block_bytes, " bytes, ",
                                layout.uncompressed_bytes, " uncompressed, is over the limit of ",
                                kBatchBlockBytesMax));
  }
  const size_t added = encrypted ? kBatchEncryptionBytes : 0;
  const bool fit = layout.block_bytes >= added &&
                   (packed ? layout.block_bytes - added < layout.uncompressed_bytes
                           : layout.block_bytes - added == layout.uncompressed_bytes);
  if (!fit) {
    return Corrupt(absl::StrCat(encrypted ? "encrypted " : "", "block of ", layout.block_bytes,
                                " bytes cannot stand for ", layout.uncompressed_bytes));
  }
  return absl::OkStatus();
}

}  // namespace

void RecordBatchHeader::EncodeTo(char* bytes) const {
  Layout layout = {};
  layout.magic = kMagic;
  layout.version = kVersion;
  layout.flags =
      static_cast<uint8_t>(static_cast<uint8_t>(codec) | (encrypted ? kEncryptedFlag : 0));
  layout.epoch = epoch.value();
  layout.first_sequence_number = first_sequence_number.value();
  layout.append_time_ms = append_time_ms;
  layout.checksum = checksum;
  layout.record_count = record_count;
  layout.block_bytes = block_bytes;
  layout.uncompressed_bytes = uncompressed_bytes;
  layout.producer_sequence = producer_sequence;
  layout.producer_id = producer_id;
  layout.producer_epoch = producer_epoch;
  StoreHashKey(hash_keys.first, layout.lowest_hash_key);
  StoreHashKey(hash_keys.last, layout.highest_hash_key);
  std::memcpy(bytes, &layout, sizeof(layout));
}

absl::StatusOr<RecordBatchHeader> RecordBatchHeader::Decode(std::string_view bytes) {
  if (bytes.size() < kBytes)
    return Corrupt(absl::StrCat(bytes.size(), " bytes, less than a header of ", kBytes));
  Layout layout;
  std::memcpy(&layout, bytes.data(), sizeof(layout));
  if (layout.magic != kMagic) return Corrupt("foreign magic number");
  if (layout.version != kVersion)
    return Corrupt(absl::StrCat("version ", layout.version, ", this program knows 1"));
  if ((layout.flags & kCodecMask) > kCodecLast ||
      (layout.flags & ~(kCodecMask | kEncryptedFlag)) != 0) {
    return Corrupt(absl::StrCat("unknown flags ", layout.flags));
  }
  if (absl::Status sizes = CheckSizes(layout); !sizes.ok()) return sizes;

  RecordBatchHeader header;
  header.codec = static_cast<Codec>(layout.flags & kCodecMask);
  header.encrypted = (layout.flags & kEncryptedFlag) != 0;
  header.epoch = Epoch(layout.epoch);
  header.first_sequence_number = SequenceNumber(layout.first_sequence_number);
  header.append_time_ms = layout.append_time_ms;
  header.checksum = layout.checksum;
  header.record_count = layout.record_count;
  header.block_bytes = layout.block_bytes;
  header.uncompressed_bytes = layout.uncompressed_bytes;
  header.producer_sequence = layout.producer_sequence;
  header.producer_id = layout.producer_id;
  header.producer_epoch = layout.producer_epoch;
  header.hash_keys = {LoadHashKey(layout.lowest_hash_key), LoadHashKey(layout.highest_hash_key)};
  if (header.hash_keys.last < header.hash_keys.first)
    return Corrupt("lowest hash key is above the highest");
  return header;
}

uint64_t BatchChecksum(const ShardKey& shard, std::string_view batch) {
  CHECK(batch.size() >= RecordBatchHeader::kBytes);
  struct Identity {
    uint64_t stream;
    uint32_t shard;
    char start[4];
  } identity = {shard.stream.value(), shard.shard.value(), {}};
  static_assert(sizeof(Identity) == 16, "no padding: every byte is hashed");
  std::memcpy(identity.start, batch.data(), sizeof(identity.start));
  const uint64_t seed = XXH3_64bits(&identity, sizeof(identity));
  const std::string_view covered = batch.substr(RecordBatchHeader::kChecksummedFrom);
  return XXH3_64bits_withSeed(covered.data(), covered.size(), seed);
}

}  // namespace penstock
