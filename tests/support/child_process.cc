#include "tests/support/child_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <poll.h>
#include <sstream>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include "absl/strings/str_cat.h"

// The header of glibc 2.36 does not say so itself.
extern "C" {
#include <sys/pidfd.h>
}

namespace penstock::test {
namespace {

[[noreturn]] void ThrowErrno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::vector<std::string> MergedEnvironment(const ChildOptions& options) {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  for (const auto& [name, value] : options.environment) {
    if (value.has_value()) {
      variables[name] = *value;
    } else {
      variables.erase(name);
    }
  }
  std::vector<std::string> merged;
  merged.reserve(variables.size());
  for (const auto& [name, value] : variables) merged.push_back(absl::StrCat(name, "=", value));
  return merged;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Between fork and exec of a program with threads: system calls alone.
[[noreturn]] void Become(const ChildOptions& options, char** command, char** environment,
                         int parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have ended before the line above.
  if (getppid() != parent) _exit(127);
  const int nothing = open("/dev/null", O_RDWR);
  const std::array wanted = {options.standard_input, options.standard_output,
                             options.standard_error};
  for (int stream = 0; stream < 3; ++stream) {
    if (dup2(wanted[stream] >= 0 ? wanted[stream] : nothing, stream) < 0) _exit(127);
  }
  if (nothing > 2) close(nothing);
  execve(command[0], command, environment);
  _exit(127);
}

Descriptor AnonymousFile(const std::string& content) {
  Descriptor file(memfd_create("penstock-test", MFD_CLOEXEC));
  if (file.value() < 0) ThrowErrno("memfd_create");
  size_t written = 0;
  while (written < content.size()) {
    const ssize_t count = write(file.value(), content.data() + written, content.size() - written);
    if (count < 0) ThrowErrno("write");
    written += static_cast<size_t>(count);
  }
  lseek(file.value(), 0, SEEK_SET);
  return file;
}

std::string ContentOf(const Descriptor& file) {
  std::string content(static_cast<size_t>(lseek(file.value(), 0, SEEK_END)), '\0');
  const ssize_t count = pread(file.value(), content.data(), content.size(), 0);
  if (count != static_cast<ssize_t>(content.size())) ThrowErrno("pread");
  return content;
}

}  // namespace

void Descriptor::Close() {
  if (value_ >= 0) close(value_);
  value_ = -1;
}

ChildProcess::ChildProcess(const ChildOptions& options) {
  std::vector<std::string> command = options.command;
  std::vector<std::string> environment = MergedEnvironment(options);
  const std::vector<char*> command_pointers = Pointers(command);
  const std::vector<char*> environment_pointers = Pointers(environment);
  const int parent = getpid();
  pid_ = fork();
  if (pid_ < 0) ThrowErrno("fork");
  if (pid_ == 0) {
    Become(options, const_cast<char**>(command_pointers.data()),
           const_cast<char**>(environment_pointers.data()), parent);
  }
  pid_descriptor_ = Descriptor(pidfd_open(pid_, 0));
  if (pid_descriptor_.value() < 0) ThrowErrno("pidfd_open");
}

ChildProcess::~ChildProcess() {
  Signal(SIGKILL);
  WaitFor(std::chrono::seconds(60));
}

void ChildProcess::Signal(int signal) {
  pidfd_send_signal(pid_descriptor_.value(), signal, nullptr, 0);
}

std::optional<ExitStatus> ChildProcess::WaitFor(std::chrono::milliseconds timeout) {
  if (status_.has_value()) return status_;
  pollfd ended{.fd = pid_descriptor_.value(), .events = POLLIN, .revents = 0};
  if (poll(&ended, 1, static_cast<int>(timeout.count())) != 1) return std::nullopt;
  int status = 0;
  if (waitpid(pid_, &status, 0) != pid_) ThrowErrno("waitpid");
  status_.emplace();
  if (WIFEXITED(status)) status_->code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) status_->signal = WTERMSIG(status);
  return status_;
}

Pipe MakePipe() {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0) ThrowErrno("pipe2");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

RunResult RunToEnd(std::vector<std::string> command, const std::string& input,
                   Environment environment, std::chrono::milliseconds timeout) {
  const Descriptor in = AnonymousFile(input);
  const Descriptor out = AnonymousFile("");
  const Descriptor err = AnonymousFile("");
  RunResult result;
  {
    ChildProcess child({.command = std::move(command),
                        .environment = std::move(environment),
                        .standard_input = in.value(),
                        .standard_output = out.value(),
                        .standard_error = err.value()});
    result.status = child.WaitFor(timeout);
  }
  result.output = ContentOf(out);
  result.errors = ContentOf(err);
  return result;
}

Descriptor OpenLog(const std::filesystem::path& path) {
  Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (file.value() < 0) ThrowErrno(path.c_str());
  return file;
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

}  // namespace penstock::test
