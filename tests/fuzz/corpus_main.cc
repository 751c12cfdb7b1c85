// Runs a fuzz target over files: its seeds, and what it has found before. For builds without
// libFuzzer.
//
//   penstock-fuzz-<name> FILE|FOLDER...
//
// Each input lies at the end of a buffer of its own, so that the address sanitizer sees a byte too
// many that is read. No input at all is a failure.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

namespace fs = std::filesystem;

bool Run(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<uint8_t> input((std::istreambuf_iterator<char>(file)),
                                   std::istreambuf_iterator<char>());
  if (!file.good() && !file.eof()) {
    std::fprintf(stderr, "%s cannot be read\n", path.c_str());
    return false;
  }
  // What aborts in it is known by the last name.
  std::fprintf(stderr, "%s\n", path.c_str());
  LLVMFuzzerTestOneInput(input.data(), input.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  size_t inputs = 0;
  bool good = true;
  for (int i = 1; i < argc; ++i) {
    const fs::path path = argv[i];
    if (!fs::is_directory(path)) {
      good = Run(path) && good;
      ++inputs;
      continue;
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(path)) {
      if (!entry.is_regular_file()) continue;
      good = Run(entry.path()) && good;
      ++inputs;
    }
  }
  std::fprintf(stderr, "%zu inputs\n", inputs);
  return good && inputs > 0 ? 0 : 1;
}
