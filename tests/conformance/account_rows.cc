// The account: its limits and settings, what they allow, and resource policies.

#include "tests/conformance/rows.h"

namespace penstock::conformance {
namespace {

using enum ErrorReason;

Row Commitment(const std::string& status) {
  return Succeeds(
      "UpdateAccountSettings",
      R"({"MinimumThroughputBillingCommitment": {"Status": ")" + status + "\"}}",
      R"({"minimum_throughput_billing_commitment_status": "COMMITMENT_STATUS_)" + status + "\"}");
}

Row CommitmentFails(const std::string& status) {
  Row row = Commitment(status);
  row.error = kInvalidArgument;
  return row;
}

Row Warm(const std::string& stream, int mibps) {
  const std::string number = std::to_string(mibps);
  return Succeeds(
      "UpdateStreamWarmThroughput",
      R"({"StreamName": ")" + stream + R"(", "WarmThroughputMiBps": )" + number + "}",
      R"({"stream_name": ")" + stream + R"(", "warm_throughput_mibps": )" + number + "}");
}

Row WarmFails(ErrorReason error, const std::string& stream, int mibps) {
  Row row = Warm(stream, mibps);
  row.error = error;
  return row;
}

Row Policy(const std::string& operation, const std::string& more) {
  Row row = Succeeds(operation, R"({"ResourceARN": "${arn}orders")" + more + "}", "");
  row.aws_error = "AccessDeniedException";
  return row;
}

}  // namespace

std::vector<Row> AccountRows() {
  return {
      Succeeds("DescribeLimits", "{}", "{}"),
      Succeeds("DescribeAccountSettings", "{}", "{}"),
      CommitmentFails("DISABLED"),
      // Needs the commitment.
      WarmFails(kInvalidArgument, "flights", 16),
      Commitment("ENABLED"),
      CommitmentFails("ENABLED"),
      Succeeds("DescribeAccountSettings", "{}", "{}"),
      Warm("flights", 16),
      Succeeds("DescribeStreamSummary", R"({"StreamName": "flights"})",
               R"({"stream_name": "flights"})"),
      WarmFails(kInvalidArgument, "flights", 10'241),
      WarmFails(kWrongStreamMode, "orders", 16),
      WarmFails(kStreamNotFound, "nowhere", 16),
      Commitment("DISABLED"),
      CommitmentFails("DISABLED"),
      Succeeds("DescribeAccountSettings", "{}", "{}"),
      FailsModel("UpdateAccountSettings",
                 R"({"MinimumThroughputBillingCommitment": {"Status": "MAYBE"}})",
                 R"({"minimum_throughput_billing_commitment_status": 9})"),
      Policy("GetResourcePolicy", ""),
      Policy("DeleteResourcePolicy", ""),
      Policy("PutResourcePolicy", R"(, "Policy": "{}")"),
  };
}

}  // namespace penstock::conformance
