// BrokerProcess: the real penstockd, on a free port of the loopback, with its log in a file.
//
//   TempDirectory temp;
//   auto broker = BrokerProcess::Start({.work_dir = temp.path()});   // data in work_dir/data
//   ... (*broker)->endpoint() ...
//   CHECK((*broker)->Terminate() == ExitStatus{.code = 0});
//   broker = BrokerProcess::Start({.work_dir = temp.path()});        // the same data
//
// The program is that of the environment's PENSTOCKD, otherwise the one of the same build. It dies
// with the object. Not thread-safe, but Kill9 may come from another thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "tests/support/child_process.h"

namespace penstock::test {

struct BrokerOptions {
  // For what the broker writes beside its data: log and endpoint file.
  std::filesystem::path work_dir;
  // Empty: "data" in work_dir.
  std::filesystem::path data_dir = {};
  std::vector<std::string> more_flags = {};
};

class BrokerProcess {
 public:
  // Returns when it is up. The error says with what it ended, if it did, and the end of its log.
  static absl::StatusOr<std::unique_ptr<BrokerProcess>> Start(const BrokerOptions& options);

  // Runs it to its end, for what must not start.
  static RunResult RunToEnd(const std::vector<std::string>& flags, Environment environment = {});

  // "127.0.0.1:<port>".
  const std::string& endpoint() const { return endpoint_; }
  const std::string& admin_endpoint() const { return admin_endpoint_; }
  const std::string& kinesis_endpoint() const { return kinesis_endpoint_; }
  int pid() const { return process_.pid(); }
  const std::filesystem::path& data_dir() const { return data_dir_; }
  std::string Log() const;

  // As a power loss would end the process; what it had written to the system stays.
  void Kill9();
  // SIGTERM, and how it ended; nothing if it has not ended after half a minute.
  std::optional<ExitStatus> Terminate();
  std::optional<ExitStatus> WaitFor(std::chrono::milliseconds timeout) {
    return process_.WaitFor(timeout);
  }

 private:
  BrokerProcess(const BrokerOptions& options, const std::filesystem::path& data_dir);

  absl::Status WaitUntilUp();

  const std::filesystem::path data_dir_;
  const std::filesystem::path endpoint_file_;
  const std::filesystem::path log_file_;
  std::string endpoint_;
  std::string admin_endpoint_;
  std::string kinesis_endpoint_;
  ChildProcess process_;
};

}  // namespace penstock::test
