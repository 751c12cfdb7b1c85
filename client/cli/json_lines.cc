#include "client/cli/json_lines.h"

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include <nlohmann/json.hpp>
#include <simdjson.h>

#include "client/cli/time_text.h"
#include "penstock/errors.h"

namespace penstock::cli {
namespace {

using Json = nlohmann::ordered_json;

// One line; bytes that are not UTF-8, which a broker does not send in its texts, are replaced.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Text(std::string_view text) {
  return std::string(text);
}

Json ToJson(const Tag& tag) {
  return {{"key", tag.key}, {"value", tag.value}};
}

Json ToJson(const StreamLimits& limits) {
  Json json = {{"profile", Text(LimitsProfileName(limits.profile))}};
  if (limits.profile != StreamLimits::Profile::kCustom) return json;
  json["write_records_per_second"] = limits.write_records_per_second;
  json["write_bytes_per_second"] = limits.write_bytes_per_second;
  json["write_burst_bytes"] = limits.write_burst_bytes;
  json["read_bytes_per_second"] = limits.read_bytes_per_second;
  json["read_calls_per_second"] = limits.read_calls_per_second;
  return json;
}

Json ToJson(const StreamDescription& stream) {
  const int64_t minutes = absl::ToInt64Minutes(stream.retention_period);
  Json json = {{"stream_name", stream.stream_name},
               {"stream_status", Text(StreamStateName(stream.state))},
               {"stream_creation_timestamp", FormatTimestamp(stream.creation_time)},
               {"stream_mode", Text(StreamModeName(stream.mode))},
               // Rounded up, as in the API.
               {"retention_period_hours", (minutes + 59) / 60},
               {"retention_period_minutes", minutes},
               {"max_record_size_in_kib", stream.record_kib_max},
               {"limits", ToJson(stream.limits)},
               {"encryption_type", Text(EncryptionTypeName(stream.encryption_type))},
               {"consumer_count", stream.consumer_count},
               {"open_shard_count", stream.open_shard_count},
               {"closed_shard_count", stream.closed_shard_count}};
  if (!stream.key_id.empty()) json["key_id"] = stream.key_id;
  if (stream.warm_throughput.has_value()) {
    json["warm_throughput"] = {{"target_mibps", stream.warm_throughput->target_mibps},
                               {"current_mibps", stream.warm_throughput->current_mibps}};
  }
  json["shard_level_metrics"] = Json::array();
  for (const ShardLevelMetric metric : stream.shard_level_metrics)
    json["shard_level_metrics"].push_back(Text(ShardLevelMetricName(metric)));
  for (const HotShard& hot : stream.hot_shards) {
    json["hot_shards"].push_back({{"shard_id", hot.shard_id},
                                  {"hash_key", hot.hash_key},
                                  {"share", hot.share},
                                  {"bytes_per_second", hot.bytes_per_second}});
  }
  return json;
}

Json ToJson(const ShardDescription& shard) {
  Json json = {{"shard_id", shard.shard_id},
               {"starting_hash_key", shard.starting_hash_key},
               {"ending_hash_key", shard.ending_hash_key},
               {"starting_sequence_number", shard.starting_sequence_number}};
  if (shard.ending_sequence_number.has_value())
    json["ending_sequence_number"] = *shard.ending_sequence_number;
  if (!shard.parent_shard_id.empty()) json["parent_shard_id"] = shard.parent_shard_id;
  if (!shard.adjacent_parent_shard_id.empty())
    json["adjacent_parent_shard_id"] = shard.adjacent_parent_shard_id;
  if (shard.creation_time != absl::UnixEpoch())
    json["creation_timestamp"] = FormatTimestamp(shard.creation_time);
  if (shard.closed_time.has_value()) json["closed_timestamp"] = FormatTimestamp(*shard.closed_time);
  return json;
}

}  // namespace

std::string RecordJson(std::string_view shard_id, const ReceivedRecord& record) {
  Json json = {{"shard_id", std::string(shard_id)},
               {"sequence_number", record.sequence_number},
               {"approximate_arrival_timestamp", FormatTimestamp(record.approximate_arrival_time)},
               {"partition_key", record.partition_key}};
  if (record.encryption_type != EncryptionType::kNone)
    json["encryption_type"] = Text(EncryptionTypeName(record.encryption_type));
  if (!record.explicit_hash_key.empty()) json["explicit_hash_key"] = record.explicit_hash_key;
  if (simdjson::validate_utf8(record.data)) {
    json["data"] = record.data;
  } else {
    json["data_base64"] = absl::Base64Escape(record.data);
  }
  return Dump(json);
}

std::string StreamJson(const StreamListing& stream) {
  return Dump({{"stream_name", stream.stream_name},
               {"stream_status", Text(StreamStateName(stream.state))},
               {"stream_creation_timestamp", FormatTimestamp(stream.creation_time)},
               {"stream_mode", Text(StreamModeName(stream.mode))}});
}

std::string StreamJson(const StreamDescription& stream) {
  return Dump(ToJson(stream));
}

std::string StreamJson(const StreamDescription& stream, const std::vector<Tag>& tags,
                       const std::vector<ShardDescription>& shards) {
  Json json = ToJson(stream);
  json["tags"] = Json::array();
  for (const Tag& tag : tags) json["tags"].push_back(ToJson(tag));
  json["shards"] = Json::array();
  for (const ShardDescription& shard : shards) json["shards"].push_back(ToJson(shard));
  return Dump(json);
}

std::string ShardJson(const ShardDescription& shard) {
  return Dump(ToJson(shard));
}

std::string ScalingJson(const std::string& stream_name, const UpdateShardCountResult& scaling,
                        StreamState state) {
  return Dump({{"stream_name", stream_name},
               {"current_shard_count", scaling.current_shard_count},
               {"target_shard_count", scaling.target_shard_count},
               {"stream_status", Text(StreamStateName(state))}});
}

std::string TagJson(const Tag& tag) {
  return Dump(ToJson(tag));
}

std::string ConsumerJson(const ConsumerDescription& consumer) {
  return Dump({{"consumer_name", consumer.consumer_name},
               {"consumer_status", Text(ConsumerStateName(consumer.state))},
               {"consumer_creation_timestamp", FormatTimestamp(consumer.creation_time)},
               {"stream_name", consumer.stream_name}});
}

std::string LagJson(const ConsumerLag& lag) {
  Json json = {{"records_behind_latest", lag.records_behind_latest},
               {"millis_behind_latest", absl::ToInt64Milliseconds(lag.behind_latest)},
               {"shards", Json::array()}};
  for (const ShardLag& shard : lag.shards) {
    Json entry = {{"shard_id", shard.shard_id},
                  {"records_behind_latest", shard.records_behind_latest},
                  {"millis_behind_latest", absl::ToInt64Milliseconds(shard.behind_latest)},
                  {"subscribed", shard.is_subscribed}};
    if (shard.next_sequence_number.has_value())
      entry["next_sequence_number"] = *shard.next_sequence_number;
    json["shards"].push_back(std::move(entry));
  }
  return Dump(json);
}

std::string LimitsJson(const AccountLimits& limits) {
  return Dump({{"shard_limit", limits.shard_limit},
               {"open_shard_count", limits.open_shard_count},
               {"on_demand_stream_count", limits.on_demand_stream_count},
               {"on_demand_stream_count_limit", limits.on_demand_stream_count_limit}});
}

std::string SettingsJson(const AccountSettings& settings) {
  const ThroughputCommitment& commitment = settings.throughput_commitment;
  Json json = {{"status", Text(CommitmentStatusName(commitment.status))}};
  const auto add = [&](const char* name, const std::optional<absl::Time>& time) {
    if (time.has_value()) json[name] = FormatTimestamp(*time);
  };
  add("started_at", commitment.started_at);
  add("ended_at", commitment.ended_at);
  add("earliest_allowed_end_at", commitment.earliest_allowed_end_at);
  return Dump({{"minimum_throughput_billing_commitment", std::move(json)}});
}

std::string AcknowledgedJson(uint64_t line, const PutOutcome& outcome) {
  Json json = {{"line", line},
               {"shard_id", outcome.shard_id()},
               {"sequence_number", outcome.sequence_number}};
  if (outcome.sub_sequence_number.has_value())
    json["sub_sequence_number"] = *outcome.sub_sequence_number;
  return Dump(json);
}

std::string FailedJson(uint64_t line, const absl::Status& error) {
  const ErrorDetails details = GetErrorDetails(error);
  return Dump(
      {{"line", line},
       {"error", details.reason.empty() ? absl::StatusCodeToString(error.code()) : details.reason},
       {"message", std::string(error.message())},
       {"outcome", details.outcome_unknown ? "unknown" : "not_applied"}});
}

}  // namespace penstock::cli
