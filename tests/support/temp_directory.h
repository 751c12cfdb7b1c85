// TempDirectory: a fresh directory for a test, gone with it.
//
// It stays, with its path on standard error, if a test failed meanwhile (KeepAll, or an exception
// on its way), if Keep was called, or if the environment has PENSTOCK_KEEP_TMP. Throws
// std::filesystem_error where none can be made.
#pragma once

#include <filesystem>

namespace penstock::test {

class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

  void Keep() { is_kept_ = true; }
  // All that are there now and later.
  static void KeepAll();

 private:
  std::filesystem::path path_;
  const int exceptions_at_start_;
  bool is_kept_ = false;
};

}  // namespace penstock::test
