#include "broker/stream/account_settings.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"
#include "tests/support/settings_fixture.h"

namespace penstock::broker {
namespace {

using testing::SettingsFixture;

constexpr auto kEnabled = CommitmentStatus::kEnabled;
constexpr auto kDisabled = CommitmentStatus::kDisabled;
constexpr auto kEnding = CommitmentStatus::kEnabledUntilEarliestAllowedEnd;
constexpr int64_t kDayMs = AccountSettings::kCommitmentMs;

TEST_CASE_METHOD(SettingsFixture, "there is no commitment to begin with", "[stream]") {
  const Commitment commitment = account_->commitment();
  CHECK(commitment.status == kDisabled);
  CHECK_FALSE(commitment.started_at_ms);
  CHECK_FALSE(commitment.ended_at_ms);
  CHECK_FALSE(commitment.earliest_allowed_end_at_ms);
  CHECK_FALSE(account_->committed());
}

TEST_CASE_METHOD(SettingsFixture, "a commitment ends at once when a day has gone by", "[stream]") {
  const auto enabled = Commit(kEnabled);
  REQUIRE(enabled.ok());
  CHECK(enabled->status == kEnabled);
  CHECK(enabled->started_at_ms == kStartMs);
  CHECK(enabled->earliest_allowed_end_at_ms == kStartMs + kDayMs);
  CHECK_FALSE(enabled->ended_at_ms);
  CHECK(account_->committed());
  clock_.AdvanceMs(kDayMs);
  CHECK(account_->commitment().status == kEnabled);
  const auto disabled = Commit(kDisabled);
  REQUIRE(disabled.ok());
  CHECK(disabled->status == kDisabled);
  CHECK(disabled->started_at_ms == kStartMs);
  CHECK(disabled->ended_at_ms == kStartMs + kDayMs);
  CHECK_FALSE(disabled->earliest_allowed_end_at_ms);
  CHECK_FALSE(account_->committed());
}

TEST_CASE_METHOD(SettingsFixture, "disabled earlier, a commitment ends when the day has gone by",
                 "[stream]") {
  REQUIRE(Commit(kEnabled).ok());
  clock_.AdvanceMs(kDayMs - 1);
  const auto ending = Commit(kDisabled);
  REQUIRE(ending.ok());
  CHECK(ending->status == kEnding);
  CHECK(ending->started_at_ms == kStartMs);
  CHECK(ending->earliest_allowed_end_at_ms == kStartMs + kDayMs);
  CHECK_FALSE(ending->ended_at_ms);
  CHECK(account_->committed());
  REQUIRE(Restart().ok());
  CHECK(account_->commitment().status == kEnding);
  clock_.AdvanceMs(1);
  CHECK(account_->commitment().status == kDisabled);
  CHECK(account_->commitment().ended_at_ms == kStartMs + kDayMs);
  REQUIRE(Restart().ok());
  CHECK_FALSE(account_->committed());
  // A new one begins anew.
  clock_.AdvanceMs(5);
  CHECK(Commit(kEnabled)->started_at_ms == kStartMs + kDayMs + 5);
}

TEST_CASE_METHOD(SettingsFixture, "a commitment that is ending can go on", "[stream]") {
  REQUIRE(Commit(kEnabled).ok());
  clock_.AdvanceMs(1'000);
  REQUIRE(Commit(kDisabled).ok());
  const auto again = Commit(kEnabled);
  REQUIRE(again.ok());
  CHECK(again->status == kEnabled);
  CHECK(again->started_at_ms == kStartMs);
  clock_.AdvanceMs(10 * kDayMs);
  REQUIRE(Restart().ok());
  CHECK(account_->commitment().status == kEnabled);
}

TEST_CASE_METHOD(SettingsFixture, "updates that would change nothing are refused", "[stream]") {
  const auto refused = [this](CommitmentStatus status) {
    const absl::Status update = Commit(status).status();
    CHECK(ReasonOf(update) == ErrorReason::kInvalidArgument);
    CHECK(FieldOf(update) == "minimum_throughput_billing_commitment_status");
    return std::string(update.message().substr(FieldOf(update).size() + 1));
  };
  CHECK(refused(kDisabled) == "is DISABLED already");
  CHECK(refused(kEnding) == "is 3, neither ENABLED nor DISABLED");
  CHECK(refused(CommitmentStatus{}) == "is 0, neither ENABLED nor DISABLED");
  REQUIRE(Commit(kEnabled).ok());
  CHECK(refused(kEnabled) == "is ENABLED already");
  REQUIRE(Commit(kDisabled).ok());
  CHECK(refused(kDisabled) == "is DISABLED already, from 1700086400000 ms on");
}

TEST_CASE_METHOD(SettingsFixture, "a commitment changed by another node is seen", "[stream]") {
  AccountSettings other(*metadata_, pool_.executor(), clock_);
  REQUIRE(other.Start().ok());
  REQUIRE(Commit(kEnabled).ok());
  const auto update = Await<absl::StatusOr<Commitment>>(
      [&](AccountSettings::DoneCallback done) { other.Update(kEnabled, std::move(done)); });
  CHECK(ReasonOf(update.status()) == ErrorReason::kInvalidArgument);
  CHECK(other.committed());
}

TEST_CASE_METHOD(SettingsFixture, "damaged settings stop the start", "[stream]") {
  REQUIRE(metadata_->CompareAndPut("account", "\xff\xff", Revision()).ok());
  CHECK(Restart().code() == absl::StatusCode::kDataLoss);
}

TEST_CASE_METHOD(SettingsFixture, "stopped settings refuse updates", "[stream]") {
  account_->Stop();
  CHECK(ReasonOf(Commit(kEnabled).status()) == ErrorReason::kShuttingDown);
}

}  // namespace
}  // namespace penstock::broker
