// KeyId: the forms in which Kinesis names a master key, and which key of a ring they stand for.
//
//   orders-2026                                          itself
//   1234abcd-12ab-34cd-56ef-1234567890ab                 itself
//   arn:aws:kms:REGION:ACCOUNT:key/orders-2026           orders-2026
//   alias/orders-2026, arn:aws:kms:…:alias/orders-2026   orders-2026
//   alias/aws/kinesis, arn:aws:kms:…:alias/aws/kinesis   the ring's default key
//
// Of a path the last part counts; region and account say nothing here. An alias of AWS's own other
// than that of Kinesis (alias/aws/s3) stands for no key. Source: StartStreamEncryption, KeyId, in
// the Kinesis API reference.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace penstock::broker {

struct KeyId {
  // The default key of the ring; `name` is empty.
  bool is_default = false;
  std::string name;

  // INVALID_ARGUMENT, of the field key_id, unless it is of one of these forms and has 1 to
  // kKeyIdCharsMax characters; KMS_NOT_FOUND for an alias of AWS's own.
  static absl::StatusOr<KeyId> Parse(std::string_view text);

  // Whether a key of a ring may be called so: 1 to kKeyIdCharsMax letters, digits, '-', '_', '.'.
  static bool IsName(std::string_view text);
};

}  // namespace penstock::broker
