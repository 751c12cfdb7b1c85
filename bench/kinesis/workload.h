// What is measured: workloads, and the ways in which a client asks the same of the broker.
#pragma once

#include <cstddef>
#include <string>

#include "broker/aws/aws_format.h"

namespace penstock::bench {

enum class WorkloadKind { kPutRecords, kPutRecord, kGetRecords };

struct Workload {
  WorkloadKind kind = WorkloadKind::kPutRecords;
  std::string name;
  // Of a call.
  size_t records = 500;
  size_t record_bytes = 1'000;
  // Each with a connection and one call under way.
  size_t callers = 8;
};

enum class Wire { kGrpc, kHttp1, kHttp2 };

struct Way {
  std::string name;
  Wire wire = Wire::kGrpc;
  // Meant with HTTP.
  broker::AwsFormat format = broker::AwsFormat::kJson;
  // By the broker that has credentials: each signature is verified, over the whole body.
  bool verified = false;
};

}  // namespace penstock::bench
