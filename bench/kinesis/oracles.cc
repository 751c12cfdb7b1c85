#include "bench/kinesis/oracles.h"

#include <arpa/inet.h>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "bench/kinesis/http_callers.h"
#include "bench/kinesis/request_bodies.h"
#include "bench/kinesis/test_records.h"
#include "common/status_macros.h"

namespace penstock::bench {
namespace {

using broker::AwsFormat;

constexpr char kKinesaliteVersion[] = "3.3.3";
constexpr char kKinesisLocalVersion[] = "0.6.2";
constexpr char kStream[] = "put";
constexpr size_t kShards = 4;
constexpr std::chrono::minutes kInstallPatience(3);
constexpr std::chrono::seconds kStartPatience(60);
constexpr std::chrono::milliseconds kLookInterval(100);

// Free when this was called; the servers cannot choose one by themselves. 0 if there is none.
uint16_t FreePort() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof(address);
  const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), bytes) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &bytes) == 0;
  test::Descriptor(socket).Close();
  return bound ? ntohs(address.sin_port) : uint16_t{0};
}

absl::Status Install(const std::string& folder) {
  if (std::filesystem::exists(folder + "/node_modules/kinesis-local/main.js"))
    return absl::OkStatus();
  std::filesystem::create_directories(folder);
  // Scripts of packages are not run: what they would build is for storage on disk.
  const test::RunResult result =
      test::RunToEnd({"/bin/sh", "-c",
                      absl::StrCat("exec npm install --prefix \"$0\" --ignore-scripts --no-audit "
                                   "--no-fund --save-exact kinesalite@",
                                   kKinesaliteVersion, " kinesis-local@", kKinesisLocalVersion),
                      folder},
                     "", {}, kInstallPatience);
  if (result.status == test::ExitStatus{.code = 0}) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("npm cannot install them: ", result.errors));
}

// The body, or nothing while nobody listens.
std::string Ask(uint16_t port, const std::string& operation, std::string body) {
  HttpCallOptions options;
  options.port = port;
  options.operation = operation;
  options.body = std::move(body);
  try {
    return CallOnce(options);
  } catch (const std::runtime_error&) {
    return "";
  }
}

}  // namespace

absl::StatusOr<Oracle> Oracle::Start(std::string name, const std::string& script,
                                     std::vector<std::string> arguments,
                                     const std::string& port_variable,
                                     const std::string& tls_port_variable) {
  Oracle oracle;
  oracle.name_ = std::move(name);
  oracle.port_ = FreePort();
  const std::string port = std::to_string(oracle.port_);
  // Both look for files of their own beside the script.
  const std::filesystem::path path(script);
  std::vector<std::string> command = {"/bin/sh", "-c", "cd \"$0\" && exec node \"$@\"",
                                      path.parent_path().string(), path.filename().string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  test::Environment environment;
  if (port_variable.empty()) {
    command.insert(command.end(), {"--port", port});
  } else {
    environment = {{port_variable, port}, {tls_port_variable, std::to_string(FreePort())}};
  }
  oracle.process_ = std::make_unique<test::ChildProcess>(
      test::ChildOptions{.command = std::move(command), .environment = std::move(environment)});
  const auto deadline = std::chrono::steady_clock::now() + kStartPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    Ask(oracle.port_, "CreateStream", CreateStreamBody(AwsFormat::kJson, kStream, kShards));
    const std::string state =
        Ask(oracle.port_, "DescribeStreamSummary", StreamNameBody(AwsFormat::kJson, kStream));
    if (state.find("ACTIVE") != std::string::npos) return oracle;
    if (oracle.process_->WaitFor(kLookInterval).has_value())
      return absl::UnavailableError(absl::StrCat(oracle.name_, " ended"));
  }
  return absl::UnavailableError(absl::StrCat(oracle.name_, " did not answer in a minute"));
}

std::vector<std::unique_ptr<Caller>> Oracle::NewCallers(const Workload& workload) const {
  std::vector<std::unique_ptr<Caller>> callers;
  for (size_t i = 0; i < workload.callers; ++i) {
    HttpCallOptions options;
    options.port = port_;
    options.operation = "PutRecords";
    options.body = PutRecordsBody(AwsFormat::kJson, kStream,
                                  MakeTestRecords(workload.records, workload.record_bytes, i));
    options.expected_text = NoneFailedText(AwsFormat::kJson);
    callers.push_back(NewHttpCaller(options));
  }
  return callers;
}

absl::StatusOr<std::vector<Oracle>> StartOracles(const std::string& folder) {
  RETURN_IF_ERROR(Install(folder));
  std::vector<Oracle> oracles;
  ASSIGN_OR_RETURN(Oracle kinesalite, Oracle::Start(absl::StrCat("kinesalite ", kKinesaliteVersion),
                                                    folder + "/node_modules/kinesalite/cli.js",
                                                    {"--createStreamMs", "0"}, "", ""));
  oracles.push_back(std::move(kinesalite));
  ASSIGN_OR_RETURN(Oracle mock, Oracle::Start(absl::StrCat("kinesis-mock ", kKinesisLocalVersion),
                                              folder + "/node_modules/kinesis-local/main.js", {},
                                              "KINESIS_MOCK_PLAIN_PORT", "KINESIS_MOCK_TLS_PORT"));
  oracles.push_back(std::move(mock));
  return oracles;
}

}  // namespace penstock::bench
