// StreamSettings: the operations that change how a stream is set, and those on tags. Both doors
// call it.
//
// Each runs a rule of stream_changes.h or tags.h on the stream's configuration
// (StreamCatalog::ChangeStream) and takes effect with the snapshot that this publishes: the data
// plane and the background work look at the snapshot, nothing else is told. `done` is called once,
// on a thread of the catalog's executor. Errors: the rule's, and StreamCatalog::ChangeStream's.
// Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/stream/account_settings.h"
#include "broker/stream/encryption_keys.h"
#include "broker/stream/stream_catalog.h"
#include "broker/stream/stream_changes.h"
#include "broker/stream/stream_config.h"
#include "broker/stream/tags.h"
#include "common/clock.h"

namespace penstock::broker {

// A stream, or one of its consumers.
struct TaggedResource {
  std::string stream_name;
  // Empty: the stream itself.
  std::string consumer_name;
};

class StreamSettings {
 public:
  using ChangedCallback = StreamCatalog::ChangedCallback;

  // All must outlive it.
  struct Options {
    StreamCatalog& catalog;
    const AccountSettings& account;
    const Clock& clock;
    // Null: the broker has no key ring, and no stream can be encrypted.
    EncryptionKeys* keys = nullptr;
  };

  explicit StreamSettings(const Options& options) : options_(options) {}

  // These need an ACTIVE stream.
  void UpdateStreamMode(std::string stream_name, const ModeSpec& spec, ChangedCallback done);
  void UpdateStreamWarmThroughput(std::string stream_name, uint32_t mibps, ChangedCallback done);
  void UpdateMaxRecordSize(std::string stream_name, uint32_t kib, ChangedCallback done);
  void UpdateStreamLimits(std::string stream_name, const StreamLimits& limits,
                          ChangedCallback done);
  void IncreaseRetentionPeriod(std::string stream_name, const RetentionSpec& period,
                               ChangedCallback done);
  void DecreaseRetentionPeriod(std::string stream_name, const RetentionSpec& period,
                               ChangedCallback done);
  void StartEncryption(std::string stream_name, EncryptionSpec spec, ChangedCallback done);
  void StopEncryption(std::string stream_name, EncryptionSpec spec, ChangedCallback done);
  // What was enabled before and is now, the caller sees in the change.
  void EnableMetrics(std::string stream_name, std::vector<ShardLevelMetric> metrics,
                     ChangedCallback done);
  void DisableMetrics(std::string stream_name, std::vector<ShardLevelMetric> metrics,
                      ChangedCallback done);

  // These need a stream that is not being deleted. NOT_FOUND also CONSUMER_NOT_FOUND.
  void AddTags(TaggedResource resource, std::vector<Tag> tags, ChangedCallback done);
  void RemoveTags(TaggedResource resource, std::vector<std::string> tag_keys, ChangedCallback done);
  // From memory, at once. INVALID_ARGUMENT, NOT_FOUND.
  absl::StatusOr<Tags> TagsOf(const TaggedResource& resource) const;
  absl::StatusOr<TagPage> ListTags(std::string_view stream_name,
                                   std::string_view exclusive_start_tag_key, uint32_t limit) const;

 private:
  using Rule = std::function<absl::Status(const ChangeContext&, StreamConfig&)>;
  using TagRule = std::function<absl::Status(std::string_view resource, Tags&)>;

  // On the catalog's executor.
  ChangeContext ContextNow() const;
  void Change(std::string stream_name, Rule rule, ChangedCallback done);
  void ChangeTags(TaggedResource resource, TagRule rule, ChangedCallback done);

  const Options options_;
};

}  // namespace penstock::broker
