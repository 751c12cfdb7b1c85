#include "broker/stream/consumer_registry.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"
#include "common/limits.h"
#include "tests/support/settings_fixture.h"

namespace penstock::broker {
namespace {

using testing::SettingsFixture;

constexpr int64_t kStartMs = SettingsFixture::kStartMs;

std::vector<std::string> NamesOf(const ConsumerPage& page) {
  std::vector<std::string> names;
  for (const ConsumerInfo& consumer : page.consumers) names.push_back(consumer.name);
  return names;
}

StreamConfig Orders() {
  StreamConfig config;
  config.name = "orders";
  return config;
}

TEST_CASE("a stream takes so many consumers and no more", "[stream]") {
  struct Case {
    bool committed;
    size_t max;
    const char* message;
  };
  for (const Case& limit :
       std::vector<Case>{{false, 20, "stream orders has 20 consumers; it takes no more than 20"},
                         {true, 50, "stream orders has 50 consumers; it takes no more than 50"}}) {
    StreamConfig config = Orders();
    for (size_t i = 0; i < limit.max; ++i) {
      REQUIRE(
          AddConsumer({"orders", "c" + std::to_string(i), {}}, limit.committed, kStartMs, config)
              .ok());
    }
    const absl::Status refused =
        AddConsumer({"orders", "more", {}}, limit.committed, kStartMs, config);
    CHECK(ReasonOf(refused) == ErrorReason::kLimitExceeded);
    CHECK(refused.message() == limit.message);
    REQUIRE(RemoveConsumer("c3", config).ok());
    CHECK(AddConsumer({"orders", "more", {}}, limit.committed, kStartMs, config).ok());
    CHECK(config.consumers.size() == limit.max);
  }
}

TEST_CASE("consumer names and tags are checked", "[stream]") {
  StreamConfig config = Orders();
  for (const std::string& name :
       {std::string("AZaz09_.-"), std::string(127, 'n'), std::string(128, 'n')}) {
    CHECK(AddConsumer({"orders", name, {}}, false, kStartMs, config).ok());
  }
  const auto error = [&](const RegisterConsumerSpec& spec, std::string_view field) {
    const absl::Status status = AddConsumer(spec, false, kStartMs, config);
    CHECK(ReasonOf(status) == ErrorReason::kInvalidArgument);
    CHECK(FieldOf(status) == field);
    return std::string(status.message());
  };
  CHECK(error({"orders", "", {}}, "consumer_name") == "consumer_name is empty");
  CHECK(error({"orders", std::string(129, 'n'), {}}, "consumer_name") ==
        "consumer_name has 129 characters, more than 128");
  CHECK(error({"orders", "a b", {}}, "consumer_name") ==
        "consumer_name 'a b' has other characters than letters, digits, '_', '.' and '-'");
  CHECK(error({"orders", "a", {{"", ""}}}, "tags[0].key") == "tags[0].key is empty");
  CHECK(FieldOf(RemoveConsumer("a b", config)) == "consumer_name");
  CHECK(config.consumers.size() == 3);
}

TEST_CASE("a name that is registered again is another consumer", "[stream]") {
  StreamConfig config = Orders();
  const auto add = [&](const std::string& name, int64_t now_ms) {
    REQUIRE(AddConsumer({"orders", name, {}}, false, now_ms, config).ok());
    for (const ConsumerInfo& consumer : config.consumers) {
      if (consumer.name == name) return consumer.creation_timestamp_ms;
    }
    return int64_t{-1};
  };
  CHECK(add("a", 10'999) == 10'000);
  CHECK(add("b", 10'999) == 10'000);
  REQUIRE(RemoveConsumer("a", config).ok());
  // In the same second, and with a clock that went back.
  CHECK(add("a", 10'999) == 11'000);
  REQUIRE(RemoveConsumer("a", config).ok());
  CHECK(add("a", 5'000) == 12'000);
  REQUIRE(RemoveConsumer("b", config).ok());
  REQUIRE(RemoveConsumer("a", config).ok());
  CHECK(add("b", 60'000) == 60'000);
}

TEST_CASE_METHOD(SettingsFixture, "a consumer's life", "[stream]") {
  CreateActive("orders");
  clock_.SetMs(kStartMs + 1'234);
  const auto audit = Register("orders", "audit", {{"team", "ops"}});
  REQUIRE(audit.ok());
  CHECK(audit->name == "audit");
  CHECK(audit->creation_timestamp_ms == kStartMs + 1'000);
  REQUIRE(Register("orders", "Zoo").ok());
  CHECK(NamesOf(*consumers().List({"orders", "", 0, {}})) ==
        std::vector<std::string>{"Zoo", "audit"});
  const absl::Status again = Register("orders", "audit").status();
  CHECK(ReasonOf(again) == ErrorReason::kConsumerAlreadyExists);
  CHECK(again.message() == "consumer audit of stream orders already exists");

  REQUIRE(Restart().ok());
  const auto described = consumers().Describe("orders", "audit");
  REQUIRE(described.ok());
  CHECK(described->creation_timestamp_ms == kStartMs + 1'000);
  CHECK(described->tags == Tags{{"team", "ops"}});

  REQUIRE(Deregister("orders", "audit").ok());
  CHECK((*catalog_->Find("orders"))->FindConsumer("audit") == nullptr);
  const absl::Status gone = Deregister("orders", "audit");
  CHECK(ReasonOf(gone) == ErrorReason::kConsumerNotFound);
  CHECK(gone.message() == "consumer audit of stream orders does not exist");
  CHECK(ReasonOf(consumers().Describe("orders", "audit").status()) ==
        ErrorReason::kConsumerNotFound);
  // Also across a restart it is another one.
  REQUIRE(Restart().ok());
  CHECK(Register("orders", "audit")->creation_timestamp_ms == kStartMs + 2'000);
}

TEST_CASE_METHOD(SettingsFixture, "who watches a stream sees its consumers come and go",
                 "[stream]") {
  CreateActive("orders");
  auto seen = *catalog_->Find("orders");
  bool told = false;
  CHECK(catalog_->WaitForNewer(*seen, [&] { told = true; }) != 0);
  REQUIRE(Register("orders", "audit").ok());
  CHECK(told);
  seen = *catalog_->Find("orders");
  CHECK(seen->FindConsumer("audit") != nullptr);
  told = false;
  CHECK(catalog_->WaitForNewer(*seen, [&] { told = true; }) != 0);
  REQUIRE(Deregister("orders", "audit").ok());
  CHECK(told);
}

TEST_CASE_METHOD(SettingsFixture, "fifty consumers need the commitment", "[stream]") {
  CreateActive("orders");
  for (int i = 0; i < 20; ++i) REQUIRE(Register("orders", "c" + std::to_string(i)).ok());
  CHECK(ReasonOf(Register("orders", "more").status()) == ErrorReason::kLimitExceeded);
  REQUIRE(Commit(CommitmentStatus::kEnabled).ok());
  CHECK(Register("orders", "more").ok());
}

TEST_CASE_METHOD(SettingsFixture, "consumers need a stream that serves", "[stream]") {
  CHECK(ReasonOf(Register("none", "a").status()) == ErrorReason::kStreamNotFound);
  CHECK(ReasonOf(Register("a b", "a").status()) == ErrorReason::kInvalidArgument);
  CHECK(ReasonOf(Deregister("none", "a")) == ErrorReason::kStreamNotFound);
  CHECK(ReasonOf(consumers().Describe("none", "a").status()) == ErrorReason::kStreamNotFound);
  CHECK(FieldOf(consumers().Describe("orders", "a b").status()) == "consumer_name");
  shards_.HoldAfter(0);
  REQUIRE(Create({"orders"}).ok());
  CHECK(ReasonOf(Register("orders", "a").status()) == ErrorReason::kStreamNotActive);
  shards_.Release();
  REQUIRE(WaitForStatus("orders", StreamStatus::kActive));
  CHECK(Register("orders", "a").ok());
}

TEST_CASE_METHOD(SettingsFixture, "consumers are listed a page at a time", "[stream]") {
  CreateActive("orders");
  for (const char* name : {"c", "a", "e", "b", "d"}) REQUIRE(Register("orders", name).ok());
  std::vector<std::string> names;
  ListConsumersQuery query{"orders", "", 2, {}};
  int pages = 0;
  do {
    const auto page = consumers().List(query);
    REQUIRE(page.ok());
    CHECK(page->stream->config().name == "orders");
    for (const std::string& name : NamesOf(*page)) names.push_back(name);
    query = {"", page->next_token, 2, {}};
    ++pages;
  } while (!query.next_token.empty());
  CHECK(pages == 3);
  CHECK(names == std::vector<std::string>{"a", "b", "c", "d", "e"});
  CHECK(consumers().List({"orders", "", 5, {}})->next_token.empty());
  CHECK_FALSE(consumers().List({"orders", "", 4, {}})->next_token.empty());
  CHECK(consumers().List({"orders", "", 10'000, {}}).ok());
  const absl::Status large = consumers().List({"orders", "", 10'001, {}}).status();
  CHECK(large.message() == "max_results is 10001, more than 10000");
  CHECK(FieldOf(large) == "max_results");
}

TEST_CASE_METHOD(SettingsFixture, "pages of consumers belong to one stream", "[stream]") {
  CreateActive("orders");
  REQUIRE(Register("orders", "a").ok());
  REQUIRE(Register("orders", "b").ok());
  CHECK(consumers().List({"orders", "", 1, kStartMs}).ok());
  const absl::Status other = consumers().List({"orders", "", 1, kStartMs + 1}).status();
  CHECK(ReasonOf(other) == ErrorReason::kStreamNotFound);
  CHECK(other.message() ==
        "stream orders that was created at 1700000000001 ms does not exist; the one there was "
        "created at 1700000000000 ms");
  CHECK(FieldOf(consumers().List({"", "", 1, {}}).status()) == "stream_name");

  const std::string token = consumers().List({"orders", "", 1, {}})->next_token;
  CHECK(FieldOf(consumers().List({"orders", token, 1, {}}).status()) == "stream_name");
  CHECK(FieldOf(consumers().List({"", token, 1, kStartMs}).status()) ==
        "stream_creation_timestamp_ms");
  CHECK(FieldOf(consumers().List({"", "nonsense", 1, {}}).status()) == "next_token");
  clock_.AdvanceMs(kNextTokenLifetimeMs);
  CHECK(NamesOf(*consumers().List({"", token, 1, {}})) == std::vector<std::string>{"b"});
  clock_.AdvanceMs(1);
  CHECK(ReasonOf(consumers().List({"", token, 1, {}}).status()) == ErrorReason::kExpiredNextToken);

  const std::string fresh = consumers().List({"orders", "", 1, {}})->next_token;
  REQUIRE(Delete("orders", /*enforce_consumer_deletion=*/true).ok());
  REQUIRE(WaitForStatus("orders", std::nullopt));
  CreateActive("orders");
  CHECK(ReasonOf(consumers().List({"", fresh, 1, {}}).status()) == ErrorReason::kStreamNotFound);
}

TEST_CASE_METHOD(SettingsFixture, "a stream with consumers is deleted with them or not at all",
                 "[stream]") {
  CreateActive("orders");
  REQUIRE(Register("orders", "a").ok());
  const absl::Status refused = Delete("orders");
  CHECK(ReasonOf(refused) == ErrorReason::kStreamHasConsumers);
  CHECK(refused.message() ==
        "stream orders has 1 consumers and enforce_consumer_deletion is not set");
  CHECK(StatusOf("orders") == StreamStatus::kActive);
  shards_.HoldAfter(0);
  REQUIRE(Delete("orders", /*enforce_consumer_deletion=*/true).ok());
  CHECK((*catalog_->Find("orders"))->FindConsumer("a") == nullptr);
  CHECK(ReasonOf(Register("orders", "b").status()) == ErrorReason::kStreamNotActive);
  CHECK(ReasonOf(Deregister("orders", "a")) == ErrorReason::kConsumerNotFound);
  shards_.Release();
  CHECK(WaitForStatus("orders", std::nullopt));
}

}  // namespace
}  // namespace penstock::broker
