// Damage: what a bad disk does to the files of a closed database.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace penstock::testing {

// Flips one bit in the first file below `folder` with extension `extension` that holds `pattern`,
// in the middle of the pattern.
inline void FlipBitOf(const std::string& folder, std::string_view extension,
                      std::string_view pattern) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != extension) continue;
    std::stringstream content;
    content << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    const size_t at = content.view().find(pattern);
    if (at == std::string_view::npos) continue;
    const size_t target = at + pattern.size() / 2;
    const char flipped = static_cast<char>(content.view()[target] ^ 0x10);
    std::fstream file(entry.path(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(target));
    file.put(flipped);
    if (!file) throw std::runtime_error("cannot damage " + entry.path().string());
    return;
  }
  throw std::runtime_error("nothing to damage in " + folder);
}

}  // namespace penstock::testing
