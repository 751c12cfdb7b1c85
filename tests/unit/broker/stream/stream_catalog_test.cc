#include "broker/stream/stream_catalog.h"

#include <set>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "broker/stream/lifecycle_tasks.h"
#include "common/error.h"
#include "tests/support/catalog_fixture.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;
using testing::CatalogFixture;
using testing::WaitUntil;

constexpr auto kActive = StreamStatus::kActive;
constexpr auto kCreating = StreamStatus::kCreating;
constexpr auto kDeleting = StreamStatus::kDeleting;

TEST_CASE_METHOD(CatalogFixture, "a stream is CREATING, then ACTIVE with its shards", "[stream]") {
  shards_.HoldAfter(2);
  REQUIRE(Create({"orders", 4, 2048, 48}).ok());
  CHECK(StatusOf("orders") == kCreating);
  CHECK_FALSE((*catalog_->Find("orders"))->serving());
  CHECK(catalog_->DescribeStream({"orders", 0, ""})->shards.empty());
  CHECK(ReasonOf(catalog_->ListShards({"orders", "", 0, ""}).status()) ==
        ErrorReason::kStreamNotActive);
  shards_.Release();
  REQUIRE(WaitForStatus("orders", kActive));
  CHECK(shards_.shard_count() == 4);

  const auto stream = catalog_->DescribeStreamSummary("orders");
  REQUIRE(stream.ok());
  CHECK((*stream)->config().creation_timestamp_ms == kStartMs);
  CHECK((*stream)->config().max_record_size_in_kib == 2048);
  CHECK((*stream)->config().retention_period_minutes == 2'880);
  CHECK((*stream)->open_shard_count() == 4);
  CHECK((*catalog_->Find((*stream)->config().id))->config().name == "orders");
}

TEST_CASE_METHOD(CatalogFixture, "a name is taken until its stream is gone", "[stream]") {
  CreateActive("orders");
  const absl::Status again = Create({"orders"});
  CHECK(ReasonOf(again) == ErrorReason::kStreamAlreadyExists);
  CHECK(again.message() == "stream orders already exists");
  shards_.HoldAfter(0);
  REQUIRE(Delete("orders").ok());
  CHECK(StatusOf("orders") == kDeleting);
  CHECK(ReasonOf(Create({"orders"})) == ErrorReason::kStreamAlreadyExists);
  CHECK(ReasonOf(Delete("orders")) == ErrorReason::kStreamNotActive);
  shards_.Release();
  REQUIRE(WaitForStatus("orders", std::nullopt));
  CHECK(shards_.shard_count() == 0);
  CHECK(Create({"orders"}).ok());
}

TEST_CASE_METHOD(CatalogFixture, "an id is never used again", "[stream]") {
  std::set<StreamId> ids;
  for (int round = 0; round < 3; ++round) {
    CHECK(ids.insert(CreateActive("orders")).second);
    CHECK(ids.insert(CreateActive("other" + std::to_string(round))).second);
    const StreamId deleted = (*catalog_->Find("orders"))->config().id;
    REQUIRE(Delete("orders").ok());
    REQUIRE(WaitForStatus("orders", std::nullopt));
    CHECK(ReasonOf(catalog_->Find(deleted).status()) == ErrorReason::kStreamNotFound);
    REQUIRE(Restart().ok());
  }
}

TEST_CASE_METHOD(CatalogFixture, "what does not exist is named", "[stream]") {
  const absl::Status missing = catalog_->DescribeStreamSummary("none").status();
  CHECK(ReasonOf(missing) == ErrorReason::kStreamNotFound);
  CHECK(missing.message() == "stream none does not exist");
  CHECK(ReasonOf(Delete("none")) == ErrorReason::kStreamNotFound);
  CHECK(ReasonOf(catalog_->DescribeStream({"none", 0, ""}).status()) ==
        ErrorReason::kStreamNotFound);
  CHECK(ReasonOf(catalog_->ListShards({"none", "", 0, ""}).status()) ==
        ErrorReason::kStreamNotFound);
}

TEST_CASE_METHOD(CatalogFixture, "wrong requests change nothing", "[stream]") {
  CHECK(ReasonOf(Create({""})) == ErrorReason::kInvalidArgument);
  CHECK(ReasonOf(Create({"a b"})) == ErrorReason::kInvalidArgument);
  CHECK(ReasonOf(Create({"a", 10'001})) == ErrorReason::kInvalidArgument);
  CHECK(ReasonOf(Delete("a b")) == ErrorReason::kInvalidArgument);
  CHECK(catalog_->ListStreams({})->streams.empty());
  CHECK(shards_.creations() == 0);
}

TEST_CASE_METHOD(CatalogFixture, "a creation that was cut off is carried on", "[stream]") {
  // More shards than a step has, so that the stop falls between two.
  const uint32_t count = LifecycleTask::kShardsPerStep + 10;
  shards_.FailNext(1'000'000);
  REQUIRE(Create({"orders", count, 0, 0}).ok());
  const StreamId id = (*catalog_->Find("orders"))->config().id;
  Stop();
  CHECK(shards_.shard_count() == 0);
  shards_.FailNext(0);
  REQUIRE(Start().ok());
  REQUIRE(WaitForStatus("orders", kActive));
  CHECK(shards_.shard_count() == count);
  CHECK((*catalog_->Find("orders"))->config().id == id);
}

TEST_CASE_METHOD(CatalogFixture, "a creation stopped between two steps makes each shard",
                 "[stream]") {
  const uint32_t count = 3 * LifecycleTask::kShardsPerStep;
  shards_.HoldAfter(5);
  REQUIRE(Create({"orders", count, 0, 0}).ok());
  REQUIRE(WaitUntil([&] { return shards_.creations() == 5; }));
  std::thread release([&] {
    // Stop waits for the step under way, which is held.
    shards_.Release();
  });
  Stop();
  release.join();
  REQUIRE(Start().ok());
  REQUIRE(WaitForStatus("orders", kActive));
  CHECK(shards_.shard_count() == count);
}

TEST_CASE_METHOD(CatalogFixture, "a deletion that was cut off is carried on", "[stream]") {
  CreateActive("orders", 3);
  CreateActive("kept", 2);
  shards_.FailNext(1'000'000);
  REQUIRE(Delete("orders").ok());
  REQUIRE(Restart().ok());
  CHECK(StatusOf("orders") == kDeleting);
  shards_.FailNext(0);
  REQUIRE(WaitForStatus("orders", std::nullopt));
  CHECK(shards_.shard_count() == 2);
  REQUIRE(Restart().ok());
  CHECK_FALSE(StatusOf("orders").has_value());
  CHECK(StatusOf("kept") == kActive);
}

TEST_CASE_METHOD(CatalogFixture, "a failing log is tried again until it works", "[stream]") {
  shards_.FailNext(5);
  CreateActive("orders", 3);
  CHECK(shards_.creations() == 3);
  shards_.FailNext(5);
  REQUIRE(Delete("orders").ok());
  REQUIRE(WaitForStatus("orders", std::nullopt));
  CHECK(shards_.deletions() == 3);
}

TEST_CASE_METHOD(CatalogFixture, "a shard that is missing at the start is not taken for empty",
                 "[stream]") {
  const StreamId id = CreateActive("orders", 3);
  Stop();
  shards_.Lose({id, ShardIndex(1)});
  const absl::Status started = Start();
  CHECK(started.code() == absl::StatusCode::kDataLoss);
  CHECK_THAT(std::string(started.message()), ContainsSubstring("stream orders"));
  CHECK_THAT(std::string(started.message()), ContainsSubstring("shardId-000000000001"));
}

TEST_CASE_METHOD(CatalogFixture, "a lost id counter is seen", "[stream]") {
  CreateActive("orders");
  const auto counter = metadata_->Get("next-stream-id");
  REQUIRE(metadata_->CompareAndDelete("next-stream-id", (*counter)->revision).ok());
  const absl::Status started = Restart();
  CHECK(started.code() == absl::StatusCode::kDataLoss);
  CHECK_THAT(std::string(started.message()), ContainsSubstring("next-stream-id"));
}

TEST_CASE_METHOD(CatalogFixture, "a stream changed by another node is taken over", "[stream]") {
  shards_.HoldAfter(0);
  REQUIRE(Create({"orders", 1, 0, 0}).ok());
  const auto entry = metadata_->Get("stream/orders");
  REQUIRE(metadata_->CompareAndDelete("stream/orders", (*entry)->revision).ok());
  shards_.Release();
  CHECK(WaitForStatus("orders", std::nullopt));
}

TEST_CASE_METHOD(CatalogFixture, "a node takes so many streams and no more", "[stream]") {
  streams_max_ = 2;
  REQUIRE(Restart().ok());
  CreateActive("a");
  CreateActive("b");
  const absl::Status refused = Create({"c"});
  CHECK(ReasonOf(refused) == ErrorReason::kLimitExceeded);
  CHECK(refused.message() == "there are 2 streams; a node takes no more than 2");
  REQUIRE(Delete("a").ok());
  REQUIRE(WaitForStatus("a", std::nullopt));
  CreateActive("c");
}

TEST_CASE_METHOD(CatalogFixture, "a node takes so many shards and no more", "[stream]") {
  shards_max_ = 10;
  REQUIRE(Restart().ok());
  CreateActive("a", 6);
  const absl::Status refused = Create({"b", 5, 0, 0});
  CHECK(ReasonOf(refused) == ErrorReason::kLimitExceeded);
  CHECK(refused.message() == "there are 6 shards; with 5 more a node would have more than 10");
  CreateActive("b", 4);
  CHECK(ReasonOf(Create({"c", 1, 0, 0})) == ErrorReason::kLimitExceeded);
  REQUIRE(Delete("b").ok());
  REQUIRE(WaitForStatus("b", std::nullopt));
  CreateActive("c", 4);
}

TEST_CASE_METHOD(CatalogFixture, "streams are listed in order of name, a page at a time",
                 "[stream]") {
  for (const char* name : {"c", "a", "e", "b", "d"}) CreateActive(name);
  std::vector<std::string> names;
  ListStreamsQuery query{2, ""};
  for (int page_count = 1;; ++page_count) {
    const auto page = catalog_->ListStreams(query);
    REQUIRE(page.ok());
    for (const auto& stream : page->streams) names.push_back(stream->config().name);
    if (!page->has_more) {
      CHECK(page_count == 3);
      break;
    }
    query.exclusive_start_stream_name = names.back();
  }
  CHECK(names == std::vector<std::string>{"a", "b", "c", "d", "e"});
  CHECK(catalog_->ListStreams({5, ""})->has_more == false);
  CHECK(catalog_->ListStreams({0, "bb"})->streams.front()->config().name == "c");
  CHECK(catalog_->ListStreams({0, "e"})->streams.empty());
  CHECK_FALSE(catalog_->ListStreams({10'001, ""}).ok());
  CHECK_FALSE(catalog_->ListStreams({0, "a b"}).ok());
}

TEST_CASE_METHOD(CatalogFixture, "streams are listed by tokens too", "[stream]") {
  for (const char* name : {"a", "b", "c"}) CreateActive(name, 2);
  const auto first = catalog_->ListStreams({2});
  REQUIRE(first.ok());
  REQUIRE_FALSE(first->next_token.empty());
  const auto second = catalog_->ListStreams({2, "", first->next_token});
  REQUIRE(second.ok());
  REQUIRE(second->streams.size() == 1);
  CHECK(second->streams[0]->config().name == "c");
  CHECK(second->next_token.empty());
  CHECK(catalog_->ListStreams({3})->next_token.empty());

  const absl::Status both = catalog_->ListStreams({2, "a", first->next_token}).status();
  CHECK(ReasonOf(both) == ErrorReason::kInvalidArgument);
  CHECK(FieldOf(both) == "exclusive_start_stream_name");
  CHECK(FieldOf(catalog_->ListStreams({2, "", "nonsense"}).status()) == "next_token");
  // Tokens of another operation are none.
  const std::string shards = catalog_->ListShards({"a", "", 1, ""})->next_token;
  CHECK_FALSE(catalog_->ListStreams({2, "", shards}).ok());
  clock_.AdvanceMs(kNextTokenLifetimeMs);
  CHECK(catalog_->ListStreams({2, "", first->next_token}).ok());
  clock_.AdvanceMs(1);
  CHECK(ReasonOf(catalog_->ListStreams({2, "", first->next_token}).status()) ==
        ErrorReason::kExpiredNextToken);
}

TEST_CASE_METHOD(CatalogFixture, "shards are described a page at a time", "[stream]") {
  CreateActive("orders", 101);
  const auto first = catalog_->DescribeStream({"orders", 0, ""});
  REQUIRE(first.ok());
  CHECK(first->shards.size() == 100);
  CHECK(first->has_more);
  const auto second =
      catalog_->DescribeStream({"orders", 0, FormatShardId(first->shards.back().index)});
  REQUIRE(second->shards.size() == 1);
  CHECK(second->shards[0].index == ShardIndex(100));
  CHECK_FALSE(second->has_more);
  // The last shard there can be, which need not exist.
  CHECK(catalog_->DescribeStream({"orders", 0, "shardId-004294967295"})->shards.empty());
  CHECK(ReasonOf(catalog_->DescribeStream({"orders", 0, "shard-1"}).status()) ==
        ErrorReason::kInvalidArgument);
  CHECK(ReasonOf(catalog_->DescribeStream({"orders", 10'001, ""}).status()) ==
        ErrorReason::kInvalidArgument);
}

TEST_CASE_METHOD(CatalogFixture, "shards are listed by tokens, each once", "[stream]") {
  CreateActive("orders", 7);
  std::vector<uint32_t> indexes;
  ListShardsQuery query{"orders", "", 3, ""};
  for (;;) {
    const auto page = catalog_->ListShards(query);
    REQUIRE(page.ok());
    for (const ShardInfo& shard : page->shards) indexes.push_back(shard.index.value());
    CHECK(page->has_more == !page->next_token.empty());
    if (!page->has_more) break;
    query = {"", page->next_token, 3, ""};
  }
  CHECK(indexes == std::vector<uint32_t>{0, 1, 2, 3, 4, 5, 6});
  CHECK(catalog_->ListShards({"orders", "", 7, ""})->next_token.empty());
  CHECK(catalog_->ListShards({"orders", "", 0, "shardId-000000000004"})->shards.size() == 2);
}

TEST_CASE_METHOD(CatalogFixture, "a next_token holds for five minutes, alone, for its stream",
                 "[stream]") {
  CreateActive("orders", 2);
  const std::string token = catalog_->ListShards({"orders", "", 1, ""})->next_token;
  CHECK(ReasonOf(catalog_->ListShards({"orders", token, 1, ""}).status()) ==
        ErrorReason::kInvalidArgument);
  CHECK(ReasonOf(catalog_->ListShards({"", token, 1, "shardId-000000000000"}).status()) ==
        ErrorReason::kInvalidArgument);
  CHECK(ReasonOf(catalog_->ListShards({"", "", 1, ""}).status()) == ErrorReason::kInvalidArgument);
  CHECK(ReasonOf(catalog_->ListShards({"", "nonsense", 1, ""}).status()) ==
        ErrorReason::kInvalidArgument);

  clock_.AdvanceMs(kNextTokenLifetimeMs);
  CHECK(catalog_->ListShards({"", token, 1, ""}).ok());
  REQUIRE(Restart().ok());
  CHECK(catalog_->ListShards({"", token, 1, ""}).ok());
  clock_.AdvanceMs(1);
  const absl::Status expired = catalog_->ListShards({"", token, 1, ""}).status();
  CHECK(ReasonOf(expired) == ErrorReason::kExpiredNextToken);
  CHECK_THAT(std::string(expired.message()), ContainsSubstring("300000 ms"));

  // A stream of the same name is another stream.
  const std::string fresh = catalog_->ListShards({"orders", "", 1, ""})->next_token;
  REQUIRE(Delete("orders").ok());
  REQUIRE(WaitForStatus("orders", std::nullopt));
  CreateActive("orders", 2);
  CHECK(ReasonOf(catalog_->ListShards({"", fresh, 1, ""}).status()) ==
        ErrorReason::kStreamNotFound);
}

TEST_CASE_METHOD(CatalogFixture, "a stopped catalog refuses changes", "[stream]") {
  catalog_->Stop();
  catalog_->Stop();
  CHECK(ReasonOf(Create({"orders"})) == ErrorReason::kShuttingDown);
  CHECK(ReasonOf(Delete("orders")) == ErrorReason::kShuttingDown);
}

}  // namespace
}  // namespace penstock::broker
