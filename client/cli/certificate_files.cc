#include "client/cli/certificate_files.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "absl/strings/str_cat.h"

#include "common/status_macros.h"

namespace penstock::cli {
namespace {

constexpr mode_t kCertificateMode = 0644;
constexpr mode_t kKeyMode = 0600;
constexpr char kUnfinishedSuffix[] = ".new";

absl::Status FailedTo(std::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot ", std::string(what), " ", path));
}

absl::Status WriteFile(const std::string& path, std::string_view text, mode_t mode) {
  const std::string unfinished = path + kUnfinishedSuffix;
  // Left over by a run that was ended; its mode may be another.
  if (::unlink(unfinished.c_str()) != 0 && errno != ENOENT) return FailedTo("remove", unfinished);
  const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return FailedTo("make", unfinished);
  const bool is_written =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(file) == 0;
  absl::Status status = is_written ? absl::OkStatus() : FailedTo("write", unfinished);
  if (::close(file) != 0 && status.ok()) status = FailedTo("close", unfinished);
  if (status.ok() && std::rename(unfinished.c_str(), path.c_str()) != 0) {
    status = FailedTo("make", path);
  }
  if (!status.ok()) ::unlink(unfinished.c_str());
  return status;
}

}  // namespace

CertificateFiles CertificateFiles::In(const std::string& folder) {
  const std::filesystem::path path = std::filesystem::absolute(folder).lexically_normal();
  return {(path / "ca.pem").string(), (path / "ca-key.pem").string(),
          (path / "server.pem").string(), (path / "server-key.pem").string()};
}

absl::Status CheckNotThere(const CertificateFiles& files) {
  for (const std::string* path :
       {&files.ca_certificate, &files.ca_key, &files.server_certificate, &files.server_key}) {
    std::error_code ignored;
    if (!std::filesystem::exists(std::filesystem::symlink_status(*path, ignored))) continue;
    return absl::AlreadyExistsError(
        absl::StrCat(*path,
                     " is there already: --force makes new ones in its place, and clients "
                     "have to trust the new ca.pem then"));
  }
  return absl::OkStatus();
}

absl::Status WriteCertificates(const CertificateFiles& files, const Certificates& certificates) {
  const std::string folder = std::filesystem::path(files.ca_certificate).parent_path().string();
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure)
    return absl::UnknownError(absl::StrCat("cannot make ", folder, ": ", failure.message()));
  RETURN_IF_ERROR(WriteFile(files.ca_key, certificates.ca_key, kKeyMode));
  RETURN_IF_ERROR(WriteFile(files.ca_certificate, certificates.ca_certificate, kCertificateMode));
  RETURN_IF_ERROR(WriteFile(files.server_key, certificates.server_key, kKeyMode));
  return WriteFile(files.server_certificate, certificates.server_certificate, kCertificateMode);
}

}  // namespace penstock::cli
