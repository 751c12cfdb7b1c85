#include "broker/record/consumer_lags.h"

#include <memory>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "broker/cluster/embedded_metadata_store.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/broker/record/subscription_fixture.h"

namespace penstock::broker {
namespace {

using Lines = std::vector<std::string>;

struct HasPositions {
  testing::TemporaryFolder folder;
  std::unique_ptr<EmbeddedMetadataStore> store =
      EmbeddedMetadataStore::Open({folder.path() + "/metadata", true}).value();
  // As many shards as the fixture has are known to it once Start would be called, which none of
  // these tests does: what is in memory counts.
  testing::FakeStreamDirectory unused;
  boost::asio::thread_pool own_pool{1};
  ConsumerPositions positions{{*store, unused, own_pool.get_executor()}};
};

struct Fixture : HasPositions, SubscriptionFixture {
  Fixture()
      : SubscriptionFixture(
            [this](RecordPlaneOptions& options) { options.positions = &positions; }) {}

  // "shard: next, records behind, ms behind[, subscribed]" for each shard that has a lag.
  Lines Lag(std::string_view consumer = "c") {
    const auto lags = source.Lag("orders", consumer);
    REQUIRE(lags.ok());
    Lines lines;
    for (const ShardLagInfo& lag : *lags) {
      std::string line = std::to_string(lag.shard.value()) + ": ";
      line += lag.next.has_value() ? std::to_string(lag.next->value()) : "-";
      line += ", " + std::to_string(lag.records_behind) + ", " + std::to_string(lag.millis_behind);
      if (lag.subscribed) line += ", subscribed";
      lines.push_back(line);
    }
    return lines;
  }

  ConsumerLags source{{directory, log, clock, positions, plane->subscriptions(), [this] {
                         return std::vector<std::shared_ptr<const StreamSnapshot>>{
                             directory.Find("orders").value()};
                       }}};
};

TEST_CASE_METHOD(Fixture, "consumer lags: from the horizon, then from what was written") {
  PutBatch(0, 3);
  clock.AdvanceMs(100);
  PutBatch(0, 2);
  PutBatch(2, 1);
  clock.AdvanceMs(50);
  CHECK(Lag() == Lines{"0: -, 5, 150", "1: -, 0, 0", "2: -, 1, 50", "3: -, 0, 0"});

  Subscriber subscriber = Subscribe(AtHorizon(2));
  CHECK(subscriber.Next() == "1 +1");
  // Given, and not written yet.
  CHECK(Lag()[2] == "2: -, 1, 50, subscribed");
  subscriber.Ask();
  CHECK(Lag()[2] == "2: 2, 0, 0, subscribed");
  PutBatch(2, 4);
  CHECK(subscriber.Next() == "2 3 4 5 +5");
  clock.AdvanceMs(7);
  CHECK(Lag()[2] == "2: 2, 4, 7, subscribed");
  subscriber.Ask();
  subscriber.subscription().Close();
  CHECK(Lag()[2] == "2: 6, 0, 0");
  // Of another consumer nothing has changed.
  CHECK(Lag("other") == Lines{"0: -, 5, 157", "1: -, 0, 0", "2: -, 5, 57", "3: -, 0, 0"});

  // From the middle of a batch, and from below the horizon.
  positions.Set({StreamId(1), "c", 1'000}, ShardIndex(0), SequenceNumber(2));
  CHECK(Lag()[0] == "0: 2, 4, 157");
  log.Trim(Shard(0), SequenceNumber(4), [](const absl::Status&) {});
  CHECK(Lag()[0] == "0: 2, 2, 57");
}

TEST_CASE_METHOD(Fixture, "consumer lags: shards read to their end are left out") {
  PutBatch(0, 2);
  Split(0);
  CHECK(Lag() ==
        Lines{"0: -, 2, 0", "1: -, 0, 0", "2: -, 0, 0", "3: -, 0, 0", "4: -, 0, 0", "5: -, 0, 0"});
  Subscriber subscriber = Subscribe(AtHorizon());
  CHECK(subscriber.Next() == "1 2 end 4 5");
  CHECK(Lag()[0] == "0: -, 2, 0, subscribed");
  CHECK(subscriber.Next() == "over");
  CHECK(Lag() == Lines{"1: -, 0, 0", "2: -, 0, 0", "3: -, 0, 0", "4: -, 0, 0", "5: -, 0, 0"});
  CHECK(Lag("other")[0] == "0: -, 2, 0");
  log.Trim(Shard(0), SequenceNumber(3), [](const absl::Status&) {});
  CHECK(Lag("other")[0] == "1: -, 0, 0");
}

TEST_CASE_METHOD(Fixture, "consumer lags: a batch is read once to know its age") {
  PutBatch(0, 2);
  CHECK(Lag()[0] == "0: -, 2, 0");
  log.FailReads(Shard(0), 1'000, MakeError(ErrorReason::kCorruptRecords, "lost"));
  clock.AdvanceMs(10);
  CHECK(Lag()[0] == "0: -, 2, 10");
  CHECK(Lag("other")[0] == "0: -, 2, 10");
}

TEST_CASE_METHOD(Fixture, "consumer lags: errors") {
  CHECK(ReasonName(source.Lag("none", "c")) == "STREAM_NOT_FOUND");
  CHECK(ReasonName(source.Lag("orders", "none")) == "CONSUMER_NOT_FOUND");
  CHECK(FieldOf(source.Lag("", "c").status()) == "stream_name");
  CHECK(FieldOf(source.Lag("orders", "").status()) == "consumer_name");
  PutBatch(0, 1);
  log.FailReads(Shard(0), 1, MakeError(ErrorReason::kCorruptRecords, "lost"));
  CHECK(ReasonName(source.Lag("orders", "c")) == "CORRUPT_RECORDS");
}

TEST_CASE_METHOD(Fixture, "consumer lags: all of them, for metrics") {
  PutBatch(1, 3);
  clock.AdvanceMs(20);
  positions.Set({StreamId(1), "other", 2'000}, ShardIndex(1), SequenceNumber(4));
  const auto lines = [&] {
    Lines all;
    for (const ConsumerLag& lag : source.Lags()) {
      if (lag.shard_id != "shardId-000000000001") continue;
      all.push_back(lag.stream + " " + lag.consumer + " " + std::to_string(lag.records_behind) +
                    " " + std::to_string(lag.millis_behind));
    }
    return all;
  };
  CHECK(source.Lags().size() == 2 * kShards);
  CHECK(lines() == Lines{"orders c 3 20", "orders other 0 0"});
  config.status = StreamStatus::kDeleting;
  PublishShards();
  CHECK(source.Lags().empty());
}

}  // namespace
}  // namespace penstock::broker
