// The brokers that are measured: penstockd as child processes, on folders of their own, so that the
// processor time of broker and client can be told apart.
//
// One verifies no signature; the other has credentials and verifies all of them. Each has a stream
// of four shards to put to; the first has one of a single shard that is full of records to get.
// Without limits on what a shard takes. Used by one thread; what fails is CHECKed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/kinesis/caller.h"
#include "bench/kinesis/grpc_caller.h"
#include "bench/kinesis/workload.h"
#include "tests/support/broker_process.h"

namespace penstock::bench {

class BenchBrokers {
 public:
  // `path`: a folder that is empty.
  explicit BenchBrokers(const std::string& path);

  // Callers of a workload in one way, with fresh connections.
  std::vector<std::unique_ptr<Caller>> NewCallers(const Workload& workload, const Way& way);
  int pid(const Way& way) const { return broker(way).pid(); }

 private:
  std::unique_ptr<Caller> NewGrpcCaller(GrpcConnections& connections, const Workload& workload,
                                        size_t caller) const;
  std::unique_ptr<Caller> NewCaller(const Workload& workload, const Way& way, size_t caller) const;
  test::BrokerProcess& broker(const Way& way) const { return way.verified ? *strict_ : *open_; }

  std::unique_ptr<test::BrokerProcess> open_;
  std::unique_ptr<test::BrokerProcess> strict_;
  // At the first record of the full shard; made anew when it has become old.
  std::string iterator_;
};

}  // namespace penstock::bench
