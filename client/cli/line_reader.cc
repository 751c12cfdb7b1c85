#include "client/cli/line_reader.h"

#include <cerrno>
#include <poll.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

#include "client/cli/number_text.h"
#include "common/status_macros.h"

namespace penstock::cli {
namespace {

constexpr size_t kReadBytes = 256 * 1024;

}  // namespace

absl::StatusOr<std::optional<std::string_view>> LineReader::Next() {
  while (true) {
    const size_t newline = buffer_.find('\n', scanned_);
    const size_t end = newline != std::string::npos ? newline : buffer_.size();
    if (end - begin_ > line_bytes_max_) {
      return absl::InvalidArgumentError(absl::StrCat("line ", line_number_ + 1, " has more than ",
                                                     FormatCount(line_bytes_max_), " bytes"));
    }
    const bool is_whole = newline != std::string::npos || (is_at_end_ && begin_ < end);
    if (is_whole) {
      const std::string_view line = std::string_view(buffer_).substr(begin_, end - begin_);
      const size_t next = newline != std::string::npos ? newline + 1 : end;
      bytes_taken_ += next - begin_;
      begin_ = scanned_ = next;
      ++line_number_;
      return line;
    }
    if (is_at_end_) return std::nullopt;
    scanned_ = end;
    ASSIGN_OR_RETURN(const bool has_more, Fill());
    is_at_end_ = !has_more;
  }
}

bool LineReader::WouldBlock() const {
  if (is_at_end_ || buffer_.find('\n', begin_) != std::string::npos) return false;
  pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
  return poll(&waiting, 1, 0) == 0;
}

absl::StatusOr<bool> LineReader::Fill() {
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  const size_t kept = buffer_.size();
  buffer_.resize(kept + kReadBytes);
  ssize_t got = 0;
  do {
    got = read(descriptor_, buffer_.data() + kept, kReadBytes);
  } while (got < 0 && errno == EINTR);
  const int error = errno;
  buffer_.resize(kept + static_cast<size_t>(got < 0 ? 0 : got));
  if (got < 0)
    return absl::ErrnoToStatus(error, absl::StrCat("cannot read after line ", line_number_));
  return got > 0;
}

}  // namespace penstock::cli
