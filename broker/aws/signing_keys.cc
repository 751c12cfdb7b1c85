#include "broker/aws/signing_keys.h"

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include <openssl/crypto.h>

#include "broker/aws/sigv4_digest.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kSecretPrefix = "AWS4";

}  // namespace

SecretKey DeriveSigningKey(std::string_view secret, const CredentialScope& scope) {
  SecretText start(kSecretPrefix.size() + secret.size());
  std::string& text = start.text();
  std::copy(kSecretPrefix.begin(), kSecretPrefix.end(), text.begin());
  std::copy(secret.begin(), secret.end(), text.begin() + kSecretPrefix.size());

  Sha256Digest key = HmacSha256(text, scope.date);
  const auto wipe = absl::MakeCleanup([&key] { OPENSSL_cleanse(key.data(), key.size()); });
  for (const std::string* part : {&scope.region, &scope.service, &scope.terminator}) {
    key = HmacSha256(BytesOf(key), *part);
  }
  return SecretKey(BytesOf(key));
}

std::shared_ptr<const SecretKey> SigningKeys::Get(const AccessKey& key,
                                                  const CredentialScope& scope) {
  // '/' is in no id, and in no element of a scope.
  const std::string name = absl::StrCat(key.id, "/", key.version, "/", scope.Text());
  if (std::shared_ptr<const SecretKey> found = Find(name)) return found;
  auto derived = std::make_shared<const SecretKey>(DeriveSigningKey(key.secret->text(), scope));
  Keep(name, derived);
  return derived;
}

size_t SigningKeys::size() const {
  MutexLock lock(mutex_);
  return entries_.size();
}

std::shared_ptr<const SecretKey> SigningKeys::Find(const std::string& name) {
  MutexLock lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->key;
}

void SigningKeys::Keep(const std::string& name, std::shared_ptr<const SecretKey> key) {
  MutexLock lock(mutex_);
  // Another thread may have derived the same meanwhile.
  if (by_name_.contains(name)) return;
  entries_.push_front({name, std::move(key)});
  by_name_.emplace(name, entries_.begin());
  if (entries_.size() <= kept_) return;
  by_name_.erase(entries_.back().name);
  entries_.pop_back();
}

}  // namespace penstock::broker
