// penstockd: loads the configuration, runs a broker until it is asked to stop.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include "broker/app/broker.h"
#include "broker/aws/credentials_file.h"
#include "broker/config/command_line.h"
#include "broker/config/config_loader.h"
#include "broker/config/config_text.h"
#include "broker/encryption/key_ring_file.h"
#include "common/log.h"
#include "common/mutex.h"
#include "common/version.h"

extern char** environ;

namespace penstock::broker {
namespace {

constexpr int kExitStopped = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

void PrintError(const std::string& what) {
  std::fprintf(stderr, "penstockd: %s\n", what.c_str());
}

// The request to stop, from the thread of signals to the broker's.
class StopRequest {
 public:
  void Make() {
    MutexLock lock(mutex_);
    made_ = true;
    changed_.NotifyAll();
  }
  void Wait() {
    MutexLock lock(mutex_);
    while (!made_) changed_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool made_ ABSL_GUARDED_BY(mutex_) = false;
};

int RunBroker(const BrokerConfig& config, StopRequest& stop) {
  const auto broker = Broker::Start(config);
  if (!broker.ok()) {
    PrintError("cannot start: " + std::string(broker.status().message()));
    return kExitFailed;
  }
  stop.Wait();
  if (const absl::Status stopped = (*broker)->Stop(); !stopped.ok()) {
    PrintError("stopped with an error: " + std::string(stopped.message()));
    return kExitFailed;
  }
  return kExitStopped;
}

// Signals are waited for on this thread, from before the broker starts; the broker has a thread of
// its own, so that a second signal gets through while it starts or stops.
int Run(const BrokerConfig& config) {
  boost::asio::io_context context;
  boost::asio::signal_set signals(context, SIGTERM, SIGINT);
  StopRequest stop;
  bool stopping = false;
  std::function<void()> wait_for_signal = [&] {
    signals.async_wait([&](const boost::system::error_code& cancelled, int signal) {
      if (cancelled) return;
      if (stopping) {
        LogWarning("second signal: exiting at once", {{"signal", std::to_string(signal)}});
        std::_Exit(kExitFailed);
      }
      stopping = true;
      LogInfo("stopping", {{"signal", std::to_string(signal)}});
      stop.Make();
      wait_for_signal();
    });
  };
  wait_for_signal();

  int exit_code = kExitFailed;
  std::thread broker([&] {
    exit_code = RunBroker(config, stop);
    boost::asio::post(context, [&signals] { signals.cancel(); });
  });
  context.run();
  broker.join();
  return exit_code;
}

int MakeKeyRing(const std::string& path) {
  const absl::StatusOr<std::string> id = MakeKeyRingFile(path);
  if (!id.ok()) {
    PrintError(std::string(id.status().message()));
    return kExitFailed;
  }
  std::printf("made key ring %s with the default key %s\n", path.c_str(), id->c_str());
  return kExitStopped;
}

int MakeCredentials(const std::string& path) {
  const absl::StatusOr<std::string> id = MakeCredentialsFile(path);
  if (!id.ok()) {
    PrintError(std::string(id.status().message()));
    return kExitFailed;
  }
  // Not the secret: what is printed ends in logs.
  std::printf("made credentials file %s with the access key %s; its secret is in the file\n",
              path.c_str(), id->c_str());
  return kExitStopped;
}

std::vector<std::string> Environment() {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) variables.emplace_back(*entry);
  return variables;
}

int Main(const std::vector<std::string>& arguments) {
  const auto command_line = CommandLine::Parse(arguments);
  if (!command_line.ok()) {
    PrintError(std::string(command_line.status().message()) + "; see penstockd --help");
    return kExitUsage;
  }
  if (command_line->action == CommandLineAction::kShowHelp) {
    std::fputs(HelpText().c_str(), stdout);
    return kExitStopped;
  }
  if (command_line->action == CommandLineAction::kShowVersion) {
    std::puts("penstockd " PENSTOCK_VERSION);
    return kExitStopped;
  }
  if (command_line->action == CommandLineAction::kMakeCredentials) {
    return MakeCredentials(*command_line->new_credentials_file);
  }
  if (command_line->action == CommandLineAction::kMakeKeyRing) {
    return MakeKeyRing(*command_line->new_key_ring_file);
  }
  const auto loaded = LoadConfig(*command_line, Environment());
  if (!loaded.ok()) {
    PrintError(std::string(loaded.status().message()));
    return kExitUsage;
  }
  if (command_line->action == CommandLineAction::kCheckConfig) {
    std::fputs(ConfigAsToml(*loaded).c_str(), stdout);
    return kExitStopped;
  }
  InitLog(loaded->config.log_level, loaded->config.log_format);
  // A client that goes away is an error of its write, not the end of the program.
  std::signal(SIGPIPE, SIG_IGN);
  return Run(loaded->config);
}

}  // namespace
}  // namespace penstock::broker

int main(int argc, char** argv) {
  return penstock::broker::Main(std::vector<std::string>(argv + 1, argv + argc));
}
