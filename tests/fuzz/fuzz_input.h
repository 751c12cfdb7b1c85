// For fuzz targets: the input as a view, and copies of it in buffers of exactly the size that the
// code under test may read, so that the address sanitizer sees every byte beyond.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace penstock::fuzz {

inline std::string_view View(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

class Buffer {
 public:
  // `text`, and behind it `padding` bytes that may be read and mean nothing.
  explicit Buffer(std::string_view text, size_t padding = 0)
      : bytes_(std::make_unique<char[]>(text.size() + padding)), size_(text.size()) {
    if (!text.empty()) std::memcpy(bytes_.get(), text.data(), text.size());
    std::memset(bytes_.get() + text.size(), '"', padding);
  }
  std::string_view text() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  size_t size_;
};

}  // namespace penstock::fuzz
