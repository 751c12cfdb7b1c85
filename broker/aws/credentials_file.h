// The credentials file: the access keys, in TOML.
//
//   [[keys]]
//   id = "PSTK4QZ7M2XW5N6TBLAC"       # letters, digits, '-', '_', '.'
//   secret = "16 to 256 printable characters, without blanks"
//   principal = "orders-service"      # whose key it is; the id if it is left out
//   description = "made in January"   # for people
//   state = "enabled"                 # or "disabled"; enabled if it is left out
//
// A principal has two enabled keys at most: the old one and the new one while they are rotated. The
// file must belong to the broker's user, and nobody else may read or write it (mode 0600 or less).
// Functions of the file alone; nothing is kept. What held secrets is wiped, as far as the program
// can reach: buffers within the TOML parser are not.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

#include "broker/aws/credentials.h"
#include "common/secret.h"

namespace penstock::broker {

// Some thousands of keys; a file that is larger by far is another file.
inline constexpr size_t kCredentialsFileBytesMax = 1024 * 1024;
inline constexpr size_t kAccessKeyIdBytesMax = 128;
// Against secrets that can be guessed from one signature. AWS's have 40.
inline constexpr size_t kAccessKeySecretBytesMin = 16;
inline constexpr size_t kAccessKeySecretBytesMax = 256;
inline constexpr size_t kPrincipalBytesMax = 256;
inline constexpr size_t kEnabledKeysPerPrincipalMax = 2;

// By id; at least one.
using AccessKeys = absl::flat_hash_map<std::string, std::shared_ptr<const AccessKey>>;

// INVALID_ARGUMENT, naming the file, if it cannot be read, is another user's, open to others, no
// regular file, or larger than kCredentialsFileBytesMax.
absl::StatusOr<std::unique_ptr<SecretText>> ReadCredentialsFile(const std::string& path);

// INVALID_ARGUMENT, naming file and line, and never with what the file says as a secret.
absl::StatusOr<AccessKeys> ParseCredentials(std::string_view text, const std::string& path);

// Makes a file of mode 0600 with one random key, enabled, and gives its id. An error, and no
// change, if the file is there already.
absl::StatusOr<std::string> MakeCredentialsFile(const std::string& path);

}  // namespace penstock::broker
