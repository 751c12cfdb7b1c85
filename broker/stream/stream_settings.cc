#include "broker/stream/stream_settings.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/stream/consumer_registry.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

// `run` on the tags of the resource, which is named for errors.
absl::Status WithTags(const TaggedResource& resource, StreamConfig& config,
                      const std::function<absl::Status(std::string_view, Tags&)>& run) {
  const std::string stream = absl::StrCat("stream ", config.name);
  if (resource.consumer_name.empty()) return run(stream, config.tags);
  RETURN_IF_ERROR(CheckConsumerName(resource.consumer_name));
  for (ConsumerInfo& consumer : config.consumers) {
    if (consumer.name != resource.consumer_name) continue;
    return run(absl::StrCat("consumer ", consumer.name, " of ", stream), consumer.tags);
  }
  return NoSuchConsumer(config.name, resource.consumer_name);
}

}  // namespace

ChangeContext StreamSettings::ContextNow() const {
  return {options_.clock.NowMs(), options_.account.committed(),
          options_.catalog.table().on_demand_stream_count()};
}

void StreamSettings::Change(std::string stream_name, Rule rule, ChangedCallback done) {
  options_.catalog.ChangeStream(
      std::move(stream_name), ChangeableIn::kActive,
      [this, rule = std::move(rule)](StreamConfig& config) { return rule(ContextNow(), config); },
      std::move(done));
}

void StreamSettings::UpdateStreamMode(std::string stream_name, const ModeSpec& spec,
                                      ChangedCallback done) {
  Change(
      std::move(stream_name),
      [spec](const ChangeContext& context, StreamConfig& config) {
        return ChangeMode(spec, context, config);
      },
      std::move(done));
}

void StreamSettings::UpdateStreamWarmThroughput(std::string stream_name, uint32_t mibps,
                                                ChangedCallback done) {
  Change(
      std::move(stream_name),
      [mibps](const ChangeContext& context, StreamConfig& config) {
        return ChangeWarmThroughput(mibps, context, config);
      },
      std::move(done));
}

void StreamSettings::UpdateMaxRecordSize(std::string stream_name, uint32_t kib,
                                         ChangedCallback done) {
  Change(
      std::move(stream_name),
      [kib](const ChangeContext&, StreamConfig& config) {
        return ChangeMaxRecordSize(kib, config);
      },
      std::move(done));
}

void StreamSettings::UpdateStreamLimits(std::string stream_name, const StreamLimits& limits,
                                        ChangedCallback done) {
  Change(
      std::move(stream_name),
      [limits](const ChangeContext&, StreamConfig& config) { return ChangeLimits(limits, config); },
      std::move(done));
}

void StreamSettings::IncreaseRetentionPeriod(std::string stream_name, const RetentionSpec& period,
                                             ChangedCallback done) {
  Change(
      std::move(stream_name),
      [period](const ChangeContext&, StreamConfig& config) {
        return IncreaseRetention(period, config);
      },
      std::move(done));
}

void StreamSettings::DecreaseRetentionPeriod(std::string stream_name, const RetentionSpec& period,
                                             ChangedCallback done) {
  Change(
      std::move(stream_name),
      [period](const ChangeContext&, StreamConfig& config) {
        return DecreaseRetention(period, config);
      },
      std::move(done));
}

void StreamSettings::StartEncryption(std::string stream_name, EncryptionSpec spec,
                                     ChangedCallback done) {
  Change(
      std::move(stream_name),
      [this, spec = std::move(spec)](const ChangeContext& context, StreamConfig& config) {
        return broker::StartEncryption(spec, options_.keys, context.now_ms, config);
      },
      std::move(done));
}

void StreamSettings::StopEncryption(std::string stream_name, EncryptionSpec spec,
                                    ChangedCallback done) {
  Change(
      std::move(stream_name),
      [spec = std::move(spec)](const ChangeContext& context, StreamConfig& config) {
        return broker::StopEncryption(spec, context.now_ms, config);
      },
      std::move(done));
}

void StreamSettings::EnableMetrics(std::string stream_name, std::vector<ShardLevelMetric> metrics,
                                   ChangedCallback done) {
  Change(
      std::move(stream_name),
      [metrics = std::move(metrics)](const ChangeContext&, StreamConfig& config) {
        return broker::EnableMetrics(metrics, config);
      },
      std::move(done));
}

void StreamSettings::DisableMetrics(std::string stream_name, std::vector<ShardLevelMetric> metrics,
                                    ChangedCallback done) {
  Change(
      std::move(stream_name),
      [metrics = std::move(metrics)](const ChangeContext&, StreamConfig& config) {
        return broker::DisableMetrics(metrics, config);
      },
      std::move(done));
}

void StreamSettings::ChangeTags(TaggedResource resource, TagRule rule, ChangedCallback done) {
  std::string stream_name = resource.stream_name;
  options_.catalog.ChangeStream(
      std::move(stream_name), ChangeableIn::kNotDeleting,
      [resource = std::move(resource), rule = std::move(rule)](StreamConfig& config) {
        return WithTags(resource, config, rule);
      },
      std::move(done));
}

void StreamSettings::AddTags(TaggedResource resource, std::vector<Tag> tags, ChangedCallback done) {
  ChangeTags(
      std::move(resource),
      [added = std::move(tags)](std::string_view name, Tags& tags) {
        return broker::AddTags(name, added, tags);
      },
      std::move(done));
}

void StreamSettings::RemoveTags(TaggedResource resource, std::vector<std::string> tag_keys,
                                ChangedCallback done) {
  ChangeTags(
      std::move(resource),
      [keys = std::move(tag_keys)](std::string_view, Tags& tags) {
        return broker::RemoveTags(keys, tags);
      },
      std::move(done));
}

absl::StatusOr<Tags> StreamSettings::TagsOf(const TaggedResource& resource) const {
  if (!resource.consumer_name.empty()) {
    RETURN_IF_ERROR(CheckConsumerName(resource.consumer_name));
  }
  ASSIGN_OR_RETURN(const auto stream, options_.catalog.DescribeStreamSummary(resource.stream_name));
  if (resource.consumer_name.empty()) return stream->config().tags;
  const ConsumerInfo* const consumer = stream->FindConsumer(resource.consumer_name);
  if (consumer == nullptr) return NoSuchConsumer(resource.stream_name, resource.consumer_name);
  return consumer->tags;
}

absl::StatusOr<TagPage> StreamSettings::ListTags(std::string_view stream_name,
                                                 std::string_view exclusive_start_tag_key,
                                                 uint32_t limit) const {
  ASSIGN_OR_RETURN(const auto stream, options_.catalog.DescribeStreamSummary(stream_name));
  return broker::ListTags(stream->config().tags, exclusive_start_tag_key, limit);
}

}  // namespace penstock::broker
