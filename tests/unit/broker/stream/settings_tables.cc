// Tables of the operations on a stream's settings.
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"
#include "tests/unit/broker/stream/control_fixture.h"

namespace penstock::testing {
namespace {

using broker::EncryptionSpec;
using broker::EncryptionType;
using broker::ModeSpec;
using broker::RetentionSpec;
using broker::ShardLevelMetric;
using broker::StreamMode;
using broker::StreamSettings;
using F = ControlFixture;

// Rows that all settings have. `call` makes the operation of a fixture and a stream's name, and
// succeeds on a stream that is ACTIVE.
template <typename Call>
void AddCommonRows(ControlTable& table, Call call) {
  AddNameRows(table, call);
  AddStateRows(table, kOnlyActive, [=](F& f) { return call(f, "orders"); });
  table.Ok("a stream", [=](F& f) {
    f.Active();
    return call(f, "orders");
  });
}

absl::Status SetMode(F& f, const std::string& name, const ModeSpec& mode) {
  return f.Set(&StreamSettings::UpdateStreamMode, name, mode).status();
}

absl::Status SwitchModes(F& f, int times, int64_t before_last_ms) {
  f.ActiveKinesis();
  absl::Status last;
  for (int i = 1; i <= times; ++i) {
    if (i == times) f.clock_.AdvanceMs(before_last_ms);
    last = SetMode(f, "orders", {i % 2 == 1 ? StreamMode::kOnDemand : StreamMode::kProvisioned});
    if (i < times) F::Must(last);
  }
  return last;
}

OperationTable UpdateStreamModeTable() {
  ControlTable table("UpdateStreamMode");
  AddCommonRows(table, [](F& f, const std::string& name) {
    return SetMode(f, name, {StreamMode::kOnDemand});
  });
  const auto to = [](ModeSpec mode, bool committed = false) {
    return [=](F& f) {
      if (committed) f.Commit();
      f.Active();
      return SetMode(f, "orders", mode);
    };
  };
  table.Row("no mode", "INVALID_ARGUMENT", "stream_mode", to({}));
  table.Row("a mode that is none", "INVALID_ARGUMENT", "stream_mode", to({StreamMode{3}}));
  constexpr const char* kWarm = "warm_throughput_mibps";
  table.Row("warm throughput when going provisioned", "INVALID_ARGUMENT", kWarm,
            to({StreamMode::kProvisioned, 1}, true));
  table.Row("warm throughput without a commitment", "INVALID_ARGUMENT", kWarm,
            to({StreamMode::kOnDemand, 1}));
  table.Ok("warm throughput 10239", to({StreamMode::kOnDemand, 10'239}, true));
  table.Ok("warm throughput 10240", to({StreamMode::kOnDemand, 10'240}, true));
  table.Row("warm throughput 10241", "INVALID_ARGUMENT", kWarm,
            to({StreamMode::kOnDemand, 10'241}, true));
  constexpr int64_t kDayMs = 24 * 3'600'000;
  table.Ok("the 1st switch of a day", [](F& f) { return SwitchModes(f, 1, 0); });
  table.Ok("the 2nd switch of a day", [](F& f) { return SwitchModes(f, 2, 0); });
  table.Row("the 3rd switch of a day", "LIMIT_EXCEEDED", "",
            [](F& f) { return SwitchModes(f, 3, kDayMs - 1); });
  table.Ok("the 3rd a day after the 1st", [](F& f) { return SwitchModes(f, 3, kDayMs); });
  const auto beside = [](int others) {
    return [=](F& f) {
      f.Active();
      broker::CreateStreamSpec spec;
      spec.mode = StreamMode::kOnDemand;
      for (int i = 0; i < others; ++i) {
        spec.name = "other" + std::to_string(i);
        F::Must(f.Create(spec));
      }
      return SetMode(f, "orders", {StreamMode::kOnDemand});
    };
  };
  table.Ok("the 49th on-demand stream", beside(48));
  table.Ok("the 50th on-demand stream", beside(49));
  table.Row("the 51st on-demand stream", "LIMIT_EXCEEDED", "", beside(50));
  return table.Build();
}

OperationTable UpdateStreamWarmThroughputTable() {
  ControlTable table("UpdateStreamWarmThroughput");
  const auto set = [](F& f, const std::string& name, uint32_t mibps) {
    return f.Set(&StreamSettings::UpdateStreamWarmThroughput, name, mibps).status();
  };
  AddNameRows(table, [=](F& f, const std::string& name) { return set(f, name, 1); });
  AddStateRows(table, kOnlyActive, [=](F& f) { return set(f, "orders", 1); });
  const auto on_demand = [=](uint32_t mibps, bool committed = true) {
    return [=](F& f) {
      if (committed) f.Commit();
      f.ActiveOnDemand();
      return set(f, "orders", mibps);
    };
  };
  table.Row("a provisioned stream", "WRONG_STREAM_MODE", "", [=](F& f) {
    f.Commit();
    f.Active();
    return set(f, "orders", 1);
  });
  constexpr const char* kWarm = "warm_throughput_mibps";
  table.Row("an account without a commitment", "INVALID_ARGUMENT", kWarm, on_demand(1, false));
  table.Ok("0 MiB/s", on_demand(0));
  table.Ok("1 MiB/s", on_demand(1));
  table.Ok("10239 MiB/s", on_demand(10'239));
  table.Ok("10240 MiB/s", on_demand(10'240));
  table.Row("10241 MiB/s", "INVALID_ARGUMENT", kWarm, on_demand(10'241));
  return table.Build();
}

OperationTable UpdateMaxRecordSizeTable() {
  ControlTable table("UpdateMaxRecordSize");
  const auto set = [](F& f, const std::string& name, uint32_t kib) {
    return f.Set(&StreamSettings::UpdateMaxRecordSize, name, kib).status();
  };
  AddCommonRows(table, [=](F& f, const std::string& name) { return set(f, name, 2'048); });
  const auto to = [=](uint32_t kib) {
    return [=](F& f) {
      f.Active();
      return set(f, "orders", kib);
    };
  };
  constexpr const char* kField = "max_record_size_in_kib";
  table.Row("1023 KiB", "INVALID_ARGUMENT", kField, to(1'023));
  table.Ok("1024 KiB", to(1'024));
  table.Ok("1025 KiB", to(1'025));
  table.Ok("10239 KiB", to(10'239));
  table.Ok("10240 KiB", to(10'240));
  table.Row("10241 KiB", "INVALID_ARGUMENT", kField, to(10'241));
  return table.Build();
}

// Both ways from a stream that keeps its records for `from_minutes`.
auto Retain(decltype(&StreamSettings::IncreaseRetentionPeriod) method, uint32_t from_minutes,
            RetentionSpec to) {
  return [=](F& f) {
    broker::CreateStreamSpec spec;
    spec.retention_period_minutes = from_minutes;
    f.Active(std::move(spec));
    return f.Set(method, std::string("orders"), to).status();
  };
}

void AddRetentionLimits(ControlTable& table,
                        decltype(&StreamSettings::IncreaseRetentionPeriod) method) {
  constexpr const char* kHours = "retention_period_hours";
  constexpr const char* kMinutes = "retention_period_minutes";
  table.Row("no period", "INVALID_ARGUMENT", kHours, Retain(method, 2'880, {}));
  table.Row("hours and minutes", "INVALID_ARGUMENT", kMinutes, Retain(method, 2'880, {24, 60}));
  table.Row("23 hours", "INVALID_ARGUMENT", kHours, Retain(method, 2'880, {23, 0}));
  table.Row("8761 hours", "INVALID_ARGUMENT", kHours, Retain(method, 2'880, {8'761, 0}));
  table.Row("525601 minutes", "INVALID_ARGUMENT", kMinutes, Retain(method, 2'880, {0, 525'601}));
  table.Ok("the period that it has", Retain(method, 2'880, {48, 0}));
}

OperationTable IncreaseRetentionTable() {
  constexpr auto kMethod = &StreamSettings::IncreaseRetentionPeriod;
  ControlTable table("IncreaseStreamRetentionPeriod");
  AddCommonRows(table, [=](F& f, const std::string& name) {
    return f.Set(kMethod, name, RetentionSpec{48, 0}).status();
  });
  AddRetentionLimits(table, kMethod);
  table.Row("an hour less", "INVALID_ARGUMENT", "retention_period_hours",
            Retain(kMethod, 2'880, {47, 0}));
  table.Row("a minute less", "INVALID_ARGUMENT", "retention_period_minutes",
            Retain(kMethod, 2'880, {0, 2'879}));
  table.Ok("a minute more", Retain(kMethod, 2'880, {0, 2'881}));
  table.Ok("24 hours", Retain(kMethod, 1, {24, 0}));
  table.Ok("25 hours", Retain(kMethod, 1, {25, 0}));
  table.Ok("8759 hours", Retain(kMethod, 2'880, {8'759, 0}));
  table.Ok("8760 hours", Retain(kMethod, 2'880, {8'760, 0}));
  table.Ok("525600 minutes", Retain(kMethod, 2'880, {0, 525'600}));
  return table.Build();
}

OperationTable DecreaseRetentionTable() {
  constexpr auto kMethod = &StreamSettings::DecreaseRetentionPeriod;
  ControlTable table("DecreaseStreamRetentionPeriod");
  AddCommonRows(table, [=](F& f, const std::string& name) {
    return f.Set(kMethod, name, RetentionSpec{24, 0}).status();
  });
  AddRetentionLimits(table, kMethod);
  table.Row("an hour more", "INVALID_ARGUMENT", "retention_period_hours",
            Retain(kMethod, 2'880, {49, 0}));
  table.Row("a minute more", "INVALID_ARGUMENT", "retention_period_minutes",
            Retain(kMethod, 2'880, {0, 2'881}));
  table.Ok("a minute less", Retain(kMethod, 2'880, {0, 2'879}));
  table.Ok("24 hours", Retain(kMethod, 2'880, {24, 0}));
  table.Ok("1 minute", Retain(kMethod, 2'880, {0, 1}));
  table.Ok("2 minutes", Retain(kMethod, 2'880, {0, 2}));
  return table.Build();
}

using EncryptionMethod = decltype(&StreamSettings::StartEncryption);

absl::Status Encrypt(F& f, EncryptionMethod method, const std::string& name,
                     const EncryptionSpec& spec) {
  return f.Set(method, name, spec).status();
}

void AddEncryptionSpecRows(ControlTable& table, EncryptionMethod method) {
  const auto given = [=](EncryptionSpec spec) {
    return [=](F& f) {
      f.Active();
      return Encrypt(f, method, "orders", spec);
    };
  };
  table.Row("no type", "INVALID_ARGUMENT", "encryption_type", given({EncryptionType{}, "alias/a"}));
  table.Row("type NONE", "INVALID_ARGUMENT", "encryption_type",
            given({EncryptionType::kNone, "alias/a"}));
  table.Row("no key", "INVALID_ARGUMENT", "key_id", given({EncryptionType::kKms, ""}));
  table.Ok("a key of 2047 characters", given({EncryptionType::kKms, std::string(2'047, 'k')}));
  table.Ok("a key of 2048 characters", given({EncryptionType::kKms, std::string(2'048, 'k')}));
  table.Row("a key of 2049 characters", "INVALID_ARGUMENT", "key_id",
            given({EncryptionType::kKms, std::string(2'049, 'k')}));
}

// The status of the last of so many starts.
absl::Status StartTimes(F& f, int times, int64_t before_last_ms) {
  f.ActiveKinesis();
  absl::Status last;
  for (int i = 1; i <= times; ++i) {
    if (i == times) f.clock_.AdvanceMs(before_last_ms);
    last =
        Encrypt(f, &StreamSettings::StartEncryption, "orders", {EncryptionType::kKms, "alias/a"});
    if (i < times) F::Must(last);
  }
  return last;
}

OperationTable StartEncryptionTable() {
  constexpr auto kMethod = &StreamSettings::StartEncryption;
  ControlTable table("StartStreamEncryption");
  AddCommonRows(table, [](F& f, const std::string& name) {
    return Encrypt(f, kMethod, name, {EncryptionType::kKms, "alias/a"});
  });
  AddEncryptionSpecRows(table, kMethod);
  for (const ErrorReason reason :
       {ErrorReason::kKmsNotFound, ErrorReason::kKmsDisabled, ErrorReason::kKmsInvalidState,
        ErrorReason::kKmsAccessDenied, ErrorReason::kKmsThrottling}) {
    const std::string name(TraitsOf(reason).name);
    table.Row("a key service that says " + name, name, "", [=](F& f) {
      f.Active();
      f.keys_.Fail(MakeError(reason, "as the test wants it"));
      return Encrypt(f, kMethod, "orders", {EncryptionType::kKms, "alias/a"});
    });
  }
  constexpr int64_t kDayMs = 24 * 3'600'000;
  table.Ok("the 24th start of a day", [](F& f) { return StartTimes(f, 24, 0); });
  table.Ok("the 25th start of a day", [](F& f) { return StartTimes(f, 25, 0); });
  table.Row("the 26th start of a day", "LIMIT_EXCEEDED", "",
            [](F& f) { return StartTimes(f, 26, kDayMs - 1); });
  table.Ok("the 26th a day after the 1st", [](F& f) { return StartTimes(f, 26, kDayMs); });
  return table.Build();
}

// Stops that follow starts of the unlimited profile, which are not counted.
absl::Status StopTimes(F& f, int times, int64_t before_last_ms) {
  f.ActiveKinesis();
  const EncryptionSpec spec{EncryptionType::kKms, "alias/a"};
  absl::Status last;
  for (int i = 1; i <= times; ++i) {
    broker::StreamLimits limits;
    F::Must(f.Set(&StreamSettings::UpdateStreamLimits, std::string("orders"), limits).status());
    F::Must(Encrypt(f, &StreamSettings::StartEncryption, "orders", spec));
    limits = F::KinesisProfile();
    F::Must(f.Set(&StreamSettings::UpdateStreamLimits, std::string("orders"), limits).status());
    if (i == times) f.clock_.AdvanceMs(before_last_ms);
    last = Encrypt(f, &StreamSettings::StopEncryption, "orders", spec);
    if (i < times) F::Must(last);
  }
  return last;
}

OperationTable StopEncryptionTable() {
  constexpr auto kMethod = &StreamSettings::StopEncryption;
  ControlTable table("StopStreamEncryption");
  AddCommonRows(table, [](F& f, const std::string& name) {
    return Encrypt(f, kMethod, name, {EncryptionType::kKms, "alias/a"});
  });
  AddEncryptionSpecRows(table, kMethod);
  table.Row("another key than the stream's", "INVALID_ARGUMENT", "key_id", [](F& f) {
    f.Active();
    F::Must(
        Encrypt(f, &StreamSettings::StartEncryption, "orders", {EncryptionType::kKms, "alias/a"}));
    return Encrypt(f, kMethod, "orders", {EncryptionType::kKms, "alias/b"});
  });
  constexpr int64_t kDayMs = 24 * 3'600'000;
  table.Ok("the 24th stop of a day", [](F& f) { return StopTimes(f, 24, 0); });
  table.Ok("the 25th stop of a day", [](F& f) { return StopTimes(f, 25, 0); });
  table.Row("the 26th stop of a day", "LIMIT_EXCEEDED", "",
            [](F& f) { return StopTimes(f, 26, kDayMs - 1); });
  table.Ok("the 26th a day after the 1st", [](F& f) { return StopTimes(f, 26, kDayMs); });
  return table.Build();
}

OperationTable MetricsTable(const std::string& operation,
                            decltype(&StreamSettings::EnableMetrics) method) {
  ControlTable table(operation);
  using Metrics = std::vector<ShardLevelMetric>;
  constexpr auto kOne = ShardLevelMetric::kIncomingBytes;
  AddCommonRows(table, [=](F& f, const std::string& name) {
    return f.Set(method, name, Metrics{kOne}).status();
  });
  const auto given = [=](Metrics metrics) {
    return [=](F& f) {
      f.Active();
      return f.Set(method, std::string("orders"), metrics).status();
    };
  };
  table.Row("no metrics", "INVALID_ARGUMENT", "shard_level_metrics", given({}));
  table.Ok("ALL", given({broker::kAllShardLevelMetrics}));
  table.Ok("6 metrics", given(Metrics(6, kOne)));
  table.Ok("7 metrics", given(Metrics(7, kOne)));
  table.Row("8 metrics", "INVALID_ARGUMENT", "shard_level_metrics", given(Metrics(8, kOne)));
  table.Row("metric 0", "INVALID_ARGUMENT", "shard_level_metrics[1]",
            given({kOne, ShardLevelMetric{0}}));
  table.Row("metric 9", "INVALID_ARGUMENT", "shard_level_metrics[0]", given({ShardLevelMetric{9}}));
  return table.Build();
}

}  // namespace

std::vector<OperationTable> SettingsTables() {
  return {UpdateStreamModeTable(),
          UpdateStreamWarmThroughputTable(),
          UpdateMaxRecordSizeTable(),
          IncreaseRetentionTable(),
          DecreaseRetentionTable(),
          StartEncryptionTable(),
          StopEncryptionTable(),
          MetricsTable("EnableEnhancedMonitoring", &StreamSettings::EnableMetrics),
          MetricsTable("DisableEnhancedMonitoring", &StreamSettings::DisableMetrics)};
}

}  // namespace penstock::testing
