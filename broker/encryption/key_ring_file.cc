#include "broker/encryption/key_ring_file.h"

#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <toml++/toml.h>

#include "broker/encryption/key_id.h"
#include "common/error.h"
#include "common/secret_file.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr SecretFileKind kKeyRingFile = {"key ring file", kKeyRingFileBytesMax,
                                         ErrorReason::kKmsAccessDenied};
constexpr size_t kNewIdRandomBytes = 4;

absl::Status Broken(const std::string& path, std::string_view what) {
  return MakeError(ErrorReason::kInvalidArgument, absl::StrCat(path, std::string(what)));
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

}  // namespace

const MasterKey* KeyRingContents::Find(std::string_view id) const {
  for (const MasterKey& key : keys) {
    if (key.id == id) return &key;
  }
  return nullptr;
}

absl::StatusOr<std::unique_ptr<SecretText>> ReadKeyRingFile(const std::string& path) {
  return ReadSecretFile(path, kKeyRingFile);
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
  absl::Status written = MakeSecretFile(path, text, kKeyRingFile);
  Wipe(encoded);
  Wipe(text);
  if (!written.ok()) return written;
  return id;
}

}  // namespace penstock::broker
