#include "broker/stream/page_token.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "common/clock.h"
#include "common/error.h"
#include "common/limits.h"

namespace penstock::broker {
namespace {

constexpr auto kStreams = TokenPurpose::kListStreams;
constexpr auto kConsumers = TokenPurpose::kListConsumers;

class PageTokenFixture {
 protected:
  absl::StatusOr<NameCursor> Open(TokenPurpose purpose, std::string_view token) {
    return OpenNameCursor(tokens_, purpose, token, clock_.NowMs());
  }

  ManualClock clock_{1'000};
  TokenCodec tokens_{std::string(TokenCodec::kKeyBytes, 'k'), clock_};
};

TEST_CASE_METHOD(PageTokenFixture, "a cursor comes back as it was", "[stream]") {
  for (const std::string& name : {std::string(), std::string("a"), std::string(128, 'n')}) {
    const auto cursor =
        Open(kConsumers, SealNameCursor(tokens_, kConsumers, {StreamId(0x0102030405060708), name}));
    REQUIRE(cursor.ok());
    CHECK(cursor->stream == StreamId(0x0102030405060708));
    CHECK(cursor->after == name);
  }
}

TEST_CASE_METHOD(PageTokenFixture, "a page token holds for five minutes", "[stream]") {
  const std::string token = SealNameCursor(tokens_, kStreams, {StreamId(), "a"});
  clock_.AdvanceMs(kNextTokenLifetimeMs - 1);
  CHECK(Open(kStreams, token).ok());
  clock_.AdvanceMs(1);
  CHECK(Open(kStreams, token).ok());
  clock_.AdvanceMs(1);
  const absl::Status expired = Open(kStreams, token).status();
  CHECK(ReasonOf(expired) == ErrorReason::kExpiredNextToken);
  CHECK(FieldOf(expired) == "next_token");
  CHECK(expired.message() ==
        "next_token was issued at 1000 ms and it is now 301001 ms: older than the tolerated 300000 "
        "ms");
}

TEST_CASE_METHOD(PageTokenFixture, "what is no page token of this kind is refused", "[stream]") {
  const std::string token = SealNameCursor(tokens_, kStreams, {StreamId(), "a"});
  for (const std::string& wrong : {std::string(), std::string("x"), token + "A", "A" + token,
                                   tokens_.Seal(kStreams, "short"), std::string(1'000, 'A')}) {
    const absl::Status refused = Open(kStreams, wrong).status();
    CHECK(ReasonOf(refused) == ErrorReason::kInvalidArgument);
    CHECK(FieldOf(refused) == "next_token");
  }
  CHECK_FALSE(Open(kConsumers, token).ok());
}

}  // namespace
}  // namespace penstock::broker
