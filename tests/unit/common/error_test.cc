#include "common/error.h"

#include <set>
#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock {
namespace {

TEST_CASE("an error keeps its reason, and names are told apart", "[error]") {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(ErrorReason::kInternalFailure); ++i) {
    const auto reason = static_cast<ErrorReason>(i);
    const absl::Status error = MakeError(reason, "what happened");
    CHECK(error.code() == TraitsOf(reason).code);
    CHECK(error.message() == "what happened");
    CHECK(ReasonOf(error) == reason);
    CHECK(ParseErrorReason(TraitsOf(reason).name) == reason);
    CHECK(names.insert(TraitsOf(reason).name).second);
  }
}

TEST_CASE("an error from elsewhere gets the closest reason", "[error]") {
  CHECK(ReasonOf(absl::InvalidArgumentError("x")) == ErrorReason::kInvalidArgument);
  CHECK(ReasonOf(absl::DataLossError("x")) == ErrorReason::kCorruptRecords);
  CHECK(ReasonOf(absl::UnknownError("x")) == ErrorReason::kInternalFailure);
}

TEST_CASE("only what cannot be known is said to be unknown", "[error]") {
  CHECK(TraitsOf(ErrorReason::kStorageFailed).outcome == Outcome::kUnknown);
  CHECK(TraitsOf(ErrorReason::kInternalFailure).outcome == Outcome::kUnknown);
  CHECK(TraitsOf(ErrorReason::kStorageStopped).outcome == Outcome::kNotApplied);
  CHECK(TraitsOf(ErrorReason::kOverloaded).outcome == Outcome::kNotApplied);
}

TEST_CASE("an error keeps the time to wait before the next try", "[error]") {
  const absl::Status error = MakeError(ErrorReason::kThroughputExceeded, "too fast");
  CHECK_FALSE(RetryAfterOf(error).has_value());
  CHECK(RetryAfterOf(WithRetryAfter(error, 0)) == 0);
  const absl::Status later = WithRetryAfter(WithRetryAfter(error, 5), 7'000'000'000);
  CHECK(RetryAfterOf(later) == 7'000'000'000);
  CHECK(ReasonOf(later) == ErrorReason::kThroughputExceeded);
  CHECK(later.message() == "too fast");
}

TEST_CASE("an excerpt is short and printable", "[error]") {
  CHECK(Excerpt("plain") == "plain");
  CHECK(Excerpt(std::string("\n\xff", 2)) == "\\n\\xff");
  CHECK(Excerpt(std::string(64, 'x')) == std::string(64, 'x'));
  CHECK(Excerpt(std::string(65, 'x')) == std::string(64, 'x') + "...");
}

}  // namespace
}  // namespace penstock
