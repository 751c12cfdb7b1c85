#include "broker/metrics/method_metrics.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

TEST_CASE("method metrics: a result is a code and a reason of the table") {
  CHECK(MethodResult::Of(absl::OkStatus()) == MethodResult::Ok());
  CHECK(MethodResult::Ok().CodeName() == "OK");
  CHECK(MethodResult::Ok().ReasonName().empty());

  const auto gone = MethodResult::Of(MakeError(ErrorReason::kStreamNotFound, "none"));
  CHECK(gone.CodeName() == "NOT_FOUND");
  CHECK(gone.ReasonName() == "STREAM_NOT_FOUND");

  CHECK(MethodResult::Of(absl::CancelledError("gone")) == MethodResult::Cancelled());
  CHECK(MethodResult::Of(absl::DeadlineExceededError("late")) == MethodResult::Cancelled());
  CHECK(MethodResult::Cancelled().CodeName() == "CANCELLED");
  CHECK(MethodResult::Cancelled().ReasonName().empty());

  // Not of the table: the closest that is.
  CHECK(MethodResult::Of(absl::UnknownError("?")).ReasonName() == "INTERNAL_FAILURE");
  // The last of the table has a place too.
  CHECK(MethodResult::Error(ErrorReason::kInternalFailure).CodeName() == "INTERNAL");
}

TEST_CASE("method metrics: calls are counted by result, timed, and seen while under way") {
  ManualClock clock(1'000);
  MethodMetrics metrics(clock);
  MethodMeter& meter = metrics.Get("penstock.v1.Records/PutRecord");
  CHECK(&meter == &metrics.Get("penstock.v1.Records/PutRecord"));

  const MethodCall first(&meter);
  const MethodCall second(&meter);
  CHECK(meter.InFlight() == 2);
  clock.AdvanceMs(3);
  first.End(MethodResult::Ok());
  CHECK(meter.InFlight() == 1);
  clock.AdvanceMs(4);
  second.End(MethodResult::Error(ErrorReason::kOverloaded));
  CHECK(meter.InFlight() == 0);

  const auto counts = meter.Counts();
  REQUIRE(counts.size() == 2);
  CHECK(counts[0].result == MethodResult::Ok());
  CHECK(counts[0].calls == 1);
  CHECK(counts[1].result.ReasonName() == "OVERLOADED");
  CHECK(counts[1].calls == 1);
  CHECK(meter.Duration().count() == 2);
  CHECK(meter.Duration().sum_us == 3'000 + 7'000);
}

TEST_CASE("method metrics: a call without a meter counts nothing, and all methods are listed") {
  MethodMetrics metrics;
  MethodCall(nullptr).End(MethodResult::Ok());
  CHECK(metrics.All().empty());
  metrics.Get("b/B");
  metrics.Get("a/A");
  const auto all = metrics.All();
  REQUIRE(all.size() == 2);
  CHECK(all[0].method == "a/A");
  CHECK(all[1].method == "b/B");
  // There from the start, so that a rate can be made of the first call.
  REQUIRE(all[0].meter->Counts().size() == 1);
  CHECK(all[0].meter->Counts()[0].calls == 0);
}

}  // namespace
}  // namespace penstock::broker
