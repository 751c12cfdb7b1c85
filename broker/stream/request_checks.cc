#include "broker/stream/request_checks.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "common/error.h"

namespace penstock::broker {
namespace {

bool IsNameChar(unsigned char c) {
  return absl::ascii_isalnum(c) || c == '_' || c == '.' || c == '-';
}

}  // namespace

absl::Status InvalidField(std::string_view field, std::string_view what) {
  return WithField(
      MakeError(ErrorReason::kInvalidArgument, std::string(field).append(" ").append(what)), field);
}

absl::Status CheckRange(std::string_view field, uint64_t value, uint64_t min, uint64_t max) {
  if (value < min) return InvalidField(field, absl::StrCat("is ", value, ", less than ", min));
  if (value > max) return InvalidField(field, absl::StrCat("is ", value, ", more than ", max));
  return absl::OkStatus();
}

absl::Status CheckName(std::string_view field, std::string_view name, size_t chars_max) {
  if (name.empty()) return InvalidField(field, "is empty");
  if (name.size() > chars_max) {
    return InvalidField(field,
                        absl::StrCat("has ", name.size(), " characters, more than ", chars_max));
  }
  if (!std::all_of(name.begin(), name.end(), IsNameChar)) {
    return InvalidField(
        field, absl::StrCat("'", Excerpt(name),
                            "' has other characters than letters, digits, '_', '.' and '-'"));
  }
  return absl::OkStatus();
}

}  // namespace penstock::broker
