#include "broker/stream/stream_requests.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"
#include "common/limits.h"

namespace penstock::broker {
namespace {

CreateStreamSpec Spec(uint32_t shards, uint32_t kib, uint32_t hours) {
  return {"orders", shards, kib, hours};
}

CreateStreamSpec OnDemand(uint32_t shards, uint32_t warm_mibps) {
  CreateStreamSpec spec = Spec(shards, 0, 0);
  spec.mode = StreamMode::kOnDemand;
  spec.warm_throughput_mibps = warm_mibps;
  return spec;
}

CreateStreamSpec Minutes(uint32_t hours, uint32_t minutes) {
  CreateStreamSpec spec = Spec(0, 0, hours);
  spec.retention_period_minutes = minutes;
  return spec;
}

std::string ErrorOf(const CreateStreamSpec& spec, bool committed = true) {
  const auto resolved = ResolveCreateStream(spec, committed);
  if (resolved.ok()) return "no error";
  CHECK(ReasonOf(resolved.status()) == ErrorReason::kInvalidArgument);
  // All messages here begin with their field.
  CHECK(resolved.status().message().find(FieldOf(resolved.status())) == 0);
  CHECK_FALSE(FieldOf(resolved.status()).empty());
  return std::string(resolved.status().message());
}

TEST_CASE("zeros stand for the defaults", "[stream]") {
  const auto resolved = ResolveCreateStream(Spec(0, 0, 0), false);
  REQUIRE(resolved.ok());
  CHECK(resolved->shard_count == 1);
  CHECK(resolved->config.name == "orders");
  CHECK(resolved->config.max_record_size_in_kib == 1024);
  CHECK(resolved->config.retention_period_minutes == 24 * 60);
  CHECK(resolved->config.mode == StreamMode::kProvisioned);
  CHECK(resolved->config.warm_throughput_mibps == 0);
  CHECK(resolved->config.limits == StreamLimits());
  CHECK(resolved->config.tags.empty());
}

TEST_CASE("what is given is kept", "[stream]") {
  CreateStreamSpec spec = Spec(3, 2048, 48);
  spec.mode = StreamMode::kProvisioned;
  spec.limits = StreamLimits{StreamLimits::Profile::kKinesis};
  spec.tags = {{"team", "ops"}, {"a", ""}};
  const auto resolved = ResolveCreateStream(spec, false);
  REQUIRE(resolved.ok());
  CHECK(resolved->shard_count == 3);
  CHECK(resolved->config.max_record_size_in_kib == 2048);
  CHECK(resolved->config.retention_period_minutes == 48 * 60);
  CHECK(resolved->config.limits == StreamLimits::Kinesis());
  CHECK(resolved->config.tags == Tags{{"a", ""}, {"team", "ops"}});
  CHECK(ResolveCreateStream(Minutes(0, 90), false)->config.retention_period_minutes == 90);
}

TEST_CASE("limits of a new stream, one below, at, and one above", "[stream]") {
  CHECK(ErrorOf(Spec(1, 0, 0)) == "no error");
  CHECK(ErrorOf(Spec(9'999, 0, 0)) == "no error");
  CHECK(ErrorOf(Spec(10'000, 0, 0)) == "no error");
  CHECK(ErrorOf(Spec(10'001, 0, 0)) == "shard_count is 10001, more than 10000");

  CHECK(ErrorOf(Spec(0, 1'023, 0)) == "max_record_size_in_kib is 1023, less than 1024");
  CHECK(ErrorOf(Spec(0, 1'024, 0)) == "no error");
  CHECK(ErrorOf(Spec(0, 1'025, 0)) == "no error");
  CHECK(ErrorOf(Spec(0, 10'239, 0)) == "no error");
  CHECK(ErrorOf(Spec(0, 10'240, 0)) == "no error");
  CHECK(ErrorOf(Spec(0, 10'241, 0)) == "max_record_size_in_kib is 10241, more than 10240");

  CHECK(ErrorOf(Spec(0, 0, 23)) == "retention_period_hours is 23, less than 24");
  CHECK(ErrorOf(Spec(0, 0, 24)) == "no error");
  CHECK(ErrorOf(Spec(0, 0, 25)) == "no error");
  CHECK(ErrorOf(Spec(0, 0, 8'759)) == "no error");
  CHECK(ErrorOf(Spec(0, 0, 8'760)) == "no error");
  CHECK(ErrorOf(Spec(0, 0, 8'761)) == "retention_period_hours is 8761, more than 8760");

  CHECK(ErrorOf(Minutes(0, 1)) == "no error");
  CHECK(ErrorOf(Minutes(0, 2)) == "no error");
  CHECK(ErrorOf(Minutes(0, 525'599)) == "no error");
  CHECK(ErrorOf(Minutes(0, 525'600)) == "no error");
  CHECK(ErrorOf(Minutes(0, 525'601)) == "retention_period_minutes is 525601, more than 525600");
  CHECK(ErrorOf(Minutes(24, 1'440)) ==
        "retention_period_minutes is not allowed together with retention_period_hours");
}

TEST_CASE("a new on-demand stream", "[stream]") {
  const auto plain = ResolveCreateStream(OnDemand(0, 0), false);
  REQUIRE(plain.ok());
  CHECK(plain->config.mode == StreamMode::kOnDemand);
  CHECK(plain->shard_count == kOnDemandShardsDefault);
  CHECK(ResolveCreateStream(OnDemand(7, 0), false)->shard_count == 7);

  // Warm throughput decides the shards: a MiB/s each.
  struct Case {
    uint32_t warm_mibps;
    uint32_t shards;
  };
  for (const Case& warm : std::vector<Case>{
           {1, 4}, {4, 4}, {5, 5}, {9'999, 9'999}, {10'000, 10'000}, {10'240, 10'000}}) {
    const auto resolved = ResolveCreateStream(OnDemand(0, warm.warm_mibps), true);
    REQUIRE(resolved.ok());
    CHECK(resolved->shard_count == warm.shards);
    CHECK(resolved->config.warm_throughput_mibps == warm.warm_mibps);
  }
  CHECK(ErrorOf(OnDemand(0, 10'241)) == "warm_throughput_mibps is 10241, more than 10240");
  CHECK(ErrorOf(OnDemand(1, 5)) ==
        "shard_count is not allowed together with warm_throughput_mibps");
  CHECK(ErrorOf(OnDemand(0, 5), false) ==
        "warm_throughput_mibps is 5, but the account's minimum throughput commitment, which it "
        "needs, is not enabled");
  CreateStreamSpec provisioned = OnDemand(0, 5);
  provisioned.mode = StreamMode{};
  CHECK(ErrorOf(provisioned) == "warm_throughput_mibps is allowed in on-demand mode alone");
}

TEST_CASE("a new stream's enums, limits and tags are checked", "[stream]") {
  CreateStreamSpec spec = Spec(0, 0, 0);
  spec.mode = static_cast<StreamMode>(3);
  CHECK(ErrorOf(spec) == "stream_mode is 3, which is no mode");
  spec = Spec(0, 0, 0);
  spec.limits = StreamLimits{static_cast<StreamLimits::Profile>(4)};
  CHECK(ErrorOf(spec) == "limits.profile is 4, which is no profile");
  spec.limits = StreamLimits{StreamLimits::Profile{}};
  CHECK(ErrorOf(spec) == "no error");
  spec.tags = {{"", ""}};
  CHECK(ErrorOf(spec) == "tags[0].key is empty");
}

TEST_CASE("stream names", "[stream]") {
  for (const std::string& name : {std::string("a"), std::string("AZaz09_.-"), std::string("."),
                                  std::string(127, 'n'), std::string(128, 'n')}) {
    CHECK(CheckStreamName(name).ok());
  }
  CHECK(CheckStreamName("").message() == "stream_name is empty");
  CHECK(CheckStreamName(std::string(129, 'n')).message() ==
        "stream_name has 129 characters, more than 128");
  for (const char* name : {"a b", "a/b", "a\n", "\xc3\xa4", "a:b", "a@b", "a[b", "a`b", "a{b"}) {
    INFO(name);
    CHECK_FALSE(CheckStreamName(name).ok());
  }
  CHECK_FALSE(CheckStreamName(std::string("a\0b", 3)).ok());
  CHECK(CheckStreamName("a b", "exclusive_start_stream_name").message() ==
        "exclusive_start_stream_name 'a b' has other characters than letters, digits, '_', '.' and "
        "'-'");
}

TEST_CASE("a refusal names its field", "[stream]") {
  CHECK(FieldOf(ResolveCreateStream(Spec(10'001, 0, 0), false).status()) == "shard_count");
  CHECK(FieldOf(ResolvePageSize("limit", 10'001, 100).status()) == "limit");
  CHECK(FieldOf(CheckStreamName("a b")) == "stream_name");
}

TEST_CASE("page sizes", "[stream]") {
  CHECK(*ResolvePageSize("limit", 0, 100) == 100);
  CHECK(*ResolvePageSize("limit", 1, 100) == 1);
  CHECK(*ResolvePageSize("limit", 9'999, 100) == 9'999);
  CHECK(*ResolvePageSize("limit", 10'000, 100) == 10'000);
  CHECK(ResolvePageSize("limit", 10'001, 100).status().message() ==
        "limit is 10001, more than 10000");
}

TEST_CASE("a stream's creation time may be given in whole seconds", "[stream]") {
  StreamConfig config;
  config.name = "orders";
  config.creation_timestamp_ms = 1'700'000'000'123;
  CHECK(CheckCreationTime(config, std::nullopt).ok());
  CHECK(CheckCreationTime(config, 1'700'000'000'123).ok());
  // Cut off, or rounded up.
  CHECK(CheckCreationTime(config, 1'700'000'000'000).ok());
  CHECK(CheckCreationTime(config, 1'700'000'001'000).ok());
  for (const int64_t other : {1'699'999'999'000, 1'700'000'002'000, 1'700'000'000'122,
                              1'700'000'000'124, 1'700'000'000'500}) {
    CHECK(ReasonOf(CheckCreationTime(config, other)) == ErrorReason::kStreamNotFound);
  }
}

}  // namespace
}  // namespace penstock::broker
