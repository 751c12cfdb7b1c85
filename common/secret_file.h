// Files that hold secrets: read only where nobody else can read them, made so that nobody can.
//
// Such a file is a regular file of the program's own user, mode 0600 or less. What is read is
// wiped when it is dropped (common/secret.h). Functions of the file alone; nothing is kept.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/error.h"
#include "common/secret.h"

namespace penstock {

struct SecretFileKind {
  // For messages: "key ring file".
  std::string_view name;
  size_t bytes_max;
  // Of the error if the file cannot be read or made.
  ErrorReason denied;
};

// The denied reason of `kind`, naming the file, if it cannot be read, is another user's, open to
// others, or no regular file; INVALID_ARGUMENT if it is larger than bytes_max.
absl::StatusOr<std::unique_ptr<SecretText>> ReadSecretFile(const std::string& path,
                                                           const SecretFileKind& kind);

// Makes the file with mode 0600 and syncs it. The denied reason, and no change, if it is there
// already; wiping `text` is the caller's.
absl::Status MakeSecretFile(const std::string& path, std::string_view text,
                            const SecretFileKind& kind);

}  // namespace penstock
