#include "storage/key_format.h"

#include <bit>
#include <cstring>
#include <type_traits>

namespace penstock::storage {
namespace {

constexpr size_t kPrefixBytes = 12;

template <typename T>
void AppendBigEndian(T value, std::string* output) {
  for (size_t i = sizeof(T); i-- > 0;)
    output->push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

template <typename T>
T LoadBigEndian(std::string_view bytes) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value << 8 | static_cast<unsigned char>(bytes[i]));
  }
  return value;
}

bool IsOf(const ShardKey& shard, std::string_view key, size_t bytes) {
  return key.size() == bytes && key.starts_with(ShardPrefix(shard));
}

}  // namespace

std::string ShardPrefix(const ShardKey& shard) {
  std::string key;
  key.reserve(kPrefixBytes + 16);
  AppendBigEndian(shard.stream.value(), &key);
  AppendBigEndian(shard.shard.value(), &key);
  return key;
}

std::optional<ShardKey> DecodeShardPrefix(std::string_view key) {
  if (key.size() != kPrefixBytes) return std::nullopt;
  return ShardKey{StreamId(LoadBigEndian<uint64_t>(key)),
                  ShardIndex(LoadBigEndian<uint32_t>(key.substr(8)))};
}

std::string EncodeProducerRowKey(const ProducerRowKey& key) {
  std::string bytes = ShardPrefix(key.shard);
  AppendBigEndian(key.producer_id, &bytes);
  AppendBigEndian(key.row, &bytes);
  return bytes;
}

std::optional<ProducerRowKey> DecodeProducerRowKey(std::string_view key) {
  if (key.size() != kPrefixBytes + 9) return std::nullopt;
  return ProducerRowKey{*DecodeShardPrefix(key.substr(0, kPrefixBytes)),
                        LoadBigEndian<uint64_t>(key.substr(kPrefixBytes)),
                        static_cast<uint8_t>(key.back())};
}

std::string DataKey(const ShardKey& shard, SequenceNumber first) {
  std::string key = ShardPrefix(shard);
  AppendBigEndian(first.value(), &key);
  return key;
}

std::optional<SequenceNumber> DecodeDataKey(const ShardKey& shard, std::string_view key) {
  if (!IsOf(shard, key, kPrefixBytes + 8)) return std::nullopt;
  return SequenceNumber(LoadBigEndian<uint64_t>(key.substr(kPrefixBytes)));
}

std::string TimeIndexKey(const ShardKey& shard, const TimeIndexEntry& entry) {
  std::string key = ShardPrefix(shard);
  // Times before 1970 do not occur: a clock so wrong is moved up to 0 when the batch is stamped.
  AppendBigEndian(static_cast<uint64_t>(entry.append_time_ms), &key);
  AppendBigEndian(entry.first_sequence_number.value(), &key);
  return key;
}

std::optional<TimeIndexEntry> DecodeTimeIndexKey(const ShardKey& shard, std::string_view key) {
  if (!IsOf(shard, key, kPrefixBytes + 16)) return std::nullopt;
  return TimeIndexEntry{static_cast<int64_t>(LoadBigEndian<uint64_t>(key.substr(kPrefixBytes))),
                        SequenceNumber(LoadBigEndian<uint64_t>(key.substr(kPrefixBytes + 8)))};
}

std::string EncodeBytesBefore(uint64_t bytes) {
  std::string value;
  AppendBigEndian(bytes, &value);
  return value;
}

std::optional<uint64_t> DecodeBytesBefore(std::string_view value) {
  if (value.size() != 8) return std::nullopt;
  return LoadBigEndian<uint64_t>(value);
}

std::string ShardEnd(const ShardKey& shard) {
  // Carries into the stream from the last shard there can be.
  const bool last = shard.shard.value() == ~uint32_t{0};
  return ShardPrefix(last ? ShardKey{shard.stream.Next(), ShardIndex(0)}
                          : ShardKey{shard.stream, shard.shard.Next()});
}

}  // namespace penstock::storage
