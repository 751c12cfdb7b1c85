// EncryptionType: whether records are stored encrypted, with a key that a master key wraps.
#pragma once

#include <string_view>

namespace penstock {

enum class EncryptionType { kNone, kKms };

// "NONE" or "KMS".
std::string_view EncryptionTypeName(EncryptionType type);

}  // namespace penstock
