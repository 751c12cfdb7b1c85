#include "client/cli/key_field.h"

#include <array>
#include <charconv>
#include <cstdint>

#include "absl/strings/str_cat.h"

#include "common/error.h"

namespace penstock::cli {
namespace {

std::string ShortestForm(double number) {
  std::array<char, 32> text;
  const std::to_chars_result result = std::to_chars(text.data(), text.data() + text.size(), number);
  return std::string(text.data(), result.ptr);
}

const char* TypeName(simdjson::dom::element_type type) {
  switch (type) {
    case simdjson::dom::element_type::ARRAY:
      return "an array";
    case simdjson::dom::element_type::OBJECT:
      return "an object";
    case simdjson::dom::element_type::BOOL:
      return "true or false";
    case simdjson::dom::element_type::NULL_VALUE:
      return "null";
    default:
      return "something else";
  }
}

}  // namespace

absl::StatusOr<std::string> KeyField::KeyOf(std::string_view line) {
  simdjson::dom::element document;
  if (const simdjson::error_code error = parser_.parse(line.data(), line.size()).get(document)) {
    return absl::InvalidArgumentError(absl::StrCat("not JSON: ", simdjson::error_message(error)));
  }
  simdjson::dom::object object;
  if (document.get_object().get(object) != simdjson::SUCCESS)
    return absl::InvalidArgumentError("not a JSON object");
  simdjson::dom::element field;
  if (object.at_key(name_).get(field) != simdjson::SUCCESS)
    return absl::InvalidArgumentError(absl::StrCat("no field '", Excerpt(name_), "'"));
  switch (field.type()) {
    case simdjson::dom::element_type::STRING:
      return std::string(std::string_view(field.get_string().value_unsafe()));
    case simdjson::dom::element_type::INT64:
      return absl::StrCat(field.get_int64().value_unsafe());
    case simdjson::dom::element_type::UINT64:
      return absl::StrCat(field.get_uint64().value_unsafe());
    case simdjson::dom::element_type::DOUBLE:
      return ShortestForm(field.get_double().value_unsafe());
    default:
      return absl::InvalidArgumentError(absl::StrCat("field '", Excerpt(name_), "' is ",
                                                     TypeName(field.type()),
                                                     "; a partition key is a string or a number"));
  }
}

}  // namespace penstock::cli
