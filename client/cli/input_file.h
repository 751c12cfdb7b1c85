// InputFile: a file that the command line names, open for reading until this goes; "-" is standard
// input, and stays open.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace penstock::cli {

class InputFile {
 public:
  // The system's error, with the path, where it cannot be opened.
  static absl::StatusOr<InputFile> Open(const std::string& path);

  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  int descriptor() const { return descriptor_; }

  // Nothing for a pipe or a terminal.
  std::optional<uint64_t> Bytes() const;

 private:
  explicit InputFile(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace penstock::cli
