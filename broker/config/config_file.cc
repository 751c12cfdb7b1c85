#include "broker/config/config_file.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include <toml++/toml.h>

#include "broker/config/nearest_name.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

absl::Status Refuse(std::string_view what) {
  return MakeError(ErrorReason::kInvalidArgument, what);
}

absl::StatusOr<std::string> ReadWhole(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(kConfigFileBytesMax + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  // Reading stops at the end of the file with failbit; badbit is the system's error.
  if (!file.is_open() || file.bad()) {
    return Refuse(
        absl::StrCat("cannot read configuration file ", path, ": ", std::strerror(errno)));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kConfigFileBytesMax) {
    return Refuse(absl::StrCat("configuration file ", path, " is larger than ", kConfigFileBytesMax,
                               " bytes"));
  }
  return text;
}

const Setting* SettingOfKey(std::string_view key) {
  for (const Setting& setting : Settings()) {
    if (FileKey(setting) == key) return &setting;
  }
  return nullptr;
}

absl::StatusOr<ConfigFileValue> ReadValue(std::string_view key, const toml::node& node,
                                          const std::string& path, uint32_t line) {
  const Setting* setting = SettingOfKey(key);
  const std::string place = absl::StrCat(path, ":", line, ": ");
  if (setting == nullptr) {
    std::vector<std::string> known;
    for (const Setting& candidate : Settings()) known.push_back(FileKey(candidate));
    return Refuse(absl::StrCat(place, node.is_table() ? "unknown table " : "unknown key ",
                               Excerpt(key), DidYouMean(key, known)));
  }
  if (setting->is_integer()) {
    if (const auto* integer = node.as_integer()) {
      return ConfigFileValue{setting, std::to_string(integer->get()), line};
    }
    return Refuse(absl::StrCat(place, FileKey(*setting), " is not an integer"));
  }
  if (const auto* text = node.as_string()) return ConfigFileValue{setting, text->get(), line};
  return Refuse(absl::StrCat(place, FileKey(*setting), " is not a string in quotes"));
}

}  // namespace

absl::StatusOr<std::vector<ConfigFileValue>> ReadConfigFile(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadWhole(path));
  toml::table table;
  try {
    table = toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    const std::string_view what = error.description();
    return Refuse(absl::StrCat(path, ":", error.source().begin.line,
                               ": not TOML: ", absl::string_view(what.data(), what.size())));
  }
  std::vector<ConfigFileValue> values;
  for (const auto& [key, node] : table) {
    ASSIGN_OR_RETURN(ConfigFileValue value,
                     ReadValue(key.str(), node, path, key.source().begin.line));
    values.push_back(std::move(value));
  }
  std::sort(values.begin(), values.end(),
            [](const auto& a, const auto& b) { return a.line < b.line; });
  return values;
}

}  // namespace penstock::broker
