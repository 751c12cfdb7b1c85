#include "common/secret_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "common/status_macros.h"

namespace penstock {
namespace {

constexpr mode_t kOthersMode = 0077;
constexpr mode_t kOwnerMode = 0600;

absl::Status Denied(const std::string& path, const SecretFileKind& kind, std::string_view what) {
  return MakeError(kind.denied,
                   absl::StrCat(std::string(kind.name), " ", path, " ", std::string(what)));
}

absl::Status CheckOwner(const std::string& path, const SecretFileKind& kind,
                        const struct stat& file) {
  if (!S_ISREG(file.st_mode)) return Denied(path, kind, "is not a regular file");
  if (file.st_uid != ::geteuid()) {
    return Denied(
        path, kind,
        absl::StrCat("belongs to user ", file.st_uid, ", not to the broker's user ", ::geteuid()));
  }
  if ((file.st_mode & kOthersMode) != 0) {
    return Denied(path, kind,
                  absl::StrFormat("has mode %04o, which lets others at it; it must be 0600",
                                  file.st_mode & 07777));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SecretText>> ReadSecretFile(const std::string& path,
                                                           const SecretFileKind& kind) {
  // O_NONBLOCK: a pipe of that name must not hold the broker up.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return Denied(path, kind, absl::StrCat("cannot be opened: ", std::strerror(errno)));
  const auto close = absl::MakeCleanup([file] { ::close(file); });
  // Of what was opened: the name may mean another file by now.
  struct stat about = {};
  if (::fstat(file, &about) != 0) {
    return Denied(path, kind, absl::StrCat("cannot be examined: ", std::strerror(errno)));
  }
  RETURN_IF_ERROR(CheckOwner(path, kind, about));

  auto read = std::make_unique<SecretText>(kind.bytes_max + 1);
  std::string& text = read->text();
  size_t bytes = 0;
  while (bytes < text.size()) {
    const ssize_t got = ::read(file, text.data() + bytes, text.size() - bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Denied(path, kind, absl::StrCat("cannot be read: ", std::strerror(errno)));
    if (got == 0) break;
    bytes += static_cast<size_t>(got);
  }
  if (bytes > kind.bytes_max) {
    return MakeError(ErrorReason::kInvalidArgument,
                     absl::StrCat(path, " is larger than ", kind.bytes_max, " bytes"));
  }
  text.resize(bytes);
  return read;
}

absl::Status MakeSecretFile(const std::string& path, std::string_view text,
                            const SecretFileKind& kind) {
  const auto failed = [&](std::string_view what) {
    return Denied(path, kind,
                  absl::StrCat("cannot be ", std::string(what), ": ", std::strerror(errno)));
  };
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerMode);
  if (file < 0) return failed("made");
  const bool written =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(file) == 0;
  absl::Status status = written ? absl::OkStatus() : failed("written");
  if (::close(file) != 0 && status.ok()) status = failed("closed");
  if (!status.ok()) ::unlink(path.c_str());
  return status;
}

}  // namespace penstock
