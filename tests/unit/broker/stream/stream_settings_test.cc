#include "broker/stream/stream_settings.h"

#include <future>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "broker/stream/stream_store.h"
#include "common/error.h"
#include "common/limits.h"
#include "tests/support/settings_fixture.h"

namespace penstock::broker {
namespace {

using testing::SettingsFixture;
using Settings = StreamSettings;
using Metric = ShardLevelMetric;

constexpr auto kOnDemand = StreamMode::kOnDemand;

TEST_CASE_METHOD(SettingsFixture, "what is set survives a restart", "[stream]") {
  CreateActive("orders", 2);
  REQUIRE(Commit(CommitmentStatus::kEnabled).ok());
  REQUIRE(Set(&Settings::UpdateStreamMode, "orders", ModeSpec{kOnDemand, 0}).ok());
  const auto warm = Set(&Settings::UpdateStreamWarmThroughput, "orders", 9U);
  REQUIRE(warm.ok());
  CHECK(warm->before->config().warm_throughput_mibps == 0);
  CHECK(warm->after->config().warm_throughput_mibps == 9);
  CHECK(warm->after == *catalog_->Find("orders"));
  REQUIRE(Set(&Settings::UpdateMaxRecordSize, "orders", 2'048U).ok());
  REQUIRE(
      Set(&Settings::UpdateStreamLimits, "orders", StreamLimits{StreamLimits::Profile::kKinesis})
          .ok());
  REQUIRE(Set(&Settings::IncreaseRetentionPeriod, "orders", RetentionSpec{72, 0}).ok());
  REQUIRE(Set(&Settings::DecreaseRetentionPeriod, "orders", RetentionSpec{0, 90}).ok());
  REQUIRE(
      Set(&Settings::StartEncryption, "orders", EncryptionSpec{EncryptionType::kKms, "k1"}).ok());
  REQUIRE(
      Set(&Settings::StopEncryption, "orders", EncryptionSpec{EncryptionType::kKms, "k1"}).ok());
  REQUIRE(
      Set(&Settings::StartEncryption, "orders", EncryptionSpec{EncryptionType::kKms, "k2"}).ok());
  REQUIRE(Set(&Settings::EnableMetrics, "orders", std::vector<Metric>{kAllShardLevelMetrics}).ok());
  const auto disabled =
      Set(&Settings::DisableMetrics, "orders", std::vector<Metric>{Metric::kIteratorAge});
  REQUIRE(disabled.ok());
  CHECK(disabled->before->config().shard_level_metrics.size() == 7);
  CHECK(disabled->after->config().shard_level_metrics.size() == 6);
  REQUIRE(Set(&Settings::AddTags, TaggedResource{"orders", ""}, std::vector<Tag>{{"a", "1"}}).ok());

  REQUIRE(Restart().ok());
  const StreamConfig config = ConfigOf("orders");
  CHECK(config.status == StreamStatus::kActive);
  CHECK(config.mode == kOnDemand);
  CHECK(config.warm_throughput_mibps == 9);
  CHECK(config.max_record_size_in_kib == 2'048);
  CHECK(config.limits == StreamLimits::Kinesis());
  CHECK(config.retention_period_minutes == 90);
  CHECK(config.encryption.type == EncryptionType::kKms);
  CHECK(config.encryption.key_id == "k2");
  CHECK(config.encryption.data_keys.size() == 2);
  CHECK(config.shard_level_metrics.size() == 6);
  CHECK(config.tags == Tags{{"a", "1"}});
  // Start, stop and start of encryption were counted.
  CHECK(config.changes.size() == 3);
  // The shards stay.
  CHECK((*catalog_->Find("orders"))->open_shard_count() == 2);
}

TEST_CASE_METHOD(SettingsFixture, "a new stream has what it was created with", "[stream]") {
  REQUIRE(Commit(CommitmentStatus::kEnabled).ok());
  CreateStreamSpec spec{"orders"};
  spec.mode = kOnDemand;
  spec.warm_throughput_mibps = 6;
  spec.retention_period_minutes = 5;
  spec.limits = StreamLimits{StreamLimits::Profile::kCustom, 1};
  spec.tags = {{"team", "ops"}};
  REQUIRE(Create(spec).ok());
  REQUIRE(WaitForStatus("orders", StreamStatus::kActive));
  REQUIRE(Restart().ok());
  const StreamConfig config = ConfigOf("orders");
  CHECK(config.mode == kOnDemand);
  CHECK(config.warm_throughput_mibps == 6);
  CHECK(config.retention_period_minutes == 5);
  CHECK(config.limits.write_records_per_second == 1);
  CHECK(config.tags == Tags{{"team", "ops"}});
  CHECK((*catalog_->Find("orders"))->open_shard_count() == 6);
}

TEST_CASE_METHOD(SettingsFixture, "warm throughput needs the account's commitment", "[stream]") {
  CreateStreamSpec spec{"orders"};
  spec.mode = kOnDemand;
  spec.warm_throughput_mibps = 6;
  CHECK(FieldOf(Create(spec)) == "warm_throughput_mibps");
  spec.warm_throughput_mibps = 0;
  REQUIRE(Create(spec).ok());
  REQUIRE(WaitForStatus("orders", StreamStatus::kActive));
  CHECK(FieldOf(Set(&Settings::UpdateStreamWarmThroughput, "orders", 6U).status()) ==
        "warm_throughput_mibps");
  CHECK(FieldOf(Set(&Settings::UpdateStreamMode, "orders", ModeSpec{kOnDemand, 6}).status()) ==
        "warm_throughput_mibps");
  REQUIRE(Commit(CommitmentStatus::kEnabled).ok());
  REQUIRE(Commit(CommitmentStatus::kDisabled).ok());
  // It is in force until the day has gone by.
  CHECK(Set(&Settings::UpdateStreamWarmThroughput, "orders", 6U).ok());
  clock_.AdvanceMs(AccountSettings::kCommitmentMs);
  CHECK_FALSE(Set(&Settings::UpdateStreamWarmThroughput, "orders", 7U).ok());
}

TEST_CASE_METHOD(SettingsFixture, "a node has fifty on-demand streams, made or changed",
                 "[stream]") {
  CreateStreamSpec spec;
  spec.mode = kOnDemand;
  spec.shard_count = 1;
  for (uint32_t i = 0; i < kOnDemandStreamsMax - 1; ++i) {
    spec.name = "s" + std::to_string(i);
    REQUIRE(Create(spec).ok());
  }
  CreateActive("orders", 3);
  REQUIRE(Set(&Settings::UpdateStreamMode, "orders", ModeSpec{kOnDemand, 0}).ok());
  CHECK(catalog_->Totals().on_demand_stream_count == 50);
  CHECK(catalog_->Totals().on_demand_stream_count_limit == 50);
  CHECK(catalog_->Totals().open_shard_count == 52);
  CHECK(catalog_->Totals().shard_limit == kShardsMax);
  spec.name = "more";
  CHECK(ReasonOf(Create(spec)) == ErrorReason::kLimitExceeded);
  CreateActive("plain");
  CHECK(ReasonOf(Set(&Settings::UpdateStreamMode, "plain", ModeSpec{kOnDemand, 0}).status()) ==
        ErrorReason::kLimitExceeded);
  REQUIRE(Set(&Settings::UpdateStreamMode, "orders", ModeSpec{StreamMode::kProvisioned, 0}).ok());
  CHECK(catalog_->Totals().on_demand_stream_count == 49);
  CHECK(Create(spec).ok());
}

TEST_CASE_METHOD(SettingsFixture, "settings need an ACTIVE stream", "[stream]") {
  CHECK(ReasonOf(Set(&Settings::UpdateMaxRecordSize, "none", 2'048U).status()) ==
        ErrorReason::kStreamNotFound);
  CHECK(FieldOf(Set(&Settings::UpdateMaxRecordSize, "a b", 2'048U).status()) == "stream_name");
  shards_.HoldAfter(0);
  REQUIRE(Create({"orders"}).ok());
  const absl::Status creating = Set(&Settings::UpdateMaxRecordSize, "orders", 2'048U).status();
  CHECK(ReasonOf(creating) == ErrorReason::kStreamNotActive);
  CHECK(creating.message() == "stream orders not ACTIVE, instead in state CREATING");
  shards_.Release();
  REQUIRE(WaitForStatus("orders", StreamStatus::kActive));
  CHECK(Set(&Settings::UpdateMaxRecordSize, "orders", 2'048U).ok());
  shards_.HoldAfter(0);
  REQUIRE(Delete("orders").ok());
  CHECK(ReasonOf(Set(&Settings::UpdateMaxRecordSize, "orders", 4'096U).status()) ==
        ErrorReason::kStreamNotActive);
  shards_.Release();
  REQUIRE(WaitForStatus("orders", std::nullopt));
}

TEST_CASE_METHOD(SettingsFixture, "tags are changed also while a stream is created", "[stream]") {
  const TaggedResource orders{"orders", ""};
  shards_.HoldAfter(0);
  REQUIRE(Create({"orders"}).ok());
  REQUIRE(Set(&Settings::AddTags, orders, std::vector<Tag>{{"a", "1"}, {"b", "2"}}).ok());
  REQUIRE(Set(&Settings::RemoveTags, orders, std::vector<std::string>{"a"}).ok());
  shards_.Release();
  // The job, whose stream was changed under it, goes on with the newer one.
  REQUIRE(WaitForStatus("orders", StreamStatus::kActive));
  CHECK(*settings().TagsOf(orders) == Tags{{"b", "2"}});
  shards_.HoldAfter(0);
  REQUIRE(Delete("orders").ok());
  CHECK(ReasonOf(Set(&Settings::AddTags, orders, std::vector<Tag>{{"c", ""}}).status()) ==
        ErrorReason::kStreamNotActive);
  shards_.Release();
  REQUIRE(WaitForStatus("orders", std::nullopt));
}

TEST_CASE_METHOD(SettingsFixture, "consumers have tags of their own", "[stream]") {
  CreateActive("orders");
  REQUIRE(Register("orders", "audit", {{"a", "1"}}).ok());
  const TaggedResource audit{"orders", "audit"};
  REQUIRE(Set(&Settings::AddTags, audit, std::vector<Tag>{{"b", "2"}}).ok());
  REQUIRE(Set(&Settings::RemoveTags, audit, std::vector<std::string>{"a"}).ok());
  CHECK(*settings().TagsOf(audit) == Tags{{"b", "2"}});
  CHECK(settings().TagsOf({"orders", ""})->empty());
  const absl::Status full = Set(&Settings::AddTags, audit,
                                [] {
                                  std::vector<Tag> tags;
                                  for (int i = 0; i < 50; ++i)
                                    tags.push_back({"k" + std::to_string(i), ""});
                                  return tags;
                                }())
                                .status();
  CHECK(full.message() == "consumer audit of stream orders would have 51 tags, more than 50");
  const TaggedResource none{"orders", "none"};
  CHECK(ReasonOf(Set(&Settings::AddTags, none, std::vector<Tag>{{"b", ""}}).status()) ==
        ErrorReason::kConsumerNotFound);
  CHECK(ReasonOf(settings().TagsOf(none).status()) == ErrorReason::kConsumerNotFound);
  CHECK(FieldOf(settings().TagsOf({"orders", "a b"}).status()) == "consumer_name");
  CHECK(FieldOf(Set(&Settings::RemoveTags, TaggedResource{"orders", "a b"},
                    std::vector<std::string>{"a"})
                    .status()) == "consumer_name");
  CHECK(ReasonOf(settings().TagsOf({"none", ""}).status()) == ErrorReason::kStreamNotFound);
  CHECK(settings().ListTags("orders", "", 0)->tags.empty());
  CHECK(ReasonOf(settings().ListTags("none", "", 0).status()) == ErrorReason::kStreamNotFound);
}

TEST_CASE_METHOD(SettingsFixture, "a change is made to what another node has stored", "[stream]") {
  CreateActive("orders");
  StreamStore store(*metadata_);
  const auto stored = store.Get("orders");
  REQUIRE((stored.ok() && stored->has_value()));
  StreamConfig config = (*stored)->snapshot->config();
  config.tags = {{"theirs", ""}};
  REQUIRE(
      store.Put(StreamSnapshot(config, (*stored)->snapshot->shards()), (*stored)->revision).ok());
  REQUIRE(
      Set(&Settings::AddTags, TaggedResource{"orders", ""}, std::vector<Tag>{{"ours", ""}}).ok());
  CHECK(ConfigOf("orders").tags == Tags{{"ours", ""}, {"theirs", ""}});

  // Or deleted.
  const auto newer = store.Get("orders");
  REQUIRE(store.Delete(*(*newer)->snapshot, (*newer)->revision).ok());
  CHECK(ReasonOf(Set(&Settings::UpdateMaxRecordSize, "orders", 2'048U).status()) ==
        ErrorReason::kStreamNotFound);
  CHECK_FALSE(StatusOf("orders").has_value());
}

TEST_CASE_METHOD(SettingsFixture, "changes made at once are all made", "[stream]") {
  CreateActive("orders");
  constexpr int kChanges = 40;
  StreamSettings settings = this->settings();
  std::vector<std::promise<Change>> answers(kChanges);
  for (int i = 0; i < kChanges; ++i) {
    settings.AddTags({"orders", ""}, {{"k" + std::to_string(i), ""}},
                     [&answers, i](Change change) { answers[i].set_value(std::move(change)); });
  }
  for (std::promise<Change>& answer : answers) CHECK(Get(answer).ok());
  CHECK(ConfigOf("orders").tags.size() == kChanges);
}

TEST_CASE_METHOD(SettingsFixture, "a stopped catalog refuses settings", "[stream]") {
  CreateActive("orders");
  catalog_->Stop();
  CHECK(ReasonOf(Set(&Settings::UpdateMaxRecordSize, "orders", 2'048U).status()) ==
        ErrorReason::kShuttingDown);
}

}  // namespace
}  // namespace penstock::broker
