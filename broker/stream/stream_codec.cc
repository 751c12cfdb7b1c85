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

bool IsLimitsProfile(int32_t value) {
  return value >= static_cast<int32_t>(StreamLimits::Profile::kUnlimited) &&
         value <= static_cast<int32_t>(StreamLimits::Profile::kCustom);
}

// StoredShard and StoredPlannedShard.
template <typename Stored>
void SetRange(const HashKeyRange& range, Stored* stored) {
  stored->set_starting_hash_key(range.first.ToBytes());
  stored->set_ending_hash_key(range.last.ToBytes());
}

template <typename Stored>
absl::StatusOr<HashKeyRange> RangeOf(const Stored& stored, std::string_view name) {
  if (stored.starting_hash_key().size() != HashKey::kBytes ||
      stored.ending_hash_key().size() != HashKey::kBytes) {
    return Damaged(name,
                   FormatShardId(ShardIndex(stored.shard_index())) + " has no hash key range");
  }
  return HashKeyRange{HashKey::FromBytes(stored.starting_hash_key()),
                      HashKey::FromBytes(stored.ending_hash_key())};
}

stored_v1::StoredShard ToStored(const ShardInfo& shard) {
  stored_v1::StoredShard stored;
  stored.set_shard_index(shard.index.value());
  SetRange(shard.hash_keys, &stored);
  stored.set_starting_sequence_number(shard.starting_sequence_number.value());
  if (shard.ending_sequence_number) {
    stored.set_ending_sequence_number(shard.ending_sequence_number->value());
  }
  for (const ShardIndex parent : shard.parents) stored.add_parent_shard_index(parent.value());
  stored.set_creation_timestamp_ms(shard.creation_timestamp_ms);
  if (shard.closed_timestamp_ms) stored.set_closed_timestamp_ms(*shard.closed_timestamp_ms);
  return stored;
}

absl::StatusOr<ShardInfo> FromStored(const stored_v1::StoredShard& stored, std::string_view name) {
  ShardInfo shard;
  shard.index = ShardIndex(stored.shard_index());
  ASSIGN_OR_RETURN(shard.hash_keys, RangeOf(stored, name));
  shard.starting_sequence_number = SequenceNumber(stored.starting_sequence_number());
  if (stored.has_ending_sequence_number()) {
    shard.ending_sequence_number = SequenceNumber(stored.ending_sequence_number());
  }
  for (const uint32_t parent : stored.parent_shard_index()) shard.parents.emplace_back(parent);
  shard.creation_timestamp_ms = stored.creation_timestamp_ms();
  if (stored.has_closed_timestamp_ms()) shard.closed_timestamp_ms = stored.closed_timestamp_ms();
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

stored_v1::StoredLimits ToStored(const StreamLimits& limits) {
  stored_v1::StoredLimits stored;
  stored.set_profile(static_cast<int32_t>(limits.profile));
  stored.set_write_records_per_second(limits.write_records_per_second);
  stored.set_write_bytes_per_second(limits.write_bytes_per_second);
  stored.set_write_burst_bytes(limits.write_burst_bytes);
  stored.set_read_bytes_per_second(limits.read_bytes_per_second);
  stored.set_read_calls_per_second(limits.read_calls_per_second);
  return stored;
}

absl::StatusOr<StreamLimits> FromStored(const stored_v1::StoredLimits& stored,
                                        std::string_view name) {
  if (!IsLimitsProfile(stored.profile())) {
    return Damaged(name, absl::StrCat("has the unknown limits profile ", stored.profile()));
  }
  return StreamLimits{static_cast<StreamLimits::Profile>(stored.profile()),
                      stored.write_records_per_second(),
                      stored.write_bytes_per_second(),
                      stored.write_burst_bytes(),
                      stored.read_bytes_per_second(),
                      stored.read_calls_per_second()};
}

stored_v1::StoredEncryption ToStored(const StreamEncryption& encryption) {
  stored_v1::StoredEncryption stored;
  stored.set_type(static_cast<int32_t>(encryption.type));
  stored.set_key_id(encryption.key_id);
  for (const WrappedDataKey& key : encryption.data_keys) {
    stored_v1::StoredDataKey& added = *stored.add_data_keys();
    added.set_generation(key.generation);
    added.set_key_id(key.key_id);
    added.set_wrapped(key.wrapped);
    added.set_creation_timestamp_ms(key.creation_timestamp_ms);
  }
  return stored;
}

absl::StatusOr<StreamEncryption> FromStored(const stored_v1::StoredEncryption& stored,
                                            std::string_view name) {
  StreamEncryption encryption;
  encryption.type = static_cast<EncryptionType>(stored.type());
  encryption.key_id = stored.key_id();
  for (const stored_v1::StoredDataKey& key : stored.data_keys()) {
    if (!encryption.data_keys.empty() &&
        key.generation() <= encryption.data_keys.back().generation) {
      return Damaged(name, "its data keys are out of order");
    }
    encryption.data_keys.push_back(
        {key.generation(), key.key_id(), key.wrapped(), key.creation_timestamp_ms()});
  }
  const bool known = encryption.type == EncryptionType::kNone ||
                     (encryption.type == EncryptionType::kKms && !encryption.data_keys.empty());
  if (!known) return Damaged(name, "its encryption has an unknown type, or no key");
  return encryption;
}

stored_v1::StoredReshard ToStored(const ReshardPlan& plan) {
  stored_v1::StoredReshard stored;
  stored.set_target_shard_count(plan.target_shard_count);
  stored.set_begun_timestamp_ms(plan.begun_timestamp_ms);
  for (const PlannedShard& child : plan.children) {
    stored_v1::StoredPlannedShard& added = *stored.add_children();
    added.set_shard_index(child.index.value());
    SetRange(child.hash_keys, &added);
    for (const ShardIndex parent : child.parents) added.add_parent_shard_index(parent.value());
  }
  return stored;
}

absl::StatusOr<ReshardPlan> FromStored(const stored_v1::StoredReshard& stored,
                                       std::string_view name) {
  ReshardPlan plan;
  plan.target_shard_count = stored.target_shard_count();
  plan.begun_timestamp_ms = stored.begun_timestamp_ms();
  for (const stored_v1::StoredPlannedShard& child : stored.children()) {
    PlannedShard planned;
    planned.index = ShardIndex(child.shard_index());
    ASSIGN_OR_RETURN(planned.hash_keys, RangeOf(child, name));
    for (const uint32_t parent : child.parent_shard_index()) planned.parents.emplace_back(parent);
    plan.children.push_back(std::move(planned));
  }
  return plan;
}

Tags TagsOf(const google::protobuf::Map<std::string, std::string>& stored) {
  return Tags(stored.begin(), stored.end());
}

// The parts of the configuration that are lists and messages of their own.
void SetParts(const StreamConfig& config, stored_v1::StoredStream* stored) {
  *stored->mutable_limits() = ToStored(config.limits);
  stored->mutable_tags()->insert(config.tags.begin(), config.tags.end());
  for (const ConsumerInfo& consumer : config.consumers) {
    stored_v1::StoredConsumer& added = *stored->add_consumers();
    added.set_consumer_name(consumer.name);
    added.set_creation_timestamp_ms(consumer.creation_timestamp_ms);
    added.mutable_tags()->insert(consumer.tags.begin(), consumer.tags.end());
  }
  *stored->mutable_encryption() = ToStored(config.encryption);
  for (const ShardLevelMetric metric : config.shard_level_metrics) {
    stored->add_shard_level_metrics(static_cast<int32_t>(metric));
  }
  for (const ChangeRecord& change : config.changes) {
    stored_v1::StoredChange& added = *stored->add_changes();
    added.set_change(static_cast<int32_t>(change.change));
    added.set_timestamp_ms(change.timestamp_ms);
  }
  for (const ShardIndex expired : config.expired_shards) {
    stored->add_expired_shards(expired.value());
  }
  if (config.reshard) *stored->mutable_reshard() = ToStored(*config.reshard);
}

absl::Status ReadParts(const stored_v1::StoredStream& stored, StreamConfig* config) {
  ASSIGN_OR_RETURN(config->limits, FromStored(stored.limits(), config->name));
  config->tags = TagsOf(stored.tags());
  for (const stored_v1::StoredConsumer& consumer : stored.consumers()) {
    config->consumers.push_back(
        {consumer.consumer_name(), consumer.creation_timestamp_ms(), TagsOf(consumer.tags())});
  }
  ASSIGN_OR_RETURN(config->encryption, FromStored(stored.encryption(), config->name));
  for (const int32_t metric : stored.shard_level_metrics()) {
    config->shard_level_metrics.push_back(static_cast<ShardLevelMetric>(metric));
  }
  for (const stored_v1::StoredChange& change : stored.changes()) {
    config->changes.push_back({static_cast<CountedChange>(change.change()), change.timestamp_ms()});
  }
  for (const uint32_t expired : stored.expired_shards())
    config->expired_shards.emplace_back(expired);
  if (stored.has_reshard()) {
    ASSIGN_OR_RETURN(config->reshard, FromStored(stored.reshard(), config->name));
  }
  return absl::OkStatus();
}

// A plan that does not fit its shards would be carried out on them.
absl::Status CheckReshard(const StreamConfig& config, const std::vector<ShardInfo>& shards) {
  if (config.reshard.has_value() != (config.status == StreamStatus::kUpdating)) {
    return Damaged(config.name, "its status does not fit its reshard");
  }
  if (!shards.empty() && config.next_shard_index <= shards.back().index) {
    return Damaged(config.name, "its next shard index has been used");
  }
  if (!config.reshard) return absl::OkStatus();
  for (const PlannedShard& child : config.reshard->children) {
    for (const ShardIndex parent : child.parents) {
      const auto found = std::find_if(shards.begin(), shards.end(), [&](const ShardInfo& shard) {
        return shard.index == parent && shard.open();
      });
      if (found == shards.end() || child.index < config.next_shard_index) {
        return Damaged(config.name, "its reshard does not fit its shards");
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeStream(const StreamSnapshot& stream) {
  const StreamConfig& config = stream.config();
  stored_v1::StoredStream stored;
  stored.set_stream_id(config.id.value());
  stored.set_stream_name(config.name);
  stored.set_status(static_cast<int32_t>(config.status));
  stored.set_creation_timestamp_ms(config.creation_timestamp_ms);
  stored.set_retention_period_minutes(config.retention_period_minutes);
  stored.set_max_record_size_in_kib(config.max_record_size_in_kib);
  stored.set_mode(static_cast<int32_t>(config.mode));
  stored.set_warm_throughput_mibps(config.warm_throughput_mibps);
  stored.set_next_shard_index(config.next_shard_index.value());
  stored.set_last_deregistered_timestamp_ms(config.last_deregistered_timestamp_ms);
  SetParts(config, &stored);
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
  config.retention_period_minutes = stored.retention_period_minutes();
  config.max_record_size_in_kib = stored.max_record_size_in_kib();
  config.mode = static_cast<StreamMode>(stored.mode());
  config.warm_throughput_mibps = stored.warm_throughput_mibps();
  config.next_shard_index = ShardIndex(stored.next_shard_index());
  config.last_deregistered_timestamp_ms = stored.last_deregistered_timestamp_ms();
  RETURN_IF_ERROR(ReadParts(stored, &config));
  RETURN_IF_ERROR(CheckReshard(config, shards));
  return std::make_shared<const StreamSnapshot>(std::move(config), std::move(shards));
}

}  // namespace penstock::broker
