// SigningKeys: the keys that SigV4 derives of a secret, one a day, region and service.
//
// A derived key costs four HMACs and serves every request of its day, so the ones used last are
// kept: kKept at most, the one that was not used for longest goes first. A key is found by the
// version of its secret, too: a new secret under an old id never meets a key of the old one. Keys
// are wiped when they are dropped. Thread-safe; one mutex, held for a look-up and not while
// deriving.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"

#include "broker/aws/credentials.h"
#include "broker/aws/sigv4_authorization.h"
#include "common/mutex.h"
#include "common/secret.h"

namespace penstock::broker {

// Of a secret, without any cache.
SecretKey DeriveSigningKey(std::string_view secret, const CredentialScope& scope);

class SigningKeys {
 public:
  // About 200 bytes each; two a day for each key that is in use, around midnight.
  static constexpr size_t kKept = 1'000;

  explicit SigningKeys(size_t kept = kKept) : kept_(kept) {}

  std::shared_ptr<const SecretKey> Get(const AccessKey& key, const CredentialScope& scope);

  size_t size() const;

 private:
  struct Entry {
    std::string name;
    std::shared_ptr<const SecretKey> key;
  };

  std::shared_ptr<const SecretKey> Find(const std::string& name);
  void Keep(const std::string& name, std::shared_ptr<const SecretKey> key);

  const size_t kept_;
  mutable Mutex mutex_;
  // The one that was used last is the first.
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::list<Entry>::iterator> by_name_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
