#include "client/rpc/error_status.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "penstock/errors.h"
#include "tests/unit/client/fake_broker.h"

namespace penstock::rpc {
namespace {

using test::ErrorWith;

TEST_CASE("an error keeps its code, and says which call failed and why") {
  const absl::Status error = ToAbslStatus({grpc::StatusCode::NOT_FOUND, "no stream"},
                                          CallKind::kRead, "DescribeStream orders");
  CHECK(absl::IsNotFound(error));
  CHECK(std::string(error.message()) == "DescribeStream orders: no stream");
  CHECK(ToAbslStatus(grpc::Status::OK, CallKind::kRead, "DescribeStream").ok());
}

TEST_CASE("reason, outcome and retry delay come from the details") {
  const grpc::Status status = ErrorWith(grpc::StatusCode::RESOURCE_EXHAUSTED,
                                        {"OVERLOADED", "not_applied", absl::Milliseconds(1'250)});
  const ErrorDetails details =
      GetErrorDetails(ToAbslStatus(status, CallKind::kMutation, "PutRecords"));
  CHECK(details.reason == "OVERLOADED");
  CHECK_FALSE(details.outcome_unknown);
  CHECK(details.retry_delay == absl::Milliseconds(1'250));
}

TEST_CASE("a mutation without details may have been applied") {
  for (const grpc::StatusCode code :
       {grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::DEADLINE_EXCEEDED,
        grpc::StatusCode::CANCELLED, grpc::StatusCode::INTERNAL}) {
    const ErrorDetails details =
        GetErrorDetails(ToAbslStatus({code, "gone"}, CallKind::kMutation, "PutRecord"));
    CHECK(details.outcome_unknown);
    CHECK(details.reason.empty());
    CHECK_FALSE(GetErrorDetails(ToAbslStatus({code, "gone"}, CallKind::kRead, "GetRecords"))
                    .outcome_unknown);
  }
}

TEST_CASE("a mutation that the broker does not know was not applied") {
  const absl::Status error = ToAbslStatus({grpc::StatusCode::UNIMPLEMENTED, "no such method"},
                                          CallKind::kMutation, "PutRecord");
  CHECK_FALSE(GetErrorDetails(error).outcome_unknown);
}

TEST_CASE("an outcome that the broker leaves unknown counts for mutations alone") {
  const grpc::Status status =
      ErrorWith(grpc::StatusCode::UNAVAILABLE, {"STORAGE_FAILED", "unknown"});
  CHECK(GetErrorDetails(ToAbslStatus(status, CallKind::kMutation, "PutRecord")).outcome_unknown);
  const ErrorDetails read = GetErrorDetails(ToAbslStatus(status, CallKind::kRead, "GetRecords"));
  CHECK_FALSE(read.outcome_unknown);
  CHECK(read.reason == "STORAGE_FAILED");
}

TEST_CASE("details that cannot be read, or are another's, count as none") {
  const grpc::Status garbage(grpc::StatusCode::UNAVAILABLE, "gone", "\xff\xff no message");
  CHECK(GetErrorDetails(ToAbslStatus(garbage, CallKind::kMutation, "PutRecord")).outcome_unknown);
  const grpc::Status foreign = ErrorWith(grpc::StatusCode::UNAVAILABLE,
                                         {"PROXY", "not_applied", std::nullopt, "example.com"});
  const ErrorDetails details =
      GetErrorDetails(ToAbslStatus(foreign, CallKind::kMutation, "PutRecord"));
  CHECK(details.outcome_unknown);
  CHECK(details.reason.empty());
}

TEST_CASE("a retry delay below zero counts as none") {
  const grpc::Status status = ErrorWith(grpc::StatusCode::RESOURCE_EXHAUSTED,
                                        {"OVERLOADED", "not_applied", -absl::Seconds(5)});
  CHECK_FALSE(
      GetErrorDetails(ToAbslStatus(status, CallKind::kRead, "GetRecords")).retry_delay.has_value());
}

TEST_CASE("OK has no details, nor has a status from elsewhere") {
  CHECK(GetErrorDetails(absl::OkStatus()).reason.empty());
  const ErrorDetails details = GetErrorDetails(absl::UnavailableError("from elsewhere"));
  CHECK(details.reason.empty());
  CHECK_FALSE(details.outcome_unknown);
}

TEST_CASE("an error of the client's own was not applied") {
  const ErrorDetails details = GetErrorDetails(InvalidArgumentError("wrong"));
  CHECK(details.reason == "INVALID_ARGUMENT");
  CHECK_FALSE(details.outcome_unknown);
}

TEST_CASE("names must be ASCII") {
  CHECK(RequireAscii("stream_name", "orders-1").ok());
  const absl::Status error = RequireAscii("stream_name",
                                          "gr\xc3\xbc"
                                          "n");
  CHECK(std::string(error.message()) == "stream_name 'gr\\xc3\\xbcn' is not ASCII");
}

TEST_CASE("the field that an error is about is told") {
  google::rpc::BadRequest bad_request;
  bad_request.add_field_violations()->set_field("records[3].partition_key");
  google::rpc::Status details;
  details.add_details()->PackFrom(bad_request);
  const grpc::Status status(grpc::StatusCode::INVALID_ARGUMENT, "too long",
                            details.SerializeAsString());
  CHECK(GetErrorDetails(ToAbslStatus(status, CallKind::kMutation, "Put")).field ==
        "records[3].partition_key");
  CHECK(GetErrorDetails(absl::InvalidArgumentError("too long")).field.empty());
}

TEST_CASE("what an earlier try may have done stays unknown") {
  absl::Status refused = ToAbslStatus(
      test::ErrorWith(grpc::StatusCode::RESOURCE_EXHAUSTED, {"OVERLOADED", "not_applied"}),
      CallKind::kIdempotentMutation, "Put");
  CHECK_FALSE(GetErrorDetails(refused).outcome_unknown);
  CarryOutcome(false, &refused);
  CHECK_FALSE(GetErrorDetails(refused).outcome_unknown);
  CarryOutcome(true, &refused);
  CHECK(GetErrorDetails(refused).outcome_unknown);
  CHECK(GetErrorDetails(refused).reason == "OVERLOADED");
  absl::Status bare = absl::UnavailableError("gone");
  CarryOutcome(true, &bare);
  CHECK(GetErrorDetails(bare).outcome_unknown);
}

}  // namespace
}  // namespace penstock::rpc
