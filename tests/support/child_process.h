// ChildProcess: a program started by a test, with a deadline on every wait; RunToEnd: one that is
// run and done.
//
// The child is killed (SIGKILL) and reaped with the object, and by the system when the thread that
// started it ends: nothing outlives a test. Not thread-safe, but Signal and WaitFor may run beside
// each other. Throws std::system_error where the system refuses.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace penstock::test {

// A file descriptor, closed with the object; -1 for none.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() { Close(); }

  int value() const { return value_; }
  void Close();

 private:
  int value_;
};

struct ExitStatus {
  // Of a program that ended by itself; otherwise -1.
  int code = -1;
  // That ended it; otherwise 0.
  int signal = 0;

  friend bool operator==(const ExitStatus&, const ExitStatus&) = default;
};

// Variables to add or to replace; no value takes one out.
using Environment = std::vector<std::pair<std::string, std::optional<std::string>>>;

struct ChildOptions {
  // The program's path, and its arguments.
  std::vector<std::string> command;
  // Changes to this program's own.
  Environment environment = {};
  // Descriptors for the three streams; -1: /dev/null. The caller keeps them.
  int standard_input = -1;
  int standard_output = -1;
  int standard_error = -1;
};

class ChildProcess {
 public:
  explicit ChildProcess(const ChildOptions& options);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  int pid() const { return pid_; }
  // Nothing happens to one that has ended.
  void Signal(int signal);
  // Nothing if it still runs after `timeout`.
  std::optional<ExitStatus> WaitFor(std::chrono::milliseconds timeout);

 private:
  int pid_ = -1;
  // Becomes readable when the child ends.
  Descriptor pid_descriptor_;
  std::optional<ExitStatus> status_;
};

// The two ends of a pipe, closed on exec.
struct Pipe {
  Descriptor reader;
  Descriptor writer;
};
Pipe MakePipe();

struct RunResult {
  // Nothing if it was killed because the time was up.
  std::optional<ExitStatus> status;
  std::string output;
  std::string errors;
};

// `command` with `input` as its standard input.
RunResult RunToEnd(std::vector<std::string> command, const std::string& input = "",
                   Environment environment = {},
                   std::chrono::milliseconds timeout = std::chrono::seconds(60));

// Appended to if it is there; created otherwise.
Descriptor OpenLog(const std::filesystem::path& path);
std::string ReadFile(const std::filesystem::path& path);

}  // namespace penstock::test
