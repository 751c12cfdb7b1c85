// What the benchmarks of storage measure with: a folder of their own, the bytes that reached the
// disk, medians.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace penstock::bench {

// A folder below `parent`, removed with all that is in it.
class Scratch {
 public:
  explicit Scratch(const std::string& parent);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Bytes that this process has had written to block devices (/proc/self/io, write_bytes): page cache
// that was never written does not count.
uint64_t DiskBytesWritten();

// Bytes of all files below `path`.
uint64_t BytesBelow(const std::string& path);

double Median(std::vector<double> values);

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace penstock::bench
