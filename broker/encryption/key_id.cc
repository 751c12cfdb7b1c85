#include "broker/encryption/key_id.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "common/error.h"
#include "common/limits.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kArnPrefix = "arn:";
constexpr std::string_view kAliasPrefix = "alias/";
constexpr std::string_view kAwsAliasPrefix = "alias/aws/";
constexpr std::string_view kDefaultAlias = "alias/aws/kinesis";
constexpr std::string_view kKeyPrefix = "key/";

absl::Status Refuse(std::string_view what) {
  return WithField(MakeError(ErrorReason::kInvalidArgument, what), "key_id");
}

// Cuts the text before `separator` off `*rest`; all of it where there is none.
std::string_view CutPart(char separator, std::string_view* rest) {
  const size_t end = rest->find(separator);
  const std::string_view part = rest->substr(0, end);
  *rest = end == std::string_view::npos ? std::string_view() : rest->substr(end + 1);
  return part;
}

// arn:PARTITION:kms:REGION:ACCOUNT:RESOURCE. Empty if it is no such thing.
std::string_view ResourceOfArn(std::string_view arn) {
  CutPart(':', &arn);
  CutPart(':', &arn);
  if (CutPart(':', &arn) != "kms") return {};
  CutPart(':', &arn);
  CutPart(':', &arn);
  return arn.starts_with(kKeyPrefix) || arn.starts_with(kAliasPrefix) ? arn : std::string_view();
}

}  // namespace

bool KeyId::IsName(std::string_view text) {
  return !text.empty() && text.size() <= kKeyIdCharsMax &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
         });
}

absl::StatusOr<KeyId> KeyId::Parse(std::string_view text) {
  if (text.empty()) return Refuse("key_id is empty");
  if (text.size() > kKeyIdCharsMax) {
    return Refuse(
        absl::StrCat("key_id has ", text.size(), " characters, more than ", kKeyIdCharsMax));
  }
  const bool is_arn = text.starts_with(kArnPrefix);
  const std::string_view resource = is_arn ? ResourceOfArn(text) : text;
  if (resource == kDefaultAlias) return KeyId{true, ""};
  if (resource.starts_with(kAwsAliasPrefix)) {
    return MakeError(ErrorReason::kKmsNotFound,
                     absl::StrCat("master key '", Excerpt(text),
                                  "' is AWS's own: only alias/aws/kinesis stands for a key here"));
  }
  const bool is_path = is_arn || resource.starts_with(kAliasPrefix);
  const std::string_view name =
      is_path ? resource.substr(resource.find_last_of('/') + 1) : resource;
  if (!IsName(name)) {
    return Refuse(absl::StrCat("key_id '", Excerpt(text),
                               "' is neither the id of a key, nor an alias, nor the ARN of one"));
  }
  return KeyId{false, std::string(name)};
}

}  // namespace penstock::broker
