// What a put may ask beside storing its records: idempotence, conditions, dry runs, limits.
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "broker/limit/disk_budget.h"
#include "broker/limit/shard_limiters.h"
#include "tests/unit/broker/record/record_plane_fixture.h"

namespace penstock::broker {
namespace {

class PutOptionsFixture : public RecordPlaneFixture {
 protected:
  PutOptionsFixture()
      : RecordPlaneFixture([this](RecordPlaneOptions& options) {
          options.disk_budget = &disk_budget_;
          options.limiters = &limiters_;
        }) {}

  absl::StatusOr<PutResult> PutOne(const PutOptions& options, uint32_t shard = 0) {
    const std::string key = KeyOfShard(shard);
    testing::Awaited<absl::StatusOr<PutResult>> answer;
    plane->PutRecord("orders", {"data", "key", key}, answer.Callback(), options);
    return std::move(answer.Get());
  }

  absl::StatusOr<std::vector<PutResult>> PutMany(const std::vector<uint32_t>& shards,
                                                 const PutOptions& options = {}) {
    std::vector<std::string> keys;
    keys.reserve(shards.size());
    for (const uint32_t shard : shards) keys.push_back(KeyOfShard(shard));
    std::vector<RecordView> records;
    records.reserve(keys.size());
    for (const std::string& key : keys) records.push_back({"data", "key", key});
    testing::Awaited<absl::StatusOr<std::vector<PutResult>>> answer;
    plane->PutRecords("orders", records, answer.Callback(), options);
    return std::move(answer.Get());
  }

  static PutOptions Stamp(uint64_t sequence, uint32_t epoch = 1) {
    PutOptions options;
    options.producer = ProducerStamp{7, epoch, sequence};
    return options;
  }

  uint64_t EndOf(uint32_t shard) { return log.Bounds(Shard(shard))->end.value(); }

  void SetLimits(const StreamLimits& limits) {
    StreamConfig config = (*directory.Find("orders"))->config();
    config.limits = limits;
    directory.Publish(
        std::make_shared<const StreamSnapshot>(config, (*directory.Find("orders"))->shards()));
  }

  DiskBudget disk_budget_{DiskBudgetLimits{90, std::nullopt}};
  ShardLimiters limiters_;
};

TEST_CASE_METHOD(PutOptionsFixture, "put: sent again with its stamp, it has its first result") {
  const auto first = PutOne(Stamp(1));
  REQUIRE(first.ok());
  for (int again = 0; again < 2; ++again) {
    const auto second = PutOne(Stamp(1));
    REQUIRE(second.ok());
    CHECK(second->shard == first->shard);
    CHECK(second->sequence_number == first->sequence_number);
  }
  CHECK(EndOf(0) == 2);

  const auto many = PutMany({0, 1, 0, 2}, Stamp(2));
  REQUIRE(many.ok());
  const auto many_again = PutMany({0, 1, 0, 2}, Stamp(2));
  REQUIRE(many_again.ok());
  for (size_t i = 0; i < 4; ++i) {
    CHECK((*many_again)[i].shard == (*many)[i].shard);
    CHECK((*many_again)[i].sequence_number == (*many)[i].sequence_number);
  }
  CHECK(EndOf(0) == 4);
}

TEST_CASE_METHOD(PutOptionsFixture, "put: another put with the stamp of one is refused") {
  REQUIRE(PutMany({0, 0}, Stamp(1)).ok());
  const auto other = PutMany({0, 0, 0}, Stamp(1));
  REQUIRE(other.ok());
  for (const PutResult& result : *other) {
    CHECK(ReasonOf(result.status) == ErrorReason::kInvalidArgument);
    CHECK(FieldOf(result.status) == "producer.producer_sequence");
  }
  CHECK(EndOf(0) == 3);
}

TEST_CASE_METHOD(PutOptionsFixture, "put: an old epoch is fenced, a gap is refused") {
  REQUIRE(PutOne(Stamp(1, 2)).ok());
  CHECK(ReasonName(PutOne(Stamp(2, 1))) == "PRODUCER_FENCED");
  PutOptions gap = Stamp(5, 2);
  gap.previous_producer_sequence = 4;
  CHECK(ReasonName(PutOne(gap)) == "PRODUCER_SEQUENCE_GAP");
  gap.previous_producer_sequence = 1;
  CHECK(PutOne(gap).ok());
  CHECK(EndOf(0) == 3);
}

TEST_CASE_METHOD(PutOptionsFixture, "put: a stamp that is none is named") {
  PutOptions options = Stamp(1);
  options.producer->producer_id = 0;
  CHECK(FieldOf(PutOne(options).status()) == "producer.producer_id");
  CHECK(FieldOf(PutOne(Stamp(0)).status()) == "producer.producer_sequence");
  options = Stamp(3);
  options.previous_producer_sequence = 3;
  CHECK(FieldOf(PutOne(options).status()) == "producer.previous_producer_sequence");
  options.previous_producer_sequence = 0;
  CHECK(FieldOf(PutMany({0, 1}, options).status()) == "producer.previous_producer_sequence");
  CHECK(PutMany({1, 1}, options).ok());
}

TEST_CASE_METHOD(PutOptionsFixture, "put: only where the record gets the number expected") {
  PutOptions options;
  options.expected_next_sequence_number = 2;
  const auto early = PutOne(options);
  CHECK(ReasonName(early) == "SEQUENCE_NUMBER_MISMATCH");
  options.expected_next_sequence_number = 1;
  CHECK(PutOne(options)->sequence_number == SequenceNumber(1));
  CHECK(ReasonName(PutOne(options)) == "SEQUENCE_NUMBER_MISMATCH");
  CHECK(EndOf(0) == 2);
}

TEST_CASE_METHOD(PutOptionsFixture, "put: ordering after a number that was given") {
  PutOptions options;
  options.sequence_number_for_ordering = 1;
  const auto future = PutOne(options);
  CHECK(ReasonName(future) == "INVALID_ARGUMENT");
  CHECK(FieldOf(future.status()) == "sequence_number_for_ordering");
  REQUIRE(PutOne({}).ok());
  CHECK(PutOne(options)->sequence_number == SequenceNumber(2));
}

// Clients pass the number of the put before, whose key may have been that of another shard.
TEST_CASE_METHOD(PutOptionsFixture, "put: ordering after a number of another shard") {
  PutOptions options;
  options.sequence_number_for_ordering = 3;
  options.sequence_number_for_ordering_shard = ShardIndex(1);
  CHECK(ReasonName(PutOne(options)) == "INVALID_ARGUMENT");
  PutBatch(1, 3);
  CHECK(PutOne(options)->sequence_number == SequenceNumber(1));
  options.sequence_number_for_ordering = 4;
  CHECK(ReasonName(PutOne(options)) == "INVALID_ARGUMENT");
  // One that has expired gave its numbers long ago.
  options.sequence_number_for_ordering_shard = ShardIndex(kShards);
  CHECK(PutOne(options).ok());
  // There never was such a shard.
  options.sequence_number_for_ordering_shard = ShardIndex(kShardsPerStreamMax);
  CHECK(ReasonName(PutOne(options)) == "INVALID_ARGUMENT");
}

TEST_CASE_METHOD(PutOptionsFixture, "put: a dry run checks all and stores nothing") {
  PutOptions options;
  options.dry_run = true;
  CHECK(ReasonName(PutOne(options)) == "DRY_RUN");
  CHECK(ReasonName(PutMany({0, 1}, options)) == "DRY_RUN");
  CHECK(EndOf(0) == 1);
  options.sequence_number_for_ordering = 9;
  CHECK(ReasonName(PutOne(options)) == "INVALID_ARGUMENT");
  testing::Awaited<absl::StatusOr<PutResult>> answer;
  plane->PutRecord("none", {"data", "key", ""}, answer.Callback(), options);
  CHECK(ReasonName(answer.Get()) == "STREAM_NOT_FOUND");
}

TEST_CASE_METHOD(PutOptionsFixture, "put records: the limits refuse record by record") {
  StreamLimits limits;
  limits.profile = StreamLimits::Profile::kCustom;
  limits.write_records_per_second = 2;
  SetLimits(limits);
  const auto results = PutMany({0, 0, 1, 0, 0, 1});
  REQUIRE(results.ok());
  std::vector<bool> stored;
  for (const PutResult& result : *results) {
    stored.push_back(result.status.ok());
    if (result.status.ok()) continue;
    CHECK(ReasonOf(result.status) == ErrorReason::kThroughputExceeded);
    CHECK(RetryAfterOf(result.status).has_value());
  }
  CHECK(stored == std::vector{true, true, true, false, false, true});
  CHECK((*results)[1].sequence_number == SequenceNumber(2));
  CHECK(EndOf(0) == 3);
  CHECK(EndOf(1) == 3);
  CHECK(ReasonName(PutOne({})) == "THROUGHPUT_EXCEEDED");
  clock.AdvanceMs(1'000);
  CHECK(PutOne({}).ok());
}

TEST_CASE_METHOD(PutOptionsFixture, "put records: with a stamp, a shard takes all or none") {
  StreamLimits limits;
  limits.profile = StreamLimits::Profile::kCustom;
  limits.write_records_per_second = 2;
  SetLimits(limits);
  REQUIRE(PutOne({}).ok());
  const auto results = PutMany({0, 0, 1}, Stamp(1));
  REQUIRE(results.ok());
  for (size_t i = 0; i < 2; ++i) {
    REQUIRE_FALSE((*results)[i].status.ok());
    CHECK(ReasonOf((*results)[i].status) == ErrorReason::kThroughputExceeded);
  }
  CHECK((*results)[2].status.ok());
  CHECK(EndOf(0) == 2);
}

TEST_CASE_METHOD(PutOptionsFixture, "put: refused where the disk is nearly full") {
  disk_budget_.Update({900, 1'000, 0});
  CHECK(ReasonName(PutOne({})) == "DISK_BUDGET_EXCEEDED");
  CHECK(ReasonName(PutMany({0})) == "DISK_BUDGET_EXCEEDED");
  disk_budget_.Update({100, 1'000, 0});
  CHECK(PutOne({}).ok());
}

}  // namespace
}  // namespace penstock::broker
