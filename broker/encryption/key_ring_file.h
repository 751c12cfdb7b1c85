// The key ring file: the master keys, in TOML.
//
//   [[keys]]
//   id = "key-7f3a9c21"          # letters, digits, '-', '_', '.'
//   secret = "base64 of 32 random bytes"
//   state = "enabled"            # or "disabled"; enabled if it is left out
//   default = true               # alias/aws/kinesis; of one key at most
//
// The file must belong to the broker's user, and nobody else may read or write it (mode 0600 or
// less). Functions of the file alone; nothing is kept. What held secrets is wiped, as far as the
// program can reach: buffers within the TOML parser are not.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "broker/encryption/key_service.h"
#include "common/secret.h"

namespace penstock::broker {

inline constexpr size_t kKeyRingFileBytesMax = 256 * 1024;

struct MasterKey {
  std::string id;
  SecretKey secret;
  bool enabled = true;
  // A digest of the secret: another secret under the same id is another key.
  MasterKeyVersion version;
};

struct KeyRingContents {
  // At least one, in the order of the file; each id once.
  std::vector<MasterKey> keys;
  // Empty: none.
  std::string default_id;

  // Null if there is none.
  const MasterKey* Find(std::string_view id) const;
};

// PERMISSION_DENIED (KMS_ACCESS_DENIED), naming the file, if it cannot be read, is another user's,
// open to others, or no regular file; INVALID_ARGUMENT if it is larger than kKeyRingFileBytesMax.
absl::StatusOr<std::unique_ptr<SecretText>> ReadKeyRingFile(const std::string& path);

// INVALID_ARGUMENT, naming file and line, and never with what the file says there.
absl::StatusOr<KeyRingContents> ParseKeyRing(std::string_view text, const std::string& path);

// Makes a file of mode 0600 with one random key, enabled and the default, and gives its id. An
// error, and no change, if the file is there already.
absl::StatusOr<std::string> MakeKeyRingFile(const std::string& path);

}  // namespace penstock::broker
