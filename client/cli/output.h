// Output: standard output, or another descriptor, a buffer at a time.
//
// Lines are gathered and written at Flush, or when there are many. A reader that has gone away ends
// the program by SIGPIPE, as with any other tool; another failure to write is kept and told by the
// next Flush. Not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <unistd.h>

#include "absl/status/status.h"

namespace penstock::cli {

class Output {
 public:
  // Does not own the descriptor.
  explicit Output(int descriptor = STDOUT_FILENO) : descriptor_(descriptor) {}

  // `line` without its newline.
  void Line(std::string_view line);
  // `text` with its newlines.
  void Text(std::string_view text);
  [[nodiscard]] absl::Status Flush();

 private:
  const int descriptor_;
  std::string buffer_;
  absl::Status failure_;
};

}  // namespace penstock::cli
