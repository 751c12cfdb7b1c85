#include "tests/support/broker_process.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <unistd.h>
#include <utility>

#include "absl/strings/str_cat.h"
#include <nlohmann/json.hpp>

#include "common/status_macros.h"

namespace penstock::test {
namespace {

using std::chrono::steady_clock;

// Far beyond what a slow machine needs.
constexpr std::chrono::seconds kPatience(30);
// Between two looks for the endpoint file; the end of the process cuts it short.
constexpr std::chrono::milliseconds kLookInterval(5);
constexpr size_t kLogTailBytes = 4'000;
constexpr std::string_view kVariablePrefix = "PENSTOCK_";

std::string Program() {
  const char* const from_environment = std::getenv("PENSTOCKD");
  return from_environment != nullptr ? from_environment : PENSTOCKD_PATH;
}

// The settings of whoever runs the tests are not the broker's: it refuses variables it does not
// know.
Environment WithoutSettings(Environment more) {
  Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (text.substr(0, kVariablePrefix.size()) == kVariablePrefix)
      environment.emplace_back(text.substr(0, text.find('=')), std::nullopt);
  }
  for (auto& variable : more) environment.push_back(std::move(variable));
  return environment;
}

ChildProcess StartProcess(const BrokerOptions& options, const std::filesystem::path& data_dir,
                          const std::filesystem::path& endpoint_file,
                          const std::filesystem::path& log_file) {
  const Descriptor log = OpenLog(log_file);
  std::vector<std::string> command = {Program(),         "--data-dir",          data_dir.string(),
                                      "--grpc-listen",   "127.0.0.1:0",         "--admin-listen",
                                      "127.0.0.1:0",     "--kinesis-listen",    "127.0.0.1:0",
                                      "--endpoint-file", endpoint_file.string()};
  command.insert(command.end(), options.more_flags.begin(), options.more_flags.end());
  return ChildProcess({.command = std::move(command),
                       .environment = WithoutSettings({}),
                       .standard_output = log.value(),
                       .standard_error = log.value()});
}

std::string Describe(const ExitStatus& status) {
  return status.signal != 0 ? absl::StrCat("signal ", status.signal)
                            : absl::StrCat("exit code ", status.code);
}

}  // namespace

BrokerProcess::BrokerProcess(const BrokerOptions& options, const std::filesystem::path& data_dir)
    : data_dir_(data_dir),
      endpoint_file_(options.work_dir / "endpoint.json"),
      log_file_(options.work_dir / "penstockd.log"),
      process_(StartProcess(options, data_dir_, endpoint_file_, log_file_)) {}

absl::StatusOr<std::unique_ptr<BrokerProcess>> BrokerProcess::Start(const BrokerOptions& options) {
  const std::filesystem::path data_dir =
      options.data_dir.empty() ? options.work_dir / "data" : options.data_dir;
  std::filesystem::remove(options.work_dir / "endpoint.json");
  std::unique_ptr<BrokerProcess> broker(new BrokerProcess(options, data_dir));
  RETURN_IF_ERROR(broker->WaitUntilUp());
  return broker;
}

absl::Status BrokerProcess::WaitUntilUp() {
  const steady_clock::time_point deadline = steady_clock::now() + kPatience;
  // The file appears whole: it is written under another name.
  while (!std::filesystem::exists(endpoint_file_)) {
    const std::optional<ExitStatus> ended = process_.WaitFor(kLookInterval);
    if (ended.has_value())
      return absl::InternalError(
          absl::StrCat("penstockd ended with ", Describe(*ended), ":\n", Log()));
    if (steady_clock::now() > deadline)
      return absl::DeadlineExceededError(absl::StrCat("penstockd is not up after 30 s:\n", Log()));
  }
  const auto json = nlohmann::json::parse(ReadFile(endpoint_file_), nullptr, false);
  if (!json.is_object() || !json.contains("grpc") || json.value("pid", 0) != process_.pid())
    return absl::InternalError(
        absl::StrCat("unexpected endpoint file: ", ReadFile(endpoint_file_)));
  endpoint_ = json.value("grpc", "");
  admin_endpoint_ = json.value("admin", "");
  kinesis_endpoint_ = json.value("kinesis", "");
  return absl::OkStatus();
}

RunResult BrokerProcess::RunToEnd(const std::vector<std::string>& flags, Environment environment) {
  std::vector<std::string> command = {Program()};
  command.insert(command.end(), flags.begin(), flags.end());
  return test::RunToEnd(std::move(command), "", WithoutSettings(std::move(environment)), kPatience);
}

std::string BrokerProcess::Log() const {
  const std::string log = ReadFile(log_file_);
  return log.size() <= kLogTailBytes ? log : log.substr(log.size() - kLogTailBytes);
}

void BrokerProcess::Kill9() {
  process_.Signal(SIGKILL);
  process_.WaitFor(kPatience);
}

std::optional<ExitStatus> BrokerProcess::Terminate() {
  process_.Signal(SIGTERM);
  return process_.WaitFor(kPatience);
}

}  // namespace penstock::test
