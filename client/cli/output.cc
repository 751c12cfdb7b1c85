#include "client/cli/output.h"

#include <cerrno>
#include <unistd.h>

namespace penstock::cli {
namespace {

constexpr size_t kBufferBytes = 64 * 1024;

}  // namespace

void Output::Line(std::string_view line) {
  buffer_ += line;
  Text("\n");
}

void Output::Text(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= kBufferBytes) failure_.Update(Flush());
}

absl::Status Output::Flush() {
  std::string_view rest = buffer_;
  while (failure_.ok() && !rest.empty()) {
    const ssize_t written = write(descriptor_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      failure_ = absl::ErrnoToStatus(errno, "cannot write the output");
    }
  }
  buffer_.clear();
  return failure_;
}

}  // namespace penstock::cli
