#include "broker/stream/stream_changes.h"

#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"
#include "common/limits.h"
#include "tests/support/settings_fixture.h"

namespace penstock::broker {
namespace {

constexpr int64_t kNowMs = 1'700'000'000'000;
constexpr auto kProvisioned = StreamMode::kProvisioned;
constexpr auto kOnDemand = StreamMode::kOnDemand;
using Profile = StreamLimits::Profile;
using Metric = ShardLevelMetric;

StreamConfig Orders(StreamMode mode = kProvisioned) {
  StreamConfig config;
  config.name = "orders";
  config.mode = mode;
  return config;
}

ChangeContext Context(bool committed = true, size_t on_demand_streams = 0) {
  return {kNowMs, committed, on_demand_streams};
}

// "no error", or the message of an INVALID_ARGUMENT that begins with `field`.
std::string InvalidText(const absl::Status& status, std::string_view field) {
  if (status.ok()) return "no error";
  CHECK(ReasonOf(status) == ErrorReason::kInvalidArgument);
  CHECK(FieldOf(status) == field);
  return std::string(status.message());
}

TEST_CASE("the mode is changed, the warm throughput goes with it", "[stream]") {
  StreamConfig config = Orders();
  REQUIRE(ChangeMode({kOnDemand, 0}, Context(false), config).ok());
  CHECK(config.mode == kOnDemand);
  CHECK(config.warm_throughput_mibps == 0);
  // In the mode that it has: only the warm throughput.
  REQUIRE(ChangeMode({kOnDemand, 7}, Context(), config).ok());
  CHECK(config.warm_throughput_mibps == 7);
  REQUIRE(ChangeMode({kOnDemand, 0}, Context(), config).ok());
  CHECK(config.warm_throughput_mibps == 7);
  REQUIRE(ChangeMode({kProvisioned, 0}, Context(), config).ok());
  CHECK(config.mode == kProvisioned);
  CHECK(config.warm_throughput_mibps == 0);
}

TEST_CASE("modes that cannot be", "[stream]") {
  StreamConfig config = Orders();
  const auto error = [&](const ModeSpec& spec, std::string_view field, bool committed = true) {
    return InvalidText(ChangeMode(spec, Context(committed), config), field);
  };
  CHECK(error({StreamMode{}, 0}, "stream_mode") == "stream_mode is 0, which is no mode");
  CHECK(error({static_cast<StreamMode>(3), 0}, "stream_mode") ==
        "stream_mode is 3, which is no mode");
  CHECK(error({kProvisioned, 1}, "warm_throughput_mibps") ==
        "warm_throughput_mibps is allowed in on-demand mode alone");
  CHECK(error({kOnDemand, 10'241}, "warm_throughput_mibps") ==
        "warm_throughput_mibps is 10241, more than 10240");
  CHECK(error({kOnDemand, 1}, "warm_throughput_mibps", false) ==
        "warm_throughput_mibps is 1, but the account's minimum throughput commitment, which it "
        "needs, is not enabled");
  CHECK(config.mode == kProvisioned);
}

TEST_CASE("a node takes fifty on-demand streams", "[stream]") {
  for (const size_t others : {size_t{48}, size_t{49}}) {
    StreamConfig config = Orders();
    CHECK(ChangeMode({kOnDemand, 0}, Context(true, others), config).ok());
  }
  StreamConfig config = Orders();
  const absl::Status refused = ChangeMode({kOnDemand, 0}, Context(true, 50), config);
  CHECK(ReasonOf(refused) == ErrorReason::kLimitExceeded);
  CHECK(refused.message() == "there are 50 on-demand streams; a node takes no more than 50");
  CHECK(config.mode == kProvisioned);
  // One that is on-demand already is among them.
  config = Orders(kOnDemand);
  CHECK(ChangeMode({kOnDemand, 0}, Context(true, 50), config).ok());
}

TEST_CASE("with the limits of Kinesis the mode changes twice in a day", "[stream]") {
  StreamConfig config = Orders();
  config.limits = StreamLimits::Kinesis();
  REQUIRE(ChangeMode({kProvisioned, 0}, Context(), config).ok());
  CHECK(config.changes.empty());
  REQUIRE(ChangeMode({kOnDemand, 0}, Context(), config).ok());
  REQUIRE(ChangeMode({kProvisioned, 0}, Context(), config).ok());
  CHECK(ReasonOf(ChangeMode({kOnDemand, 0}, Context(), config)) == ErrorReason::kLimitExceeded);
  CHECK(config.mode == kProvisioned);
  config.limits = StreamLimits();
  CHECK(ChangeMode({kOnDemand, 0}, Context(), config).ok());
}

TEST_CASE("warm throughput", "[stream]") {
  StreamConfig config = Orders(kOnDemand);
  for (const uint32_t mibps : {1U, 10'239U, 10'240U, 0U}) {
    REQUIRE(ChangeWarmThroughput(mibps, Context(), config).ok());
    CHECK(config.warm_throughput_mibps == mibps);
  }
  CHECK(InvalidText(ChangeWarmThroughput(10'241, Context(), config), "warm_throughput_mibps") ==
        "warm_throughput_mibps is 10241, more than 10240");
  CHECK(InvalidText(ChangeWarmThroughput(1, Context(false), config), "warm_throughput_mibps") !=
        "no error");
  // None needs no commitment.
  CHECK(ChangeWarmThroughput(0, Context(false), config).ok());
  config = Orders();
  const absl::Status refused = ChangeWarmThroughput(1, Context(), config);
  CHECK(ReasonOf(refused) == ErrorReason::kWrongStreamMode);
  CHECK(refused.message() ==
        "stream orders is PROVISIONED; only an ON_DEMAND stream has a warm throughput");
}

TEST_CASE("the largest record", "[stream]") {
  StreamConfig config = Orders();
  for (const uint32_t kib : {1'025U, 1'024U, 10'239U, 10'240U}) {
    REQUIRE(ChangeMaxRecordSize(kib, config).ok());
    CHECK(config.max_record_size_in_kib == kib);
  }
  const auto error = [&](uint32_t kib) {
    return InvalidText(ChangeMaxRecordSize(kib, config), "max_record_size_in_kib");
  };
  CHECK(error(0) == "max_record_size_in_kib is 0, less than 1024");
  CHECK(error(1'023) == "max_record_size_in_kib is 1023, less than 1024");
  CHECK(error(10'241) == "max_record_size_in_kib is 10241, more than 10240");
  CHECK(config.max_record_size_in_kib == 10'240);
}

TEST_CASE("limits by profile", "[stream]") {
  StreamConfig config = Orders();
  REQUIRE(ChangeLimits({Profile::kKinesis}, config).ok());
  CHECK(config.limits == StreamLimits::Kinesis());
  REQUIRE(ChangeLimits({Profile::kUnlimited}, config).ok());
  CHECK(config.limits == StreamLimits());
  REQUIRE(ChangeLimits({Profile::kCustom, 1, 2, 3, 4, 5}, config).ok());
  CHECK(config.limits == StreamLimits{Profile::kCustom, 1, 2, 3, 4, 5});
  // Without a burst: ten seconds' worth.
  REQUIRE(ChangeLimits({Profile::kCustom, 0, 7, 0, 0, 0}, config).ok());
  CHECK(config.limits == StreamLimits{Profile::kCustom, 0, 7, 70, 0, 0});
  REQUIRE(ChangeLimits({Profile::kCustom}, config).ok());
  CHECK(config.limits == StreamLimits{Profile::kCustom});
}

TEST_CASE("limits that cannot be", "[stream]") {
  constexpr uint64_t kMax = kLimitPerSecondMax;
  struct Case {
    StreamLimits limits;
    const char* field;
    const char* message;
  };
  for (const Case& wrong : std::vector<Case>{
           {{Profile{}}, "limits.profile", "limits.profile is 0, which is no profile"},
           {{static_cast<Profile>(4)},
            "limits.profile",
            "limits.profile is 4, which is no profile"},
           {{Profile::kKinesis, 1},
            "limits.write_records_per_second",
            "limits.write_records_per_second is allowed with the profile CUSTOM alone"},
           {{Profile::kUnlimited, 0, 1},
            "limits.write_bytes_per_second",
            "limits.write_bytes_per_second is allowed with the profile CUSTOM alone"},
           {{Profile::kKinesis, 0, 0, 1},
            "limits.write_burst_bytes",
            "limits.write_burst_bytes is allowed with the profile CUSTOM alone"},
           {{Profile::kUnlimited, 0, 0, 0, 1},
            "limits.read_bytes_per_second",
            "limits.read_bytes_per_second is allowed with the profile CUSTOM alone"},
           {{Profile::kKinesis, 0, 0, 0, 0, 1},
            "limits.read_calls_per_second",
            "limits.read_calls_per_second is allowed with the profile CUSTOM alone"},
           {{Profile::kCustom, kMax + 1},
            "limits.write_records_per_second",
            "limits.write_records_per_second is 1099511627777, more than 1099511627776"},
           {{Profile::kCustom, 0, 0, 0, 0, kMax + 1},
            "limits.read_calls_per_second",
            "limits.read_calls_per_second is 1099511627777, more than 1099511627776"},
           {{Profile::kCustom, 0, 0, 5},
            "limits.write_burst_bytes",
            "limits.write_burst_bytes is given without write_bytes_per_second"},
           {{Profile::kCustom, 0, 6, 5},
            "limits.write_burst_bytes",
            "limits.write_burst_bytes is 5, less than write_bytes_per_second, which is 6"}}) {
    StreamConfig config = Orders();
    CHECK(InvalidText(ChangeLimits(wrong.limits, config), wrong.field) == wrong.message);
    CHECK(config.limits == StreamLimits());
  }
  StreamConfig config = Orders();
  CHECK(ChangeLimits({Profile::kCustom, kMax - 1, kMax - 1, kMax - 1, kMax - 1, kMax - 1}, config)
            .ok());
  CHECK(ChangeLimits({Profile::kCustom, kMax, kMax, kMax, kMax, kMax}, config).ok());
  CHECK(ChangeLimits({Profile::kCustom, 0, 5, 5}, config).ok());
  CHECK(ChangeLimits({Profile::kCustom, 0, 5, 6}, config).ok());
  CHECK(ChangeLimits({Profile::kCustom, 0, kMax, 0}, config).ok());
  CHECK(config.limits.write_burst_bytes == kMax);
}

TEST_CASE("the retention period is increased and decreased", "[stream]") {
  StreamConfig config = Orders();
  REQUIRE(IncreaseRetention({48, 0}, config).ok());
  CHECK(config.retention_period_minutes == 48 * 60);
  REQUIRE(IncreaseRetention({0, 48 * 60}, config).ok());
  REQUIRE(DecreaseRetention({48, 0}, config).ok());
  CHECK(config.retention_period_minutes == 48 * 60);
  REQUIRE(DecreaseRetention({0, 90}, config).ok());
  CHECK(config.retention_period_minutes == 90);

  CHECK(
      InvalidText(IncreaseRetention({0, 89}, config), "retention_period_minutes") ==
      "requested retention period (89 minutes) for stream orders can not be shorter than existing "
      "retention period (90 minutes): use DecreaseStreamRetentionPeriod");
  CHECK(InvalidText(DecreaseRetention({24, 0}, config), "retention_period_hours") ==
        "requested retention period (24 hours) for stream orders can not be longer than existing "
        "retention period (90 minutes): use IncreaseStreamRetentionPeriod");
  CHECK(InvalidText(DecreaseRetention({0, 91}, config), "retention_period_minutes") != "no error");
  CHECK(config.retention_period_minutes == 90);
}

TEST_CASE("retention periods, one below, at, and one above their limits", "[stream]") {
  const auto error = [](const RetentionSpec& spec, std::string_view field) {
    return InvalidText(ResolveRetention(spec).status(), field);
  };
  CHECK(error({0, 0}, "retention_period_hours") == "retention_period_hours is 0, less than 24");
  CHECK(error({23, 0}, "retention_period_hours") == "retention_period_hours is 23, less than 24");
  CHECK(*ResolveRetention({24, 0}) == 1'440);
  CHECK(*ResolveRetention({25, 0}) == 1'500);
  CHECK(*ResolveRetention({8'760, 0}) == 525'600);
  CHECK(error({8'761, 0}, "retention_period_hours") ==
        "retention_period_hours is 8761, more than 8760");
  CHECK(*ResolveRetention({0, 1}) == 1);
  CHECK(*ResolveRetention({0, 525'600}) == 525'600);
  CHECK(error({0, 525'601}, "retention_period_minutes") ==
        "retention_period_minutes is 525601, more than 525600");
  CHECK(error({24, 1}, "retention_period_minutes") ==
        "retention_period_minutes is not allowed together with retention_period_hours");
}

TEST_CASE("encryption is started, given another key, and stopped", "[stream]") {
  testing::FakeEncryptionKeys keys;
  StreamConfig config = Orders();
  REQUIRE(StartEncryption({EncryptionType::kKms, "main"}, &keys, kNowMs, config).ok());
  CHECK(config.encryption.type == EncryptionType::kKms);
  CHECK(config.encryption.key_id == "main");
  REQUIRE(StartEncryption({EncryptionType::kKms, "other"}, &keys, kNowMs, config).ok());
  CHECK(config.encryption.key_id == "other");
  CHECK(config.encryption.data_keys.size() == 2);

  CHECK(InvalidText(StopEncryption({EncryptionType::kKms, "main"}, kNowMs, config), "key_id") ==
        "key_id 'main' is not the one that stream orders is encrypted with, 'other'");
  CHECK(config.encryption.type == EncryptionType::kKms);
  REQUIRE(StopEncryption({EncryptionType::kKms, "other"}, kNowMs, config).ok());
  CHECK(config.encryption.type == EncryptionType::kNone);
  CHECK(config.encryption.key_id.empty());
  // What is stored needs them.
  CHECK(config.encryption.data_keys.size() == 2);
  CHECK(StopEncryption({EncryptionType::kKms, "any"}, kNowMs, config).ok());
}

TEST_CASE("encryption needs KMS and a key", "[stream]") {
  testing::FakeEncryptionKeys keys;
  struct Case {
    EncryptionSpec spec;
    const char* field;
    const char* message;
  };
  for (const Case& wrong : std::vector<Case>{
           {{EncryptionType{}, "k"}, "encryption_type", "encryption_type is 0, not KMS"},
           {{EncryptionType::kNone, "k"}, "encryption_type", "encryption_type is 1, not KMS"},
           {{static_cast<EncryptionType>(3), "k"},
            "encryption_type",
            "encryption_type is 3, not KMS"},
           {{EncryptionType::kKms, ""}, "key_id", "key_id is empty"},
           {{EncryptionType::kKms, std::string(2'049, 'k')},
            "key_id",
            "key_id has 2049 characters, more than 2048"}}) {
    StreamConfig config = Orders();
    CHECK(InvalidText(StartEncryption(wrong.spec, &keys, kNowMs, config), wrong.field) ==
          wrong.message);
    CHECK(InvalidText(StopEncryption(wrong.spec, kNowMs, config), wrong.field) == wrong.message);
    CHECK(config.encryption.data_keys.empty());
  }
  for (const size_t characters : {size_t{2'047}, size_t{2'048}}) {
    StreamConfig config = Orders();
    CHECK(
        StartEncryption({EncryptionType::kKms, std::string(characters, 'k')}, &keys, kNowMs, config)
            .ok());
  }
}

TEST_CASE("what the keys refuse changes nothing", "[stream]") {
  testing::FakeEncryptionKeys keys;
  StreamConfig config = Orders();
  config.limits = StreamLimits::Kinesis();
  const absl::Status none = StartEncryption({EncryptionType::kKms, "k"}, nullptr, kNowMs, config);
  CHECK(ReasonOf(none) == ErrorReason::kKmsNotFound);
  CHECK(none.message() == "key_id 'k' does not exist: the broker has no key ring");
  keys.Fail(MakeError(ErrorReason::kKmsDisabled, "key k is disabled"));
  CHECK(ReasonOf(StartEncryption({EncryptionType::kKms, "k"}, &keys, kNowMs, config)) ==
        ErrorReason::kKmsDisabled);
  CHECK(config.encryption.type == EncryptionType::kNone);
  CHECK(config.changes.empty());
}

TEST_CASE("with the limits of Kinesis encryption changes 25 times in a day", "[stream]") {
  testing::FakeEncryptionKeys keys;
  StreamConfig config = Orders();
  config.limits = StreamLimits::Kinesis();
  for (int i = 0; i < 25; ++i) {
    REQUIRE(StartEncryption({EncryptionType::kKms, "k"}, &keys, kNowMs, config).ok());
    REQUIRE(StopEncryption({EncryptionType::kKms, "k"}, kNowMs, config).ok());
  }
  // Nothing to stop is not counted.
  REQUIRE(StopEncryption({EncryptionType::kKms, "k"}, kNowMs, config).ok());
  CHECK(ReasonOf(StartEncryption({EncryptionType::kKms, "k"}, &keys, kNowMs, config)) ==
        ErrorReason::kLimitExceeded);
  CHECK(config.encryption.data_keys.size() == 25);
  config.encryption.type = EncryptionType::kKms;
  config.encryption.key_id = "k";
  CHECK(ReasonOf(StopEncryption({EncryptionType::kKms, "k"}, kNowMs, config)) ==
        ErrorReason::kLimitExceeded);
  CHECK(config.encryption.type == EncryptionType::kKms);
}

TEST_CASE("metrics are enabled and disabled", "[stream]") {
  StreamConfig config = Orders();
  REQUIRE(EnableMetrics({Metric::kOutgoingBytes, Metric::kIncomingBytes, Metric::kOutgoingBytes},
                        config)
              .ok());
  CHECK(config.shard_level_metrics ==
        std::vector<Metric>{Metric::kIncomingBytes, Metric::kOutgoingBytes});
  REQUIRE(EnableMetrics({Metric::kIncomingRecords}, config).ok());
  CHECK(config.shard_level_metrics == std::vector<Metric>{Metric::kIncomingBytes,
                                                          Metric::kIncomingRecords,
                                                          Metric::kOutgoingBytes});
  REQUIRE(DisableMetrics({Metric::kIncomingBytes, Metric::kIteratorAge}, config).ok());
  CHECK(config.shard_level_metrics ==
        std::vector<Metric>{Metric::kIncomingRecords, Metric::kOutgoingBytes});
  REQUIRE(EnableMetrics({kAllShardLevelMetrics}, config).ok());
  CHECK(config.shard_level_metrics ==
        std::vector<Metric>{Metric::kIncomingBytes, Metric::kIncomingRecords,
                            Metric::kOutgoingBytes, Metric::kOutgoingRecords,
                            Metric::kWriteThroughputExceeded, Metric::kReadThroughputExceeded,
                            Metric::kIteratorAge});
  REQUIRE(DisableMetrics({kAllShardLevelMetrics}, config).ok());
  CHECK(config.shard_level_metrics.empty());
}

TEST_CASE("metrics that cannot be", "[stream]") {
  struct Case {
    std::vector<Metric> metrics;
    const char* field;
    const char* message;
  };
  for (const Case& wrong :
       std::vector<Case>{{{}, "shard_level_metrics", "shard_level_metrics is empty"},
                         {std::vector<Metric>(8, Metric::kIncomingBytes), "shard_level_metrics",
                          "shard_level_metrics has 8 entries, more than 7"},
                         {{Metric::kIncomingBytes, Metric{}},
                          "shard_level_metrics[1]",
                          "shard_level_metrics[1] is 0, which is no metric"},
                         {{static_cast<Metric>(9)},
                          "shard_level_metrics[0]",
                          "shard_level_metrics[0] is 9, which is no metric"}}) {
    StreamConfig config = Orders();
    CHECK(InvalidText(EnableMetrics(wrong.metrics, config), wrong.field) == wrong.message);
    CHECK(InvalidText(DisableMetrics(wrong.metrics, config), wrong.field) == wrong.message);
    CHECK(config.shard_level_metrics.empty());
  }
  StreamConfig config = Orders();
  CHECK(EnableMetrics(std::vector<Metric>(6, Metric::kIncomingBytes), config).ok());
  CHECK(EnableMetrics(std::vector<Metric>(7, Metric::kIncomingBytes), config).ok());
}

}  // namespace
}  // namespace penstock::broker
