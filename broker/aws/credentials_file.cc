#include "broker/aws/credentials_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <toml++/toml.h>

#include "common/error.h"
#include "common/secret_file.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr SecretFileKind kCredentialsFile = {"credentials file", kCredentialsFileBytesMax,
                                             ErrorReason::kInvalidArgument};

constexpr std::string_view kNewIdPrefix = "PSTK";
constexpr size_t kNewIdRandomCharacters = 16;
// As many as there are values of five bits, and none that is taken for another.
constexpr std::string_view kIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
// 40 characters in base64, as AWS's.
constexpr size_t kNewSecretRandomBytes = 30;

absl::Status Broken(const std::string& path, std::string_view what) {
  return MakeError(ErrorReason::kInvalidArgument, absl::StrCat(path, std::string(what)));
}

bool IsId(std::string_view text) {
  return !text.empty() && text.size() <= kAccessKeyIdBytesMax &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
         });
}

bool IsSecret(std::string_view text) {
  return text.size() >= kAccessKeySecretBytesMin && text.size() <= kAccessKeySecretBytesMax &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isgraph(c); });
}

bool IsPrintable(std::string_view text, size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max &&
         std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return absl::ascii_iscntrl(c); });
}

uint64_t VersionOf(std::string_view secret) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest);
  uint64_t version = 0;
  std::memcpy(&version, digest, sizeof(version));
  return version;
}

// The entries of [[keys]], one after the other.
class KeysReader {
 public:
  KeysReader(const std::string& path, AccessKeys* keys) : path_(path), keys_(*keys) {}

  absl::Status Read(toml::node& node) {
    toml::table* table = node.as_table();
    if (table == nullptr) return At(node, "keys is not a list of tables ([[keys]])");
    AccessKey key;
    for (auto&& [name, value] : *table) RETURN_IF_ERROR(ReadField(name.str(), value, &key));
    if (key.id.empty()) return At(node, "a key has no id");
    if (key.secret == nullptr) return At(node, absl::StrCat("key ", key.id, " has no secret"));
    if (keys_.contains(key.id)) return At(node, absl::StrCat("key ", key.id, " is there twice"));
    if (key.principal.empty()) key.principal = key.id;
    if (key.enabled && ++enabled_[key.principal] > kEnabledKeysPerPrincipalMax) {
      return At(node,
                absl::StrCat("key ", key.id, " is one more than the ", kEnabledKeysPerPrincipalMax,
                             " enabled keys that principal ", Excerpt(key.principal), " may have"));
    }
    std::string id = key.id;
    keys_.emplace(std::move(id), std::make_shared<const AccessKey>(std::move(key)));
    return absl::OkStatus();
  }

 private:
  absl::Status At(const toml::node& node, std::string_view what) const {
    return Broken(path_, absl::StrCat(":", node.source().begin.line, ": ", std::string(what)));
  }

  absl::Status ReadField(std::string_view name, toml::node& value, AccessKey* key) const {
    auto* const text = value.as_string();
    if (name == "secret") return ReadSecret(value, text, key);
    if (name == "id") {
      if (text == nullptr || !IsId(text->get())) {
        return At(value, absl::StrCat("id is not a string of 1 to ", kAccessKeyIdBytesMax,
                                      " letters, digits, '-', '_' and '.'"));
      }
      key->id = text->get();
      return absl::OkStatus();
    }
    if (name == "principal" || name == "description") {
      if (text == nullptr || !IsPrintable(text->get(), kPrincipalBytesMax)) {
        return At(value, absl::StrCat(std::string(name), " is not a string of 1 to ",
                                      kPrincipalBytesMax, " printable characters"));
      }
      (name == "principal" ? key->principal : key->description) = text->get();
      return absl::OkStatus();
    }
    if (name == "state") {
      if (text == nullptr || (text->get() != "enabled" && text->get() != "disabled")) {
        return At(value, "state is neither \"enabled\" nor \"disabled\"");
      }
      key->enabled = text->get() == "enabled";
      return absl::OkStatus();
    }
    return At(value, absl::StrCat("unknown key ", Excerpt(name),
                                  "; there are id, secret, principal, description and state"));
  }

  absl::Status ReadSecret(const toml::node& node, toml::value<std::string>* value,
                          AccessKey* key) const {
    if (value == nullptr || !IsSecret(value->get())) {
      if (value != nullptr) Wipe(value->get());
      return At(node, absl::StrCat("secret is not a string of ", kAccessKeySecretBytesMin, " to ",
                                   kAccessKeySecretBytesMax,
                                   " printable ASCII characters without blanks"));
    }
    auto secret = std::make_unique<SecretText>(value->get().size());
    std::copy(value->get().begin(), value->get().end(), secret->text().begin());
    Wipe(value->get());
    key->version = VersionOf(secret->text());
    key->secret = std::move(secret);
    return absl::OkStatus();
  }

  const std::string& path_;
  AccessKeys& keys_;
  // How many enabled keys a principal has.
  absl::flat_hash_map<std::string, size_t> enabled_;
};

absl::StatusOr<std::string> NewId() {
  unsigned char random[kNewIdRandomCharacters];
  if (RAND_bytes(random, sizeof(random)) != 1) {
    return MakeError(ErrorReason::kInternalFailure, "no random bytes for the id of a key");
  }
  std::string id(kNewIdPrefix);
  for (const unsigned char byte : random) id.push_back(kIdAlphabet[byte % kIdAlphabet.size()]);
  return id;
}

// URL-safe base64: '/' and '+' are what tools and shells stumble over.
absl::Status AppendNewSecret(std::string* text) {
  std::string random(kNewSecretRandomBytes, '\0');
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(random.data()), kNewSecretRandomBytes) !=
      1) {
    return MakeError(ErrorReason::kInternalFailure, "no random bytes for a secret");
  }
  std::string secret = absl::WebSafeBase64Escape(random);
  absl::StrAppend(text, secret);
  Wipe(random);
  Wipe(secret);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SecretText>> ReadCredentialsFile(const std::string& path) {
  return ReadSecretFile(path, kCredentialsFile);
}

absl::StatusOr<AccessKeys> ParseCredentials(std::string_view text, const std::string& path) {
  toml::table table;
  try {
    table = toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    // Without what the parser says: it may quote the file.
    return Broken(path, absl::StrCat(":", error.source().begin.line, ": not TOML"));
  }
  AccessKeys keys;
  KeysReader reader(path, &keys);
  for (auto&& [name, node] : table) {
    toml::array* entries = node.as_array();
    if (name.str() != "keys" || entries == nullptr) {
      return Broken(path, absl::StrCat(":", name.source().begin.line, ": unknown key ",
                                       Excerpt(name.str()), "; there is a list of [[keys]]"));
    }
    for (toml::node& entry : *entries) RETURN_IF_ERROR(reader.Read(entry));
  }
  if (keys.empty()) return Broken(path, " has no [[keys]]");
  return keys;
}

absl::StatusOr<std::string> MakeCredentialsFile(const std::string& path) {
  ASSIGN_OR_RETURN(std::string id, NewId());
  std::string text;
  // Growing would leave copies of the secret behind.
  text.reserve(256);
  const auto wipe = absl::MakeCleanup([&text] { Wipe(text); });
  absl::StrAppend(&text, "[[keys]]\nid = \"", id, "\"\nsecret = \"");
  RETURN_IF_ERROR(AppendNewSecret(&text));
  absl::StrAppend(&text, "\"\nstate = \"enabled\"\n");
  RETURN_IF_ERROR(MakeSecretFile(path, text, kCredentialsFile));
  return id;
}

}  // namespace penstock::broker
