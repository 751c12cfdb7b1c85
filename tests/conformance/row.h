// Row: one call of the conformance table: an operation, what is sent through each door, and what
// must come of it.
//
// Inputs are JSON with placeholders: "${name}" stands for what an earlier row kept under that name,
// each door for itself, as sequence numbers and consumers' ARNs differ between doors; "${arn}" for
// the ARN of a stream without its name; "${now_ms}", "${now_s}", "${later_ms}", "${later_s}" for
// the broker's time and an hour after it. A plain value.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/error.h"

namespace penstock::conformance {

class BrokerUnderTest;

// What a row keeps of its answer: JSON pointers into what each door gives.
struct Kept {
  std::string name;
  std::string aws;
  std::string grpc;
};

struct Row {
  std::string operation;
  // Members as Kinesis names them; blobs in base64, times in seconds.
  std::string aws;
  // Fields as penstock.v1 names them. Empty: gRPC has no such call.
  std::string grpc;
  // Absent: it succeeds.
  std::optional<ErrorReason> error;
  // The type of the error on the AWS wire; empty: that of the table in common/error.h.
  std::string aws_error;
  std::vector<Kept> kept;
  // By how much the broker's clock goes on before the call. A second, so that no limit per second
  // is met by accident.
  int64_t advance_ms = 1'000;
  // Called before the clock goes on. May be empty.
  std::function<void(BrokerUnderTest&)> before;

  Row& Keep(std::string name, std::string of_aws, std::string of_grpc) {
    kept.push_back({std::move(name), std::move(of_aws), std::move(of_grpc)});
    return *this;
  }
  Row& After(int64_t ms) {
    advance_ms = ms;
    return *this;
  }
  Row& Before(std::function<void(BrokerUnderTest&)> action) {
    before = std::move(action);
    return *this;
  }
};

inline Row Succeeds(std::string operation, std::string aws, std::string grpc) {
  Row row;
  row.operation = std::move(operation);
  row.aws = std::move(aws);
  row.grpc = std::move(grpc);
  return row;
}

inline Row Fails(ErrorReason error, std::string operation, std::string aws, std::string grpc) {
  Row row = Succeeds(std::move(operation), std::move(aws), std::move(grpc));
  row.error = error;
  return row;
}

// What the model's own rules refuse before the operation sees it.
inline Row FailsModel(std::string operation, std::string aws, std::string grpc) {
  Row row =
      Fails(ErrorReason::kInvalidArgument, std::move(operation), std::move(aws), std::move(grpc));
  row.aws_error = "ValidationException";
  return row;
}

}  // namespace penstock::conformance
