// Other servers of the Kinesis API, as npm has them: kinesalite and kinesis-mock (kinesis-local).
//
// Installed once, with pinned versions, into a folder of the build; each is then started on a free
// port of the loopback, with a stream of four shards in memory. Used by one thread; what they do
// wrong is an error, not a CHECK: they are not ours.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "bench/kinesis/caller.h"
#include "bench/kinesis/workload.h"
#include "tests/support/child_process.h"

namespace penstock::bench {

class Oracle {
 public:
  // "kinesalite 3.3.3".
  const std::string& name() const { return name_; }
  int pid() const { return process_->pid(); }
  // PutRecords of JSON over HTTP/1.1.
  std::vector<std::unique_ptr<Caller>> NewCallers(const Workload& workload) const;

 private:
  friend absl::StatusOr<std::vector<Oracle>> StartOracles(const std::string& folder);

  static absl::StatusOr<Oracle> Start(std::string name, const std::string& script,
                                      std::vector<std::string> arguments,
                                      const std::string& port_variable,
                                      const std::string& tls_port_variable);

  std::string name_;
  uint16_t port_ = 0;
  std::unique_ptr<test::ChildProcess> process_;
};

// UNAVAILABLE: there is no npm here, or it could not install them.
absl::StatusOr<std::vector<Oracle>> StartOracles(const std::string& folder);

}  // namespace penstock::bench
