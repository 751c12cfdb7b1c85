#include "tests/support/temp_directory.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <system_error>

namespace penstock::test {
namespace {

// Relaxed: set by a test that fails, read when it ends.
std::atomic<bool> all_are_kept{false};

}  // namespace

TempDirectory::TempDirectory() : exceptions_at_start_(std::uncaught_exceptions()) {
  std::string name = (std::filesystem::temp_directory_path() / "penstock-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    throw std::filesystem::filesystem_error("mkdtemp", name,
                                            std::error_code(errno, std::generic_category()));
  path_ = name;
}

TempDirectory::~TempDirectory() {
  const bool is_failing = std::uncaught_exceptions() > exceptions_at_start_;
  if (is_kept_ || is_failing || all_are_kept.load(std::memory_order_relaxed) ||
      std::getenv("PENSTOCK_KEEP_TMP") != nullptr) {
    std::fprintf(stderr, "kept: %s\n", path_.c_str());
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TempDirectory::KeepAll() {
  all_are_kept.store(true, std::memory_order_relaxed);
}

}  // namespace penstock::test
