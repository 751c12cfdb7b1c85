// AccessKey and CredentialsSource: who may sign requests.
//
// An access key is an id that travels with each request and a secret that never does. Keys are
// immutable and shared; a source may change the keys that it gives from one call to the next.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/secret.h"

namespace penstock::broker {

struct AccessKey {
  std::string id;
  // Who signs with it. A principal has two keys while they are rotated.
  std::string principal;
  // For people; may be empty.
  std::string description;
  bool enabled = true;
  std::unique_ptr<const SecretText> secret;
  // A digest of the secret: another secret under the same id is another key, and nothing that was
  // derived from the old one may be used with it.
  uint64_t version = 0;
};

// Thread-safe.
class CredentialsSource {
 public:
  virtual ~CredentialsSource() = default;

  // A key that may be used; null if there is none of that id, or it is disabled.
  virtual std::shared_ptr<const AccessKey> Find(std::string_view id) = 0;
};

}  // namespace penstock::broker
