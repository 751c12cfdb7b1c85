// Callers of penstock.v1.Records: the stub of the generated code, over a message made beforehand.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "bench/kinesis/caller.h"
#include "bench/kinesis/test_records.h"

namespace penstock::bench {

// Connections to a broker, one a caller or shared by several. Thread-safe.
class GrpcConnections {
 public:
  GrpcConnections(const std::string& endpoint, size_t count);
  ~GrpcConnections();
  GrpcConnections(const GrpcConnections&) = delete;
  GrpcConnections& operator=(const GrpcConnections&) = delete;

  std::unique_ptr<Caller> NewPutRecords(size_t caller, const std::string& stream,
                                        const std::vector<TestRecord>& records);
  std::unique_ptr<Caller> NewPutRecord(size_t caller, const std::string& stream,
                                       const TestRecord& record);
  std::unique_ptr<Caller> NewGetRecords(size_t caller, const std::string& iterator, size_t limit);

 private:
  struct Connection;

  std::vector<std::shared_ptr<Connection>> connections_;
};

}  // namespace penstock::bench
