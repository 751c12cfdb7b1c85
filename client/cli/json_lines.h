// The JSON that the program prints: one object a line, field names as in the API. Pure functions.
//
// Times are ISO 8601 in UTC with milliseconds. A record's bytes are "data" where they are UTF-8,
// otherwise "data_base64".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "penstock/account.h"
#include "penstock/consumers.h"
#include "penstock/producer.h"
#include "penstock/records.h"
#include "penstock/streams.h"

namespace penstock::cli {

std::string RecordJson(std::string_view shard_id, const ReceivedRecord& record);
std::string StreamJson(const StreamListing& stream);
std::string StreamJson(const StreamDescription& stream);
// The same with its tags and shards.
std::string StreamJson(const StreamDescription& stream, const std::vector<Tag>& tags,
                       const std::vector<ShardDescription>& shards);
std::string ShardJson(const ShardDescription& shard);
std::string ScalingJson(const std::string& stream_name, const UpdateShardCountResult& scaling,
                        StreamState state);
// {"key":"team","value":"delivery"}
std::string TagJson(const Tag& tag);
std::string ConsumerJson(const ConsumerDescription& consumer);
std::string LagJson(const ConsumerLag& lag);
std::string LimitsJson(const AccountLimits& limits);
std::string SettingsJson(const AccountSettings& settings);

// {"line":7,"shard_id":"shardId-000000000001","sequence_number":42}, of a record within an aggregated
// one also "sub_sequence_number". `outcome` is OK.
std::string AcknowledgedJson(uint64_t line, const PutOutcome& outcome);
// {"line":8,"error":"OVERLOADED","message":"...","outcome":"not_applied"}. `error` is not OK.
std::string FailedJson(uint64_t line, const absl::Status& error);

}  // namespace penstock::cli
