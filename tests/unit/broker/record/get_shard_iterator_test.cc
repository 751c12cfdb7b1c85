#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "broker/record/shard_position.h"
#include "tests/unit/broker/record/reshard_fixture.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;
using Type = ShardIteratorType;

struct Fixture : ReshardFixture {
  // Where an iterator is, or the name of the reason why there is none.
  std::string Place(Type type, std::optional<uint64_t> number = std::nullopt,
                    std::optional<int64_t> timestamp_ms = std::nullopt) {
    const auto iterator = Iterator(type, number, timestamp_ms);
    if (!iterator.ok()) return std::string(ReasonName(iterator));
    const auto position = OpenShardIterator(tokens, clock, *iterator);
    REQUIRE(position.ok());
    CHECK(position->shard == Shard(0));
    return std::to_string(position->next.value());
  }
};

TEST_CASE_METHOD(Fixture,
                 "shard iterator: every type in a shard that begins at 4 and ends before 11") {
  PutBatch(0, 5);
  clock.AdvanceMs(1'000);
  PutBatch(0, 5);
  log.Trim(Shard(0), SequenceNumber(4), [](const absl::Status&) {});

  CHECK(Place(Type::kTrimHorizon) == "4");
  CHECK(Place(Type::kLatest) == "11");

  CHECK(Place(Type::kAtSequenceNumber, 0) == "4");
  CHECK(Place(Type::kAtSequenceNumber, 3) == "4");
  CHECK(Place(Type::kAtSequenceNumber, 4) == "4");
  CHECK(Place(Type::kAtSequenceNumber, 10) == "10");
  CHECK(Place(Type::kAtSequenceNumber, 11) == "11");
  CHECK(Place(Type::kAtSequenceNumber, 12) == "INVALID_ARGUMENT");
  CHECK(Place(Type::kAtSequenceNumber, ~uint64_t{0}) == "INVALID_ARGUMENT");

  CHECK(Place(Type::kAfterSequenceNumber, 0) == "4");
  CHECK(Place(Type::kAfterSequenceNumber, 3) == "4");
  CHECK(Place(Type::kAfterSequenceNumber, 4) == "5");
  CHECK(Place(Type::kAfterSequenceNumber, 10) == "11");
  CHECK(Place(Type::kAfterSequenceNumber, 11) == "INVALID_ARGUMENT");
  CHECK(Place(Type::kAfterSequenceNumber, ~uint64_t{0}) == "INVALID_ARGUMENT");

  CHECK(Place(Type::kAtTimestamp, {}, 0) == "4");
  CHECK(Place(Type::kAtTimestamp, {}, kNowMs) == "4");
  CHECK(Place(Type::kAtTimestamp, {}, kNowMs + 1) == "6");
  CHECK(Place(Type::kAtTimestamp, {}, kNowMs + 1'000) == "6");
  CHECK(Place(Type::kAtTimestamp, {}, kNowMs + 1'001) == "INVALID_ARGUMENT");
  clock.AdvanceMs(10);
  CHECK(Place(Type::kAtTimestamp, {}, kNowMs + 1'010) == "11");
  CHECK(Place(Type::kAtTimestamp, {}, -1) == "INVALID_ARGUMENT");

  CHECK(MessageOf(Iterator(Type::kAtSequenceNumber, 12)) ==
        "starting_sequence_number 12 is past the end of shardId-000000000000, which holds [4, 11)");
}

TEST_CASE_METHOD(Fixture, "shard iterator: arguments missing and superfluous are named") {
  struct Case {
    Type type;
    std::optional<uint64_t> number;
    std::optional<int64_t> timestamp_ms;
    std::string message;
  };
  const std::vector<Case> cases = {
      {Type::kUnspecified, {}, {}, "shard_iterator_type must be one of"},
      {static_cast<Type>(6), {}, {}, "shard_iterator_type must be one of"},
      {Type::kAtSequenceNumber, {}, {}, "starting_sequence_number is required"},
      {Type::kAfterSequenceNumber, {}, {}, "starting_sequence_number is required"},
      {Type::kAtSequenceNumber, 1, 1, "timestamp_ms is refused"},
      {Type::kTrimHorizon, 1, {}, "starting_sequence_number is refused"},
      {Type::kTrimHorizon, {}, 1, "timestamp_ms is refused"},
      {Type::kLatest, 1, {}, "starting_sequence_number is refused"},
      {Type::kLatest, {}, 1, "timestamp_ms is refused"},
      {Type::kAtTimestamp, {}, {}, "timestamp_ms is required"},
      {Type::kAtTimestamp, 1, 1, "starting_sequence_number is refused"},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    INFO("case " << i);
    const auto iterator = Iterator(cases[i].type, cases[i].number, cases[i].timestamp_ms);
    CHECK(ReasonName(iterator) == "INVALID_ARGUMENT");
    CHECK_THAT(MessageOf(iterator), ContainsSubstring(cases[i].message));
    CHECK(MessageOf(iterator).starts_with(FieldOf(iterator.status())));
  }
}

TEST_CASE_METHOD(Fixture, "shard iterator: shards that are not there") {
  const auto reason = [&](std::string_view shard_id) {
    return ReasonName(Iterator(Type::kLatest, {}, {}, shard_id));
  };
  CHECK(reason("shardId-000000000003") == "OK");
  CHECK(reason("shardId-000000000004") == "SHARD_NOT_FOUND");
  CHECK(reason("shard-4") == "INVALID_ARGUMENT");
  CHECK(reason("\xff") == "INVALID_ARGUMENT");
  CHECK(ReasonName(plane->GetShardIterator(
            {"none", "shardId-000000000000", Type::kLatest, {}, {}})) == "STREAM_NOT_FOUND");
}

TEST_CASE_METHOD(Fixture, "shard iterator: a closed shard, at and after its edges") {
  PutBatch(0, 2);
  clock.AdvanceMs(100);
  PutBatch(0, 2);
  clock.AdvanceMs(100);
  // The log is sealed before the shard is seen to be closed: no record will have number 5.
  CHECK(Place(Type::kAfterSequenceNumber, 5) == "INVALID_ARGUMENT");
  Seal(0);
  CHECK(Place(Type::kAfterSequenceNumber, 5) == "5");
  Publish({0}, 2);
  REQUIRE(shards[0].ending_sequence_number == SequenceNumber(5));
  CHECK(Place(Type::kTrimHorizon) == "1");
  CHECK(Place(Type::kLatest) == "5");
  CHECK(Place(Type::kAtSequenceNumber, 1) == "1");
  CHECK(Place(Type::kAfterSequenceNumber, 1) == "2");
  CHECK(Place(Type::kAfterSequenceNumber, 4) == "5");
  CHECK(Place(Type::kAtSequenceNumber, 5) == "5");
  CHECK(Place(Type::kAfterSequenceNumber, 5) == "5");
  CHECK(Place(Type::kAtSequenceNumber, 6) == "INVALID_ARGUMENT");
  CHECK(Place(Type::kAfterSequenceNumber, 6) == "INVALID_ARGUMENT");

  // The last records exactly, and after them.
  CHECK(Place(Type::kAtTimestamp, {}, kNowMs + 100) == "3");
  CHECK(Place(Type::kAtTimestamp, {}, kNowMs + 101) == "5");
  CHECK(Place(Type::kAtTimestamp, {}, kNowMs + 200) == "5");
  // Before the horizon is the horizon, also of a shard that has no record left.
  log.Trim(Shard(0), SequenceNumber(2), [](const absl::Status&) {});
  CHECK(Place(Type::kAtTimestamp, {}, 0) == "2");
  log.Trim(Shard(0), SequenceNumber(5), [](const absl::Status&) {});
  CHECK(Place(Type::kAtTimestamp, {}, 0) == "5");
  CHECK(Place(Type::kAtSequenceNumber, 1) == "5");
}

TEST_CASE_METHOD(Fixture,
                 "shard iterator: the starting number of a child, with a record and without") {
  PutBatch(0, 4);
  Split(0);
  REQUIRE(shards[4].starting_sequence_number == SequenceNumber(6));
  const auto place = [&](Type type, uint64_t number) {
    const auto iterator = Iterator(type, number, {}, "shardId-000000000004");
    if (!iterator.ok()) return std::string(ReasonName(iterator));
    return std::to_string(OpenShardIterator(tokens, clock, *iterator)->next.value());
  };
  CHECK(place(Type::kAtSequenceNumber, 6) == "6");
  CHECK(place(Type::kAfterSequenceNumber, 6) == "6");
  CHECK(place(Type::kAfterSequenceNumber, 5) == "6");
  CHECK(place(Type::kAtSequenceNumber, 7) == "INVALID_ARGUMENT");
  CHECK(place(Type::kAfterSequenceNumber, 7) == "INVALID_ARGUMENT");
  PutBatch(0, 1);
  CHECK(place(Type::kAtSequenceNumber, 6) == "6");
  CHECK(place(Type::kAfterSequenceNumber, 6) == "7");
}

TEST_CASE_METHOD(Fixture, "shard iterator: a dry run checks everything") {
  const auto dry_run = [&](std::string_view stream, std::string_view shard_id, Type type,
                           std::optional<uint64_t> number = std::nullopt) {
    return std::string(
        ReasonName(plane->GetShardIterator({stream, shard_id, type, number, {}, true})));
  };
  const std::string shard = "shardId-000000000000";
  CHECK(dry_run("orders", shard, Type::kLatest) == "DRY_RUN");
  CHECK(dry_run("none", shard, Type::kLatest) == "STREAM_NOT_FOUND");
  CHECK(dry_run("orders", "shardId-000000000009", Type::kLatest) == "SHARD_NOT_FOUND");
  CHECK(dry_run("orders", shard, Type::kUnspecified) == "INVALID_ARGUMENT");
  CHECK(dry_run("orders", shard, Type::kAtSequenceNumber, 2) == "INVALID_ARGUMENT");
}

struct Limiters {
  ShardLimiters limiters;
};

struct Limited : Limiters, RecordPlaneFixture {
  Limited()
      : RecordPlaneFixture([this](RecordPlaneOptions& options) { options.limiters = &limiters; }) {
    StreamConfig config = testing::ActiveStream(1, "orders");
    config.limits = StreamLimits::Kinesis();
    directory.Set(config, testing::OpenShards(kShards), log);
  }
};

TEST_CASE_METHOD(Limited, "shard iterator: a shard of Kinesis gives 5 a second") {
  const auto horizon = [&] { return Iterator(Type::kTrimHorizon); };
  // What is refused for another reason, and what is asked for as a dry run, does not count.
  CHECK(ReasonName(Iterator(Type::kLatest, 1)) == "INVALID_ARGUMENT");
  CHECK(ReasonName(Iterator(Type::kLatest, {}, {}, "shardId-000000000009")) == "SHARD_NOT_FOUND");
  CHECK(ReasonName(plane->GetShardIterator(
            {"orders", "shardId-000000000000", Type::kLatest, {}, {}, true})) == "DRY_RUN");
  for (int i = 0; i < 4; ++i) REQUIRE(horizon().ok());
  CHECK(Iterator(Type::kAtTimestamp, {}, kNowMs).ok());
  const absl::StatusOr<std::string> refused = horizon();
  CHECK(ReasonName(refused) == "THROUGHPUT_EXCEEDED");
  CHECK(RetryAfterOf(refused.status()) == 200);
  CHECK(Iterator(Type::kLatest, {}, {}, "shardId-000000000001").ok());
  clock.AdvanceMs(199);
  CHECK(ReasonName(horizon()) == "THROUGHPUT_EXCEEDED");
  clock.AdvanceMs(1);
  const absl::StatusOr<std::string> later = horizon();
  REQUIRE(later.ok());
  // Its five reads are still there.
  for (int i = 0; i < 5; ++i) REQUIRE(Get(*later).ok());
  CHECK(ReasonName(Get(*later)) == "THROUGHPUT_EXCEEDED");
}

TEST_CASE_METHOD(Fixture, "shard iterator: opened only if it was sealed here and is young") {
  const std::string iterator = Horizon();
  CHECK(OpenShardIterator(tokens, clock, iterator)->next == SequenceNumber(1));

  std::string forged = iterator;
  forged[20] = forged[20] == 'A' ? 'B' : 'A';
  CHECK(ReasonName(OpenShardIterator(tokens, clock, forged)) == "INVALID_ITERATOR");
  CHECK(ReasonName(OpenShardIterator(tokens, clock, "")) == "INVALID_ITERATOR");
  const TokenCodec other(std::string(TokenCodec::kKeyBytes, 'o'), clock);
  CHECK(ReasonName(OpenShardIterator(other, clock, iterator)) == "INVALID_ITERATOR");
  const std::string list = tokens.Seal(TokenPurpose::kListShards, std::string(20, 'x'));
  CHECK(ReasonName(OpenShardIterator(tokens, clock, list)) == "INVALID_ITERATOR");
  const std::string strange = tokens.Seal(TokenPurpose::kShardIterator, "short");
  CHECK(ReasonName(OpenShardIterator(tokens, clock, strange)) == "INVALID_ITERATOR");

  clock.AdvanceMs(kIteratorLifetimeMs);
  CHECK(OpenShardIterator(tokens, clock, iterator).ok());
  clock.AdvanceMs(1);
  const auto expired = OpenShardIterator(tokens, clock, iterator);
  CHECK(ReasonName(expired) == "EXPIRED_ITERATOR");
  CHECK(
      MessageOf(expired) ==
      "iterator expired: it was created at time 2023-11-14T22:13:20.000Z while right now it is "
      "2023-11-14T22:18:20.001Z which is further in the future than the tolerated delay of 300000 "
      "milliseconds");
}

}  // namespace
}  // namespace penstock::broker
