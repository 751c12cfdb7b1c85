#include "broker/aws/aws_format.h"

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

#include "common/check.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kJsonType = "application/x-amz-json-1.1";
constexpr std::string_view kCborType = "application/x-amz-cbor-1.1";
constexpr std::string_view kBlanks = " \t";

bool Same(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase({a.data(), a.size()}, {b.data(), b.size()});
}

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

}  // namespace

std::optional<AwsFormat> AwsFormatOf(std::string_view content_type) {
  const std::string_view type = Trimmed(content_type.substr(0, content_type.find(';')));
  if (Same(type, kJsonType)) return AwsFormat::kJson;
  if (Same(type, kCborType)) return AwsFormat::kCbor;
  return std::nullopt;
}

std::string_view ContentTypeOf(AwsFormat format) {
  switch (format) {
    case AwsFormat::kJson:
      return kJsonType;
    case AwsFormat::kCbor:
      return kCborType;
  }
  CHECK(false);
}

}  // namespace penstock::broker
