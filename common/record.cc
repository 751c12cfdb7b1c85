#include "common/record.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include <simdjson.h>

#include "common/error.h"
#include "common/limits.h"

namespace penstock {
namespace {

absl::Status InvalidKey(std::string_view what) {
  return WithField(MakeError(ErrorReason::kInvalidArgument, what), "partition_key");
}

// In valid UTF-8 each character has one byte that is not of the form 10xxxxxx.
size_t CountCharacters(std::string_view utf8) {
  return static_cast<size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

}  // namespace

absl::StatusOr<HashKey> HashKeyOf(const RecordView& record) {
  if (record.explicit_hash_key.empty()) return HashKey::FromPartitionKey(record.partition_key);
  absl::StatusOr<HashKey> hash_key = HashKey::FromDecimal(record.explicit_hash_key);
  if (!hash_key.ok()) return WithField(hash_key.status(), "explicit_hash_key");
  return hash_key;
}

absl::Status ValidateRecord(const RecordView& record, size_t record_bytes_max) {
  const std::string_view key = record.partition_key;
  if (key.empty()) return InvalidKey("partition_key is empty; it must have 1 to 256 characters");
  if (!simdjson::validate_utf8(key.data(), key.size())) {
    return InvalidKey(absl::StrCat("partition_key '", Excerpt(key), "' is not UTF-8"));
  }
  // A key of 256 bytes or fewer cannot have more characters.
  if (key.size() > kPartitionKeyCharsMax) {
    const size_t characters = CountCharacters(key);
    if (characters > kPartitionKeyCharsMax) {
      return InvalidKey(absl::StrCat("partition_key has ", characters, " characters, more than ",
                                     kPartitionKeyCharsMax));
    }
  }
  if (RecordBytes(record) > record_bytes_max) {
    return WithField(
        MakeError(ErrorReason::kInvalidArgument,
                  absl::StrCat("record has ", RecordBytes(record),
                               " bytes of data and partition key, more than the stream's limit of ",
                               record_bytes_max)),
        "data");
  }
  return absl::OkStatus();
}

}  // namespace penstock
