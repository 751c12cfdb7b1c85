#include "broker/aws/aws_error.h"

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"

namespace penstock::broker {
namespace {

TEST_CASE("an error of the protocol has its type and is the caller's fault", "[aws]") {
  const absl::Status status = MakeAwsError("SerializationException", "no JSON");
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  const AwsError error = AwsErrorOf(status);
  CHECK(error.type == "SerializationException");
  CHECK(error.message == "no JSON");
  CHECK(error.http_status == 400);
}

TEST_CASE("an error of the table has the name that AWS gives it", "[aws]") {
  const AwsError error = AwsErrorOf(MakeError(ErrorReason::kStreamNotFound, "no stream s"));
  CHECK(error.type == "ResourceNotFoundException");
  CHECK(error.message == "no stream s");
  CHECK(error.http_status == 400);
  CHECK(AwsErrorOf(MakeError(ErrorReason::kWrongStreamMode, "")).type == "ValidationException");
  CHECK(AwsErrorOf(MakeError(ErrorReason::kDryRun, "")).type == "DryRunOperationException");
}

TEST_CASE("one name has no suffix", "[aws]") {
  const AwsError error = AwsErrorOf(MakeError(ErrorReason::kKmsOptInRequired, ""));
  CHECK(error.type == "KMSOptInRequired");
  CHECK(error.http_status == 400);
}

TEST_CASE("what is the broker's fault is a 500", "[aws]") {
  for (const ErrorReason reason : {ErrorReason::kInternalFailure, ErrorReason::kStorageFailed,
                                   ErrorReason::kShuttingDown, ErrorReason::kCorruptRecords}) {
    const AwsError error = AwsErrorOf(MakeError(reason, "broken"));
    CHECK(error.type == "InternalFailureException");
    CHECK(error.http_status == 500);
  }
  CHECK(AwsErrorOf(absl::InternalError("not from the table")).http_status == 500);
  CHECK(AwsErrorOf(MakeAwsError("InternalFailure", "")).http_status == 500);
}

}  // namespace
}  // namespace penstock::broker
