#include "client/cli/json_lines.h"

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include <nlohmann/json.hpp>
#include <simdjson.h>

#include "client/cli/time_text.h"

namespace penstock::cli {
namespace {

using Json = nlohmann::ordered_json;

// One line; bytes that are not UTF-8, which a broker does not send in its texts, are replaced.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
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
  return json;
}

}  // namespace

std::string RecordJson(std::string_view shard_id, const ReceivedRecord& record) {
  Json json = {{"shard_id", std::string(shard_id)},
               {"sequence_number", record.sequence_number},
               {"approximate_arrival_timestamp", FormatTimestamp(record.approximate_arrival_time)},
               {"partition_key", record.partition_key}};
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
               {"stream_status", std::string(StreamStateName(stream.state))},
               {"stream_creation_timestamp", FormatTimestamp(stream.creation_time)}});
}

std::string StreamJson(const StreamDescription& stream,
                       const std::vector<ShardDescription>& shards) {
  Json json = {{"stream_name", stream.stream_name},
               {"stream_status", std::string(StreamStateName(stream.state))},
               {"stream_creation_timestamp", FormatTimestamp(stream.creation_time)},
               {"retention_period_hours", stream.retention_hours},
               {"max_record_size_in_kib", stream.record_kib_max},
               {"open_shard_count", stream.open_shard_count},
               {"shards", Json::array()}};
  for (const ShardDescription& shard : shards) json["shards"].push_back(ToJson(shard));
  return Dump(json);
}

std::string ShardJson(const ShardDescription& shard) {
  return Dump(ToJson(shard));
}

std::string AcknowledgedJson(uint64_t line, const PutRecordsResultEntry& entry) {
  return Dump(
      {{"line", line}, {"shard_id", entry.shard_id}, {"sequence_number", entry.sequence_number}});
}

std::string FailedJson(uint64_t line, const PutRecordsResultEntry& entry) {
  return Dump({{"line", line},
               {"error", entry.error_code},
               {"message", entry.error_message},
               {"outcome", entry.outcome_unknown ? "unknown" : "not_applied"}});
}

}  // namespace penstock::cli
