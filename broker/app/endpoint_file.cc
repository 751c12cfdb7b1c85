#include "broker/app/endpoint_file.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <unistd.h>
#include <utility>

#include "absl/strings/str_cat.h"
#include <nlohmann/json.hpp>

#include "common/error.h"

namespace penstock::broker {
namespace {

// The file has one short line.
constexpr size_t kFileBytesMax = 1024;

}  // namespace

EndpointFile::EndpointFile(std::string path) : path_(std::move(path)) {}

EndpointFile::~EndpointFile() {
  Remove();
}

absl::Status EndpointFile::Write(const Addresses& addresses) {
  if (path_.empty()) return absl::OkStatus();
  // Ordered, so that the file looks as documented.
  nlohmann::ordered_json endpoint = {{"pid", ::getpid()}, {"grpc", addresses.grpc}};
  if (!addresses.admin.empty()) endpoint["admin"] = addresses.admin;
  if (!addresses.kinesis.empty()) endpoint["kinesis"] = addresses.kinesis;
  const std::string temporary = absl::StrCat(path_, ".", ::getpid());
  errno = 0;
  {
    std::ofstream file(temporary, std::ios::trunc);
    file << endpoint.dump() << "\n";
    file.close();
    written_ = file && std::rename(temporary.c_str(), path_.c_str()) == 0;
    if (written_) return absl::OkStatus();
  }
  const int error = errno;
  std::remove(temporary.c_str());
  return MakeError(ErrorReason::kStorageFailed,
                   absl::StrCat("cannot write endpoint file ", path_, ": ", std::strerror(error)));
}

void EndpointFile::RemoveStale() {
  if (path_.empty()) return;
  std::ifstream file(path_);
  std::string text(kFileBytesMax, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  const nlohmann::json endpoint = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  // Whatever else is there is not ours to remove; Write says so if it cannot replace it.
  if (!endpoint.is_object() || !endpoint.contains("pid") || !endpoint["pid"].is_number_integer())
    return;
  const pid_t pid = endpoint["pid"].get<pid_t>();
  const bool running = pid != ::getpid() && (::kill(pid, 0) == 0 || errno == EPERM);
  if (!running) std::remove(path_.c_str());
}

void EndpointFile::Remove() {
  if (written_) std::remove(path_.c_str());
  written_ = false;
}

}  // namespace penstock::broker
