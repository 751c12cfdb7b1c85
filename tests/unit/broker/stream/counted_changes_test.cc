#include "broker/stream/counted_changes.h"

#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"

namespace penstock::broker {
namespace {

constexpr int64_t kNowMs = 1'700'000'000'000;

StreamConfig Config(const StreamLimits& limits) {
  StreamConfig config;
  config.name = "orders";
  config.limits = limits;
  return config;
}

TEST_CASE("changes are counted up to their limit", "[stream]") {
  struct Case {
    CountedChange change;
    uint32_t max;
    const char* message;
  };
  for (const Case& counted : std::vector<Case>{
           {CountedChange::kShardCount, 10,
            "stream orders had 10 changes of the shard count in the last 24 hours; there may be no "
            "more than 10"},
           {CountedChange::kMode, 2,
            "stream orders had 2 changes of the mode in the last 24 hours; there may be no more "
            "than 2"},
           {CountedChange::kEncryptionStart, 25,
            "stream orders had 25 starts of encryption in the last 24 hours; there may be no more "
            "than 25"},
           {CountedChange::kEncryptionStop, 25,
            "stream orders had 25 stops of encryption in the last 24 hours; there may be no more "
            "than 25"}}) {
    StreamConfig config = Config(StreamLimits::Kinesis());
    // Those of other kinds do not count.
    config.changes.assign(30, {counted.change == CountedChange::kMode ? CountedChange::kShardCount
                                                                      : CountedChange::kMode,
                               kNowMs});
    for (uint32_t i = 0; i < counted.max; ++i) {
      REQUIRE(CountChange(counted.change, kNowMs + i, config).ok());
    }
    const absl::Status refused = CountChange(counted.change, kNowMs + counted.max, config);
    CHECK(ReasonOf(refused) == ErrorReason::kLimitExceeded);
    CHECK(refused.message() == counted.message);
    CHECK(config.changes.size() == 30 + counted.max);

    // The first goes when it is 24 hours old, and one may be made in its place.
    CHECK_FALSE(CountChange(counted.change, kNowMs + kCountedChangesWindowMs - 1, config).ok());
    CHECK(CountChange(counted.change, kNowMs + kCountedChangesWindowMs, config).ok());
    CHECK(config.changes.size() == counted.max);
    CHECK(CountChange(counted.change, kNowMs + 3 * kCountedChangesWindowMs, config).ok());
    CHECK(config.changes.size() == 1);
  }
}

TEST_CASE("streams with other limits than those of Kinesis count nothing", "[stream]") {
  for (const auto profile : {StreamLimits::Profile::kUnlimited, StreamLimits::Profile::kCustom}) {
    StreamConfig config = Config({profile});
    for (int i = 0; i < 100; ++i) CHECK(CountChange(CountedChange::kMode, kNowMs, config).ok());
    CHECK(config.changes.empty());
  }
}

}  // namespace
}  // namespace penstock::broker
