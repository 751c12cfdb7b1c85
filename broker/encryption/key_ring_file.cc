#include "broker/encryption/key_ring_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <toml++/toml.h>

#include "broker/encryption/key_id.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr mode_t kOthersMode = 0077;
constexpr mode_t kOwnerMode = 0600;
constexpr size_t kNewIdRandomBytes = 4;

absl::Status Denied(const std::string& path, std::string_view what) {
  return MakeError(ErrorReason::kKmsAccessDenied,
                   absl::StrCat("key ring file ", path, " ", std::string(what)));
}

absl::Status Broken(const std::string& path, std::string_view what) {
  return MakeError(ErrorReason::kInvalidArgument, absl::StrCat(path, std::string(what)));
}

absl::Status CheckOwner(const std::string& path, const struct stat& file) {
  if (!S_ISREG(file.st_mode)) return Denied(path, "is not a regular file");
  if (file.st_uid != ::geteuid()) {
    return Denied(path, absl::StrCat("belongs to user ", file.st_uid, ", not to the broker's user ",
                                     ::geteuid()));
  }
  if ((file.st_mode & kOthersMode) != 0) {
    return Denied(path, absl::StrFormat("has mode %04o, which lets others at it; it must be 0600",
                                        file.st_mode & 07777));
  }
  return absl::OkStatus();
}

MasterKeyVersion VersionOf(std::string_view secret) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest);
  uint64_t version = 0;
  std::memcpy(&version, digest, sizeof(version));
  return MasterKeyVersion(version);
}

// One entry of [[keys]] that is being read.
class KeyReader {
 public:
  KeyReader(const std::string& path, KeyRingContents* ring) : path_(path), ring_(*ring) {}

  absl::Status Read(toml::node& node) {
    toml::table* table = node.as_table();
    if (table == nullptr) return At(node, "keys is not a list of tables ([[keys]])");
    std::string id;
    std::string secret;
    const auto wipe = absl::MakeCleanup([&secret] { Wipe(secret); });
    bool enabled = true;
    bool is_default = false;
    for (auto&& [key, value] : *table) {
      RETURN_IF_ERROR(ReadField(key.str(), value, &id, &secret, &enabled, &is_default));
    }
    if (id.empty()) return At(node, "a key has no id");
    if (secret.empty()) return At(node, absl::StrCat("key ", id, " has no secret"));
    if (ring_.Find(id) != nullptr) return At(node, absl::StrCat("key ", id, " is there twice"));
    if (is_default && !ring_.default_id.empty()) {
      return At(node,
                absl::StrCat("keys ", ring_.default_id, " and ", id, " are both the default"));
    }
    if (is_default) ring_.default_id = id;
    ring_.keys.push_back({std::move(id), SecretKey(secret), enabled, VersionOf(secret)});
    return absl::OkStatus();
  }

 private:
  absl::Status At(const toml::node& node, std::string_view what) const {
    return Broken(path_, absl::StrCat(":", node.source().begin.line, ": ", std::string(what)));
  }

  absl::Status ReadField(std::string_view name, toml::node& value, std::string* id,
                         std::string* secret, bool* enabled, bool* is_default) const {
    if (name == "default") {
      const auto* truth = value.as_boolean();
      if (truth == nullptr) return At(value, "default is neither true nor false");
      *is_default = truth->get();
      return absl::OkStatus();
    }
    auto* text = value.as_string();
    if (name == "secret") return ReadSecret(value, text, secret);
    if (name == "id") {
      if (text == nullptr || !KeyId::IsName(text->get())) {
        return At(value, "id is not a string of 1 to 2048 letters, digits, '-', '_' and '.'");
      }
      *id = text->get();
      return absl::OkStatus();
    }
    if (name == "state") {
      if (text == nullptr || (text->get() != "enabled" && text->get() != "disabled")) {
        return At(value, "state is neither \"enabled\" nor \"disabled\"");
      }
      *enabled = text->get() == "enabled";
      return absl::OkStatus();
    }
    return At(value, absl::StrCat("unknown key ", Excerpt(name),
                                  "; there are id, secret, state and default"));
  }

  absl::Status ReadSecret(const toml::node& node, toml::value<std::string>* value,
                          std::string* secret) const {
    const bool decoded = value != nullptr && absl::Base64Unescape(value->get(), secret);
    if (value != nullptr) Wipe(value->get());
    if (decoded && secret->size() == SecretKey::kBytes) return absl::OkStatus();
    return At(node, absl::StrCat("secret is not the base64 of ", SecretKey::kBytes, " bytes"));
  }

  const std::string& path_;
  KeyRingContents& ring_;
};

absl::StatusOr<std::string> NewKeyId() {
  std::string bytes(kNewIdRandomBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), kNewIdRandomBytes) != 1) {
    return MakeError(ErrorReason::kInternalFailure, "no random bytes for the id of a key");
  }
  return absl::StrCat("key-", absl::BytesToHexString(bytes));
}

absl::Status WriteNewFile(const std::string& path, std::string_view text) {
  const auto failed = [&path](std::string_view what) {
    return Denied(path, absl::StrCat("cannot be ", std::string(what), ": ", std::strerror(errno)));
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

}  // namespace

const MasterKey* KeyRingContents::Find(std::string_view id) const {
  for (const MasterKey& key : keys) {
    if (key.id == id) return &key;
  }
  return nullptr;
}

absl::StatusOr<std::unique_ptr<SecretText>> ReadKeyRingFile(const std::string& path) {
  // O_NONBLOCK: a pipe of that name must not hold the broker up.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return Denied(path, absl::StrCat("cannot be opened: ", std::strerror(errno)));
  const auto close = absl::MakeCleanup([file] { ::close(file); });
  // Of what was opened: the name may mean another file by now.
  struct stat about = {};
  if (::fstat(file, &about) != 0) {
    return Denied(path, absl::StrCat("cannot be examined: ", std::strerror(errno)));
  }
  RETURN_IF_ERROR(CheckOwner(path, about));

  auto read = std::make_unique<SecretText>(kKeyRingFileBytesMax + 1);
  std::string& text = read->text();
  size_t bytes = 0;
  while (bytes < text.size()) {
    const ssize_t got = ::read(file, text.data() + bytes, text.size() - bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Denied(path, absl::StrCat("cannot be read: ", std::strerror(errno)));
    if (got == 0) break;
    bytes += static_cast<size_t>(got);
  }
  if (bytes > kKeyRingFileBytesMax) {
    return Broken(path, absl::StrCat(" is larger than ", kKeyRingFileBytesMax, " bytes"));
  }
  text.resize(bytes);
  return read;
}

absl::StatusOr<KeyRingContents> ParseKeyRing(std::string_view text, const std::string& path) {
  toml::table table;
  try {
    table = toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    // Without what the parser says: it may quote the file.
    return Broken(path, absl::StrCat(":", error.source().begin.line, ": not TOML"));
  }
  KeyRingContents ring;
  for (auto&& [key, node] : table) {
    toml::array* keys = node.as_array();
    if (key.str() != "keys" || keys == nullptr) {
      return Broken(path, absl::StrCat(":", key.source().begin.line, ": unknown key ",
                                       Excerpt(key.str()), "; there is a list of [[keys]]"));
    }
    for (toml::node& entry : *keys) RETURN_IF_ERROR(KeyReader(path, &ring).Read(entry));
  }
  if (ring.keys.empty()) return Broken(path, " has no [[keys]]");
  return ring;
}

absl::StatusOr<std::string> MakeKeyRingFile(const std::string& path) {
  ASSIGN_OR_RETURN(const SecretKey secret, SecretKey::Make());
  ASSIGN_OR_RETURN(std::string id, NewKeyId());
  std::string encoded = absl::Base64Escape({secret.bytes().data(), secret.bytes().size()});
  std::string text = absl::StrCat("[[keys]]\nid = \"", id, "\"\nsecret = \"", encoded,
                                  "\"\nstate = \"enabled\"\ndefault = true\n");
  absl::Status written = WriteNewFile(path, text);
  Wipe(encoded);
  Wipe(text);
  if (!written.ok()) return written;
  return id;
}

}  // namespace penstock::broker
