#include "broker/stream/stream_codec.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "common/error.h"
#include "common/status_macros.h"
#include "penstock/internal/v1/stored.pb.h"

namespace penstock::broker {
namespace {

namespace stored_v1 = ::penstock::internal::v1;

absl::Status Damaged(std::string_view name, std::string_view what) {
  return MakeError(ErrorReason::kCorruptRecords,
                   absl::StrCat("metadata of stream ", Excerpt(name), ": ", std::string(what)));
}

bool IsStatus(int32_t value) {
  return value >= static_cast<int32_t>(StreamStatus::kCreating) &&
         value <= static_cast<int32_t>(StreamStatus::kDeleting);
}

stored_v1::StoredShard ToStored(const ShardInfo& shard) {
  stored_v1::StoredShard stored;
  stored.set_shard_index(shard.index.value());
  stored.set_starting_hash_key(shard.hash_keys.first.ToBytes());
  stored.set_ending_hash_key(shard.hash_keys.last.ToBytes());
  stored.set_starting_sequence_number(shard.starting_sequence_number.value());
  if (shard.ending_sequence_number) {
    stored.set_ending_sequence_number(shard.ending_sequence_number->value());
  }
  for (const ShardIndex parent : shard.parents) stored.add_parent_shard_index(parent.value());
  return stored;
}

absl::StatusOr<ShardInfo> FromStored(const stored_v1::StoredShard& stored, std::string_view name) {
  ShardInfo shard;
  shard.index = ShardIndex(stored.shard_index());
  if (stored.starting_hash_key().size() != HashKey::kBytes ||
      stored.ending_hash_key().size() != HashKey::kBytes) {
    return Damaged(name, FormatShardId(shard.index) + " has no hash key range");
  }
  shard.hash_keys = {HashKey::FromBytes(stored.starting_hash_key()),
                     HashKey::FromBytes(stored.ending_hash_key())};
  shard.starting_sequence_number = SequenceNumber(stored.starting_sequence_number());
  if (stored.has_ending_sequence_number()) {
    shard.ending_sequence_number = SequenceNumber(stored.ending_sequence_number());
  }
  for (const uint32_t parent : stored.parent_shard_index()) shard.parents.emplace_back(parent);
  return shard;
}

// What StreamSnapshot CHECKs, which is for the program's own mistakes and not for the disk's.
absl::Status CheckShards(const std::vector<ShardInfo>& shards, std::string_view name) {
  std::vector<HashKeyRange> open;
  for (size_t i = 0; i < shards.size(); ++i) {
    if (i > 0 && shards[i].index <= shards[i - 1].index) {
      return Damaged(name, "its shards are out of order");
    }
    if (shards[i].open()) open.push_back(shards[i].hash_keys);
  }
  std::sort(open.begin(), open.end(),
            [](const HashKeyRange& a, const HashKeyRange& b) { return a.first < b.first; });
  bool tiled =
      !open.empty() && open.front().first == HashKey() && open.back().last == HashKey::Max();
  for (size_t i = 0; tiled && i < open.size(); ++i) {
    // The order first: the successor of the highest hash key wraps around to the lowest.
    tiled = open[i].first <= open[i].last &&
            (i == 0 || (open[i - 1].last < open[i].first &&
                        open[i].first.value() == open[i - 1].last.value() + 1));
  }
  return tiled ? absl::OkStatus() : Damaged(name, "its open shards do not tile all hash keys");
}

}  // namespace

std::string EncodeStream(const StreamSnapshot& stream) {
  const StreamConfig& config = stream.config();
  stored_v1::StoredStream stored;
  stored.set_stream_id(config.id.value());
  stored.set_stream_name(config.name);
  stored.set_status(static_cast<int32_t>(config.status));
  stored.set_creation_timestamp_ms(config.creation_timestamp_ms);
  stored.set_retention_period_hours(config.retention_period_hours);
  stored.set_max_record_size_in_kib(config.max_record_size_in_kib);
  for (const ShardInfo& shard : stream.shards()) *stored.add_shards() = ToStored(shard);
  return stored.SerializeAsString();
}

absl::StatusOr<std::shared_ptr<const StreamSnapshot>> DecodeStream(std::string_view expected_name,
                                                                   std::string_view bytes) {
  stored_v1::StoredStream stored;
  if (!stored.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Damaged(expected_name, "does not parse");
  }
  if (stored.stream_name() != expected_name) {
    return Damaged(expected_name, "is that of stream " + Excerpt(stored.stream_name()));
  }
  if (stored.stream_id() == 0) return Damaged(expected_name, "has no id");
  if (!IsStatus(stored.status())) {
    return Damaged(expected_name, absl::StrCat("has the unknown status ", stored.status()));
  }
  std::vector<ShardInfo> shards;
  shards.reserve(static_cast<size_t>(stored.shards_size()));
  for (const stored_v1::StoredShard& shard : stored.shards()) {
    ASSIGN_OR_RETURN(ShardInfo info, FromStored(shard, expected_name));
    shards.push_back(std::move(info));
  }
  RETURN_IF_ERROR(CheckShards(shards, expected_name));

  StreamConfig config;
  config.id = StreamId(stored.stream_id());
  config.name = stored.stream_name();
  config.status = static_cast<StreamStatus>(stored.status());
  config.creation_timestamp_ms = stored.creation_timestamp_ms();
  config.retention_period_hours = stored.retention_period_hours();
  config.max_record_size_in_kib = stored.max_record_size_in_kib();
  return std::make_shared<const StreamSnapshot>(std::move(config), std::move(shards));
}

}  // namespace penstock::broker
