#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include "broker/stream/stream_catalog.h"
#include "common/error.h"
#include "tests/support/catalog_fixture.h"

namespace penstock::broker {
namespace {

using testing::CatalogFixture;

constexpr auto kActive = StreamStatus::kActive;
constexpr auto kUpdating = StreamStatus::kUpdating;

const std::string kMiddle = UniformRanges(2)[1].first.ToDecimal();

TEST_CASE_METHOD(CatalogFixture, "a split closes the parent and opens two children", "[reshard]") {
  const StreamId id = CreateActive("orders");
  shards_.AddRecords({id, ShardIndex(0)}, 7);
  clock_.AdvanceMs(1'000);
  REQUIRE(Split({"orders", "shardId-000000000000", kMiddle}).ok());
  REQUIRE(WaitForStatus("orders", kActive));
  const auto stream = *catalog_->Find("orders");
  REQUIRE(stream->shards().size() == 3);
  CHECK(stream->open_shard_count() == 2);
  CHECK(stream->shards()[0].ending_sequence_number == SequenceNumber(8));
  CHECK(stream->shards()[0].closed_timestamp_ms == kStartMs + 1'000);
  CHECK(stream->shards()[1].starting_sequence_number == SequenceNumber(9));
  CHECK(shards_.Bounds({id, ShardIndex(0)})->sealed);
  CHECK(shards_.Bounds({id, ShardIndex(2)})->first == SequenceNumber(9));
  CHECK(shards_.shard_count() == 3);

  REQUIRE(Merge({"orders", "shardId-000000000001", "shardId-000000000002"}).ok());
  REQUIRE(WaitForStatus("orders", kActive));
  CHECK((*catalog_->Find("orders"))->open_shard_count() == 1);
  CHECK(shards_.shard_count() == 4);
}

TEST_CASE_METHOD(CatalogFixture, "a stream is UPDATING while its switch is made, and serves",
                 "[reshard]") {
  CreateActive("orders", 4);
  shards_.HoldAfter(0);
  REQUIRE(Scale("orders", 8).ok());
  CHECK(StatusOf("orders") == kUpdating);
  CHECK((*catalog_->Find("orders"))->serving());
  CHECK(ReasonOf(Scale("orders", 2)) == ErrorReason::kStreamNotActive);
  CHECK(ReasonOf(Delete("orders")) == ErrorReason::kStreamNotActive);
  CHECK(catalog_->ListShards({"orders", "", 0, ""})->shards.size() == 4);
  shards_.Release();
  REQUIRE(WaitForStatus("orders", kActive));
  CHECK((*catalog_->Find("orders"))->open_shard_count() == 8);
}

TEST_CASE_METHOD(CatalogFixture, "a count is reached by several switches", "[reshard]") {
  CreateActive("orders", 4);
  for (const uint32_t count : {8u, 3u, 1u, 7u}) {
    REQUIRE(Scale("orders", count).ok());
    REQUIRE(WaitForStatus("orders", kActive));
    CHECK((*catalog_->Find("orders"))->open_shard_count() == count);
  }
  // What it has already changes nothing.
  const size_t made = shards_.creations();
  REQUIRE(Scale("orders", 7).ok());
  CHECK(StatusOf("orders") == kActive);
  CHECK(shards_.creations() == made);
  REQUIRE(Restart().ok());
  CHECK((*catalog_->Find("orders"))->open_shard_count() == 7);
}

TEST_CASE_METHOD(CatalogFixture, "a switch goes on after every error of the log", "[reshard]") {
  const size_t passes = GENERATE(range(0, 4));
  CreateActive("orders", 2);
  shards_.HoldAfter(passes);
  REQUIRE(Scale("orders", 3).ok());
  shards_.FailNext(3);
  shards_.Release();
  REQUIRE(WaitForStatus("orders", kActive));
  CHECK((*catalog_->Find("orders"))->open_shard_count() == 3);
}

TEST_CASE_METHOD(CatalogFixture, "a reshard is carried on after a stop at any point", "[reshard]") {
  // 4 to 3 seals and makes 4 shards in its first switch, 6 and 3 in its second.
  const size_t passes = GENERATE(range(0, 16));
  CAPTURE(passes);
  CreateActive("orders", 4);
  shards_.HoldAfter(passes);
  REQUIRE(Scale("orders", 3).ok());
  REQUIRE(
      testing::WaitUntil([&] { return shards_.waiting() > 0 || StatusOf("orders") == kActive; }));
  // The calls that wait fail, as those of a broker that is being stopped.
  shards_.FailNext(100);
  shards_.Release();
  Stop();
  shards_.FailNext(0);
  REQUIRE(Start().ok());
  REQUIRE(WaitForStatus("orders", kActive));
  const auto stream = *catalog_->Find("orders");
  CHECK(stream->open_shard_count() == 3);
  CHECK(shards_.shard_count() == stream->shards().size());
}

TEST_CASE_METHOD(CatalogFixture, "a node takes so many shards, closed ones too", "[reshard]") {
  shards_max_ = 7;
  REQUIRE(Restart().ok());
  CreateActive("orders", 3);
  CHECK(Scale("orders", 4).code() == absl::StatusCode::kResourceExhausted);
  CHECK(ReasonOf(Scale("orders", 6)) == ErrorReason::kLimitExceeded);
  CHECK(StatusOf("orders") == kActive);
  REQUIRE(Split({"orders", "shardId-000000000000", "5"}).ok());
  REQUIRE(WaitForStatus("orders", kActive));
  REQUIRE(Split({"orders", "shardId-000000000004", "50"}).ok());
  REQUIRE(WaitForStatus("orders", kActive));
  CHECK(ReasonOf(Split({"orders", "shardId-000000000006", "500"})) == ErrorReason::kLimitExceeded);
}

TEST_CASE_METHOD(CatalogFixture, "a stream that does not exist is not resharded", "[reshard]") {
  CHECK(ReasonOf(Scale("none", 2)) == ErrorReason::kStreamNotFound);
  CHECK(ReasonOf(Scale("no/name", 2)) == ErrorReason::kInvalidArgument);
  CHECK(ReasonOf(Split({"none", "shardId-000000000000", "5"})) == ErrorReason::kStreamNotFound);
  CHECK(ReasonOf(Merge({"none", "shardId-000000000000", "shardId-000000000001"})) ==
        ErrorReason::kStreamNotFound);
}

TEST_CASE_METHOD(CatalogFixture, "all pages of a list are of one filter", "[reshard]") {
  CreateActive("orders", 4);
  clock_.AdvanceMs(1'000);
  REQUIRE(Scale("orders", 8).ok());
  REQUIRE(WaitForStatus("orders", kActive));
  const auto list = [&](ShardFilterType type, std::optional<int64_t> timestamp_ms = std::nullopt) {
    ListShardsQuery query{"orders", "", 3, ""};
    query.filter = ShardFilterSpec{type, "", timestamp_ms};
    std::string listed;
    while (true) {
      const auto page = catalog_->ListShards(query);
      REQUIRE(page.ok());
      CHECK(page->shards.size() <= 3);
      for (const ShardInfo& shard : page->shards) {
        listed += std::to_string(shard.index.value()) + " ";
      }
      if (page->next_token.empty()) return listed;
      // The filter's moment is that of the first page.
      clock_.AdvanceMs(1'000);
      query = {"", page->next_token, 3, ""};
    }
  };
  CHECK(list(ShardFilterType::kAtLatest) == "4 5 6 7 8 9 10 11 ");
  CHECK(list(ShardFilterType::kAtTrimHorizon) == "0 1 2 3 ");
  CHECK(list(ShardFilterType::kFromTrimHorizon) == "0 1 2 3 4 5 6 7 8 9 10 11 ");
  CHECK(list(ShardFilterType::kAtTimestamp, kStartMs + 999) == "0 1 2 3 ");
  CHECK(list(ShardFilterType::kFromTimestamp, kStartMs + 1'001) == "4 5 6 7 8 9 10 11 ");

  ListShardsQuery query{"orders", "", 0, "shardId-000000000002"};
  query.filter = ShardFilterSpec{ShardFilterType::kAfterShardId, "shardId-000000000008", {}};
  CHECK(catalog_->ListShards(query)->shards.size() == 3);
  query.stream_creation_timestamp_ms = kStartMs + 1;
  CHECK(ReasonOf(catalog_->ListShards(query).status()) == ErrorReason::kStreamNotFound);
  query.stream_creation_timestamp_ms = kStartMs;
  CHECK(catalog_->ListShards(query).ok());
  query = {"", "token", 0, ""};
  query.filter = ShardFilterSpec{ShardFilterType::kAtLatest, "", {}};
  CHECK(FieldOf(catalog_->ListShards(query).status()) == "shard_filter");

  // Both parents' records have expired.
  clock_.AdvanceMs(24 * 3'600'000);
  CHECK(catalog_->ListShards({"orders", "", 0, ""})->shards.size() == 8);
  CHECK(catalog_->DescribeStream({"orders", 0, ""})->shards.size() == 8);
}

TEST_CASE_METHOD(CatalogFixture, "who waits for the next shards is told of them", "[reshard]") {
  CreateActive("orders");
  const auto before = *catalog_->Find("orders");
  std::promise<absl::Status> newer;
  REQUIRE(catalog_->WaitForNewer(*before, [&] { newer.set_value(absl::OkStatus()); }) != 0);
  REQUIRE(Split({"orders", "shardId-000000000000", kMiddle}).ok());
  CHECK(Get(newer).ok());
  bool called = false;
  CHECK(catalog_->WaitForNewer(*before, [&] { called = true; }) == 0);
  CHECK(called);
  REQUIRE(WaitForStatus("orders", kActive));
  const auto now = *catalog_->Find("orders");
  const auto wait = catalog_->WaitForNewer(*now, [] {});
  CHECK(catalog_->CancelWait(now->config().id, wait));
  CHECK_FALSE(catalog_->CancelWait(now->config().id, wait));
}

}  // namespace
}  // namespace penstock::broker
