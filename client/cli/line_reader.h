// LineReader: the lines of a file, a pipe or a terminal, byte for byte, without their newlines.
//
// Reads as much as there is at once, and keeps one line at least in memory; a line over the limit
// ends it with an error, so that memory is bounded. The last line need not end in a newline. Not
// thread-safe; does not own the descriptor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace penstock::cli {

class LineReader {
 public:
  LineReader(int descriptor, size_t line_bytes_max)
      : descriptor_(descriptor), line_bytes_max_(line_bytes_max) {}

  // The next line, valid until the next call; nothing at the end. INVALID_ARGUMENT where it is too
  // long, and the system's error where it cannot be read.
  absl::StatusOr<std::optional<std::string_view>> Next();

  // Whether Next would have to wait for whoever writes.
  bool WouldBlock() const;

  // Of the line that Next gave last, from 1.
  uint64_t line_number() const { return line_number_; }
  // Bytes of all lines given, with their newlines.
  uint64_t bytes_taken() const { return bytes_taken_; }

 private:
  // Reads once; false at the end.
  absl::StatusOr<bool> Fill();

  const int descriptor_;
  const size_t line_bytes_max_;
  std::string buffer_;
  // What has been given lies before begin_; no newline lies in [begin_, scanned_).
  size_t begin_ = 0;
  size_t scanned_ = 0;
  bool is_at_end_ = false;
  uint64_t line_number_ = 0;
  uint64_t bytes_taken_ = 0;
};

}  // namespace penstock::cli
