#include "client/rpc/convert_streams.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "client/rpc/convert_records.h"
#include "client/rpc/error_status.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock {
namespace {

struct MetricName {
  ShardLevelMetric metric;
  v1::ShardLevelMetric message;
  std::string_view name;
};

constexpr std::array kMetrics = {
    MetricName{ShardLevelMetric::kIncomingBytes, v1::SHARD_LEVEL_METRIC_INCOMING_BYTES,
               "IncomingBytes"},
    MetricName{ShardLevelMetric::kIncomingRecords, v1::SHARD_LEVEL_METRIC_INCOMING_RECORDS,
               "IncomingRecords"},
    MetricName{ShardLevelMetric::kOutgoingBytes, v1::SHARD_LEVEL_METRIC_OUTGOING_BYTES,
               "OutgoingBytes"},
    MetricName{ShardLevelMetric::kOutgoingRecords, v1::SHARD_LEVEL_METRIC_OUTGOING_RECORDS,
               "OutgoingRecords"},
    MetricName{ShardLevelMetric::kWriteProvisionedThroughputExceeded,
               v1::SHARD_LEVEL_METRIC_WRITE_PROVISIONED_THROUGHPUT_EXCEEDED,
               "WriteProvisionedThroughputExceeded"},
    MetricName{ShardLevelMetric::kReadProvisionedThroughputExceeded,
               v1::SHARD_LEVEL_METRIC_READ_PROVISIONED_THROUGHPUT_EXCEEDED,
               "ReadProvisionedThroughputExceeded"},
    MetricName{ShardLevelMetric::kIteratorAgeMilliseconds,
               v1::SHARD_LEVEL_METRIC_ITERATOR_AGE_MILLISECONDS, "IteratorAgeMilliseconds"},
    MetricName{ShardLevelMetric::kAll, v1::SHARD_LEVEL_METRIC_ALL, "ALL"},
};

}  // namespace

std::string_view StreamStateName(StreamState state) {
  switch (state) {
    case StreamState::kCreating:
      return "CREATING";
    case StreamState::kActive:
      return "ACTIVE";
    case StreamState::kUpdating:
      return "UPDATING";
    case StreamState::kDeleting:
      return "DELETING";
    case StreamState::kUnknown:
      break;
  }
  return "UNKNOWN";
}

std::string_view StreamModeName(StreamMode mode) {
  return mode == StreamMode::kOnDemand ? "ON_DEMAND" : "PROVISIONED";
}

std::string_view LimitsProfileName(StreamLimits::Profile profile) {
  switch (profile) {
    case StreamLimits::Profile::kKinesis:
      return "KINESIS";
    case StreamLimits::Profile::kCustom:
      return "CUSTOM";
    case StreamLimits::Profile::kUnlimited:
      break;
  }
  return "UNLIMITED";
}

std::string_view ShardLevelMetricName(ShardLevelMetric metric) {
  for (const MetricName& known : kMetrics) {
    if (known.metric == metric) return known.name;
  }
  return "UNKNOWN";
}

namespace rpc {
namespace {

StreamState FromStatus(v1::StreamStatus status) {
  switch (status) {
    case v1::STREAM_STATUS_CREATING:
      return StreamState::kCreating;
    case v1::STREAM_STATUS_ACTIVE:
      return StreamState::kActive;
    case v1::STREAM_STATUS_UPDATING:
      return StreamState::kUpdating;
    case v1::STREAM_STATUS_DELETING:
      return StreamState::kDeleting;
    default:
      return StreamState::kUnknown;
  }
}

// What is not said is provisioned, as in a request.
StreamMode FromMode(v1::StreamMode mode) {
  return mode == v1::STREAM_MODE_ON_DEMAND ? StreamMode::kOnDemand : StreamMode::kProvisioned;
}

StreamLimits FromLimits(const v1::StreamLimits& message) {
  using Profile = StreamLimits::Profile;
  StreamLimits limits;
  limits.profile = message.profile() == v1::LIMITS_PROFILE_KINESIS  ? Profile::kKinesis
                   : message.profile() == v1::LIMITS_PROFILE_CUSTOM ? Profile::kCustom
                                                                    : Profile::kUnlimited;
  limits.write_records_per_second = message.write_records_per_second();
  limits.write_bytes_per_second = message.write_bytes_per_second();
  limits.write_burst_bytes = message.write_burst_bytes();
  limits.read_bytes_per_second = message.read_bytes_per_second();
  limits.read_calls_per_second = message.read_calls_per_second();
  return limits;
}

ShardDescription FromShard(v1::Shard shard) {
  ShardDescription description;
  description.shard_id = std::move(*shard.mutable_shard_id());
  v1::HashKeyRange& range = *shard.mutable_hash_key_range();
  description.starting_hash_key = std::move(*range.mutable_starting_hash_key());
  description.ending_hash_key = std::move(*range.mutable_ending_hash_key());
  const v1::SequenceNumberRange& numbers = shard.sequence_number_range();
  description.starting_sequence_number = numbers.starting_sequence_number();
  if (numbers.has_ending_sequence_number())
    description.ending_sequence_number = numbers.ending_sequence_number();
  description.parent_shard_id = std::move(*shard.mutable_parent_shard_id());
  description.adjacent_parent_shard_id = std::move(*shard.mutable_adjacent_parent_shard_id());
  description.creation_time = absl::FromUnixMillis(shard.creation_timestamp_ms());
  if (shard.has_closed_timestamp_ms())
    description.closed_time = absl::FromUnixMillis(shard.closed_timestamp_ms());
  return description;
}

std::vector<ShardDescription> FromShards(google::protobuf::RepeatedPtrField<v1::Shard>* shards) {
  std::vector<ShardDescription> descriptions;
  descriptions.reserve(shards->size());
  for (v1::Shard& shard : *shards) descriptions.push_back(FromShard(std::move(shard)));
  return descriptions;
}

void SetFilter(const ShardFilter& filter, v1::ListShardsRequest* request) {
  using Kind = ShardFilter::Kind;
  // The default is left out: it may not stand beside a next_token.
  if (filter.kind() == Kind::kFromTrimHorizon) return;
  v1::ShardFilter& message = *request->mutable_shard_filter();
  switch (filter.kind()) {
    case Kind::kAtTrimHorizon:
      message.set_type(v1::SHARD_FILTER_TYPE_AT_TRIM_HORIZON);
      break;
    case Kind::kAtLatest:
      message.set_type(v1::SHARD_FILTER_TYPE_AT_LATEST);
      break;
    case Kind::kAtTimestamp:
      message.set_type(v1::SHARD_FILTER_TYPE_AT_TIMESTAMP);
      message.set_timestamp_ms(absl::ToUnixMillis(filter.timestamp()));
      break;
    case Kind::kFromTimestamp:
      message.set_type(v1::SHARD_FILTER_TYPE_FROM_TIMESTAMP);
      message.set_timestamp_ms(absl::ToUnixMillis(filter.timestamp()));
      break;
    case Kind::kAfterShardId:
      message.set_type(v1::SHARD_FILTER_TYPE_AFTER_SHARD_ID);
      message.set_shard_id(filter.shard_id());
      break;
    case Kind::kFromTrimHorizon:
      break;
  }
}

}  // namespace

absl::StatusOr<v1::CreateStreamRequest> ToRequest(std::string_view stream_name,
                                                  const CreateStreamOptions& options) {
  v1::CreateStreamRequest request;
  request.set_stream_name(std::string(stream_name));
  request.set_shard_count(options.shard_count);
  request.set_max_record_size_in_kib(options.record_kib_max);
  if (options.retention_period != absl::ZeroDuration()) {
    ASSIGN_OR_RETURN(const uint32_t minutes, ToRetentionMinutes(options.retention_period));
    request.set_retention_period_minutes(minutes);
  }
  request.set_stream_mode(ToMode(options.mode));
  request.set_warm_throughput_mibps(options.warm_throughput_mibps);
  *request.mutable_limits() = ToLimits(options.limits);
  RETURN_IF_ERROR(SetTags(options.tags, request.mutable_tags()));
  return request;
}

v1::ListShardsRequest ToRequest(const ListShardsOptions& options) {
  v1::ListShardsRequest request;
  request.set_stream_name(options.stream_name);
  request.set_next_token(options.next_token);
  request.set_exclusive_start_shard_id(options.exclusive_start_shard_id);
  request.set_max_results(options.max_results);
  SetFilter(options.filter, &request);
  return request;
}

v1::StreamMode ToMode(StreamMode mode) {
  return mode == StreamMode::kOnDemand ? v1::STREAM_MODE_ON_DEMAND : v1::STREAM_MODE_PROVISIONED;
}

v1::StreamLimits ToLimits(const StreamLimits& limits) {
  using Profile = StreamLimits::Profile;
  v1::StreamLimits message;
  message.set_profile(limits.profile == Profile::kKinesis  ? v1::LIMITS_PROFILE_KINESIS
                      : limits.profile == Profile::kCustom ? v1::LIMITS_PROFILE_CUSTOM
                                                           : v1::LIMITS_PROFILE_UNLIMITED);
  message.set_write_records_per_second(limits.write_records_per_second);
  message.set_write_bytes_per_second(limits.write_bytes_per_second);
  message.set_write_burst_bytes(limits.write_burst_bytes);
  message.set_read_bytes_per_second(limits.read_bytes_per_second);
  message.set_read_calls_per_second(limits.read_calls_per_second);
  return message;
}

absl::StatusOr<uint32_t> ToRetentionMinutes(absl::Duration period) {
  const bool is_whole = absl::Trunc(period, absl::Minutes(1)) == period;
  if (!is_whole || period < absl::Minutes(kRetentionMinutesMin) ||
      period > absl::Minutes(kRetentionMinutesMax)) {
    return InvalidArgumentError(
        absl::StrCat("retention_period is ", absl::FormatDuration(period),
                     "; it must be 1 minute to 365 days, in whole minutes"));
  }
  return static_cast<uint32_t>(absl::ToInt64Minutes(period));
}

absl::Status SetTags(const std::vector<Tag>& tags,
                     google::protobuf::RepeatedPtrField<v1::Tag>* to) {
  for (const Tag& tag : tags) {
    RETURN_IF_ERROR(RequireUtf8("tag key", tag.key));
    RETURN_IF_ERROR(RequireUtf8("tag value", tag.value));
    v1::Tag* const message = to->Add();
    message->set_key(tag.key);
    message->set_value(tag.value);
  }
  return absl::OkStatus();
}

absl::Status SetTagKeys(const std::vector<std::string>& keys,
                        google::protobuf::RepeatedPtrField<std::string>* to) {
  for (const std::string& key : keys) {
    RETURN_IF_ERROR(RequireUtf8("tag key", key));
    *to->Add() = key;
  }
  return absl::OkStatus();
}

absl::Status SetMetrics(const std::vector<ShardLevelMetric>& metrics,
                        google::protobuf::RepeatedField<int>* to) {
  for (const ShardLevelMetric metric : metrics) {
    const int size_before = to->size();
    for (const MetricName& known : kMetrics) {
      if (known.metric == metric) to->Add(known.message);
    }
    if (to->size() == size_before) return InvalidArgumentError("shard_level_metrics has kUnknown");
  }
  return absl::OkStatus();
}

StreamListPage FromResponse(v1::ListStreamsResponse response) {
  StreamListPage page;
  for (v1::StreamSummary& summary : *response.mutable_stream_summaries()) {
    page.streams.push_back({std::move(*summary.mutable_stream_name()),
                            FromStatus(summary.stream_status()),
                            absl::FromUnixMillis(summary.stream_creation_timestamp_ms()),
                            FromMode(summary.stream_mode())});
  }
  page.has_more = response.has_more_streams();
  return page;
}

StreamDescription FromSummary(v1::StreamDescriptionSummary summary) {
  StreamDescription description;
  description.stream_name = std::move(*summary.mutable_stream_name());
  description.state = FromStatus(summary.stream_status());
  description.creation_time = absl::FromUnixMillis(summary.stream_creation_timestamp_ms());
  // A broker that does not say minutes yet says hours.
  description.retention_period = summary.retention_period_minutes() > 0
                                     ? absl::Minutes(summary.retention_period_minutes())
                                     : absl::Hours(summary.retention_period_hours());
  description.open_shard_count = summary.open_shard_count();
  description.closed_shard_count = summary.closed_shard_count();
  description.record_kib_max = summary.max_record_size_in_kib();
  description.stream_id = summary.stream_id();
  description.mode = FromMode(summary.stream_mode());
  if (summary.has_warm_throughput()) {
    description.warm_throughput = {summary.warm_throughput().target_mibps(),
                                   summary.warm_throughput().current_mibps()};
  }
  description.limits = FromLimits(summary.limits());
  description.encryption_type = FromEncryption(summary.encryption_type());
  description.key_id = std::move(*summary.mutable_key_id());
  description.consumer_count = summary.consumer_count();
  description.shard_level_metrics = FromMetrics(summary.shard_level_metrics());
  for (v1::HotShard& hot : *summary.mutable_hot_shards()) {
    description.hot_shards.push_back({std::move(*hot.mutable_shard_id()),
                                      std::move(*hot.mutable_hash_key()), hot.share(),
                                      hot.bytes_per_second()});
  }
  return description;
}

StreamPage FromResponse(v1::DescribeStreamResponse response) {
  StreamPage page;
  page.stream = FromSummary(std::move(*response.mutable_summary()));
  page.shards = FromShards(response.mutable_shards());
  page.has_more_shards = response.has_more_shards();
  return page;
}

ShardListPage FromResponse(v1::ListShardsResponse response) {
  ShardListPage page;
  page.shards = FromShards(response.mutable_shards());
  page.next_token = std::move(*response.mutable_next_token());
  return page;
}

std::vector<Tag> FromTags(google::protobuf::RepeatedPtrField<v1::Tag>* tags) {
  std::vector<Tag> values;
  for (v1::Tag& tag : *tags)
    values.push_back({std::move(*tag.mutable_key()), std::move(*tag.mutable_value())});
  return values;
}

std::vector<ShardLevelMetric> FromMetrics(const google::protobuf::RepeatedField<int>& metrics) {
  std::vector<ShardLevelMetric> values;
  for (const int message : metrics) {
    ShardLevelMetric value = ShardLevelMetric::kUnknown;
    for (const MetricName& known : kMetrics) {
      if (known.message == message) value = known.metric;
    }
    values.push_back(value);
  }
  return values;
}

}  // namespace rpc
}  // namespace penstock
