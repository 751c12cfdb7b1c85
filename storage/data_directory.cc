#include "storage/data_directory.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kProduct = "penstock";
constexpr uint32_t kLanesMax = 64;
constexpr size_t kFormatFileBytesMax = 4096;

absl::Status SystemError(std::string_view what, const std::string& path, int error) {
  return MakeError(ErrorReason::kStorageFailed,
                   absl::StrCat("cannot ", std::string(what), " ", path, ": ", strerror(error)));
}

absl::Status SyncPath(const std::string& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return SystemError("open", path, errno);
  const int result = fsync(fd);
  const int error = errno;
  close(fd);
  return result == 0 ? absl::OkStatus() : SystemError("sync", path, error);
}

// All or nothing: a crash leaves the old file or the new one.
absl::Status ReplaceFile(const std::string& directory, const std::string& name,
                         const std::string& content) {
  const std::string temporary = absl::StrCat(directory, "/", name, ".tmp");
  const std::string path = absl::StrCat(directory, "/", name);
  {
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file << content;
    file.flush();
    if (!file) return SystemError("write", temporary, errno);
  }
  RETURN_IF_ERROR(SyncPath(temporary, O_RDONLY));
  if (rename(temporary.c_str(), path.c_str()) != 0) return SystemError("rename to", path, errno);
  return SyncPath(directory, O_RDONLY | O_DIRECTORY);
}

struct Format {
  uint32_t lanes = 0;
  std::string directory_id;
  bool initialized = false;
};

std::string EncodeFormat(const Format& format) {
  return nlohmann::json{{"product", std::string(kProduct)},
                        {"format_version", DataDirectory::kFormatVersion},
                        {"directory_id", format.directory_id},
                        {"lanes", format.lanes},
                        {"initialized", format.initialized}}
             .dump() +
         "\n";
}

absl::StatusOr<Format> DecodeFormat(const std::string& path, const std::string& text) {
  const auto foreign = [&](std::string_view why) {
    return MakeError(
        ErrorReason::kForeignData,
        absl::StrCat(path, " is not of a Penstock data directory: ", std::string(why)));
  };
  // Bounded before it is parsed: the parser recurses.
  if (text.size() > kFormatFileBytesMax) return foreign("it is too large");
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("product") || json["product"] != kProduct) {
    return foreign("it does not name the product");
  }
  if (!json.contains("format_version") || !json["format_version"].is_number_unsigned()) {
    return foreign("it has no format_version");
  }
  const auto version = json["format_version"].get<uint64_t>();
  if (version > DataDirectory::kFormatVersion) {
    return MakeError(
        ErrorReason::kNewerFormat,
        absl::StrCat(path, " has format version ", version, "; this program knows versions up to ",
                     DataDirectory::kFormatVersion, ". It was written by a newer Penstock"));
  }
  const bool sound = json.contains("lanes") && json["lanes"].is_number_unsigned() &&
                     json["lanes"].get<uint64_t>() >= 1 &&
                     json["lanes"].get<uint64_t>() <= kLanesMax && json.contains("directory_id") &&
                     json["directory_id"].is_string() && json.contains("initialized") &&
                     json["initialized"].is_boolean();
  if (!sound) return foreign("lanes, directory_id or initialized are missing or out of range");
  return Format{json["lanes"].get<uint32_t>(), json["directory_id"].get<std::string>(),
                json["initialized"].get<bool>()};
}

absl::StatusOr<std::string> RandomId() {
  char bytes[16];
  std::ifstream random("/dev/urandom", std::ios::binary);
  if (!random.read(bytes, sizeof(bytes))) return SystemError("read", "/dev/urandom", errno);
  return absl::BytesToHexString(absl::string_view(bytes, sizeof(bytes)));
}

// The name of the first thing in `path` that a new data directory does not have; empty if there is
// none.
absl::StatusOr<std::string> FindStranger(const std::string& path) {
  std::error_code error;
  fs::directory_iterator entries(path, error);
  if (error) return SystemError("list", path, error.value());
  for (const fs::directory_entry& entry : entries) {
    const std::string name = entry.path().filename().string();
    // Ours, left by a start that did not get further; and what a fresh file system puts in.
    if (name != "LOCK" && name != "FORMAT.tmp" && name != "lost+found") return name;
  }
  return std::string();
}

// Makes `path` and what is missing above it, each synced into its parent: a power loss must not
// take the directory with all that is acknowledged in it.
absl::Status MakeDirectories(const std::string& path) {
  std::error_code error;
  std::vector<fs::path> missing;
  for (fs::path at = fs::absolute(path).lexically_normal(); !fs::exists(at, error) && !error;
       at = at.parent_path()) {
    if (at.has_filename()) missing.push_back(at);
  }
  if (error) return SystemError("make data directory", path, error.value());
  for (auto at = missing.rbegin(); at != missing.rend(); ++at) {
    fs::create_directory(*at, error);
    if (error) return SystemError("make data directory", path, error.value());
    RETURN_IF_ERROR(SyncPath(at->parent_path().string(), O_RDONLY | O_DIRECTORY));
  }
  if (!fs::is_directory(path, error)) return SystemError("make data directory", path, ENOTDIR);
  return absl::OkStatus();
}

// Whether there is a FORMAT file; FOREIGN_DATA if there is none, but other things.
absl::StatusOr<bool> CheckEmptyOrMarked(const std::string& path) {
  const std::string format_path = absl::StrCat(path, "/FORMAT");
  std::error_code error;
  const bool marked = fs::exists(format_path, error);
  if (error) return SystemError("look for", format_path, error.value());
  if (marked) return true;
  ASSIGN_OR_RETURN(const std::string stranger, FindStranger(path));
  if (stranger.empty()) return false;
  return MakeError(
      ErrorReason::kForeignData,
      absl::StrCat("data directory ", path, " is not empty and has no FORMAT file; it holds '",
                   Excerpt(stranger), "'. Name an empty directory or one of Penstock's"));
}

absl::StatusOr<int> Lock(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return SystemError("open", path, errno);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    char owner[32] = {};
    const ssize_t length = pread(fd, owner, sizeof(owner) - 1, 0);
    close(fd);
    if (error != EWOULDBLOCK) return SystemError("lock", path, error);
    return MakeError(ErrorReason::kDataDirectoryInUse,
                     absl::StrCat("data directory is in use by another broker, process ",
                                  length > 0 ? owner : "unknown", ": it holds the lock on ", path));
  }
  const std::string pid = absl::StrCat(getpid());
  if (ftruncate(fd, 0) != 0 ||
      pwrite(fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    const int error = errno;
    close(fd);
    return SystemError("write", path, error);
  }
  return fd;
}

}  // namespace

absl::StatusOr<DataDirectory> DataDirectory::Open(const std::string& path, uint32_t lanes) {
  if (lanes < 1 || lanes > kLanesMax) {
    return MakeError(ErrorReason::kInvalidArgument,
                     absl::StrCat("lanes is ", lanes, ", not of 1 to ", kLanesMax));
  }
  RETURN_IF_ERROR(MakeDirectories(path));
  // Before the lock file is made: a foreign directory is left as it was.
  RETURN_IF_ERROR(CheckEmptyOrMarked(path).status());

  DataDirectory directory;
  directory.path_ = path;
  ASSIGN_OR_RETURN(directory.lock_fd_, Lock(absl::StrCat(path, "/LOCK")));
  // Again, as another broker may have made it in between.
  ASSIGN_OR_RETURN(const bool marked, CheckEmptyOrMarked(path));
  const std::string format_path = absl::StrCat(path, "/FORMAT");
  Format format;
  if (marked) {
    std::ifstream file(format_path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    if (!file) return SystemError("read", format_path, errno);
    ASSIGN_OR_RETURN(format, DecodeFormat(format_path, text.str()));
  } else {
    format.lanes = lanes;
    ASSIGN_OR_RETURN(format.directory_id, RandomId());
    RETURN_IF_ERROR(ReplaceFile(path, "FORMAT", EncodeFormat(format)));
  }
  directory.lanes_ = format.lanes;
  directory.directory_id_ = format.directory_id;
  directory.initialized_ = format.initialized;
  return directory;
}

absl::Status DataDirectory::MarkInitialized() {
  if (initialized_) return absl::OkStatus();
  RETURN_IF_ERROR(ReplaceFile(path_, "FORMAT", EncodeFormat({lanes_, directory_id_, true})));
  initialized_ = true;
  return absl::OkStatus();
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)),
      directory_id_(std::move(other.directory_id_)),
      lanes_(other.lanes_),
      initialized_(other.initialized_),
      lock_fd_(std::exchange(other.lock_fd_, -1)) {}

DataDirectory& DataDirectory::operator=(DataDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(directory_id_, other.directory_id_);
  std::swap(lanes_, other.lanes_);
  std::swap(initialized_, other.initialized_);
  std::swap(lock_fd_, other.lock_fd_);
  return *this;
}

DataDirectory::~DataDirectory() {
  if (lock_fd_ >= 0) close(lock_fd_);
}

}  // namespace penstock::storage
