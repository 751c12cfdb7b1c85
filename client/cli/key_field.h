// KeyField: the partition key of a record that is a JSON object, from one of its fields.
//
//   KeyField field("origin");
//   field.KeyOf(R"({"origin":"ORD","delay":4})")  ->  "ORD"
//
// The whole line is checked to be JSON. The field is one of the outermost object, the first of its
// name; a string is taken as it is, a number in its shortest form. Lines come from anywhere: the
// depth of nesting is bounded. Not thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include <simdjson.h>

namespace penstock::cli {

class KeyField {
 public:
  explicit KeyField(std::string name) : name_(std::move(name)) {}

  // INVALID_ARGUMENT, saying what is wrong with the line.
  absl::StatusOr<std::string> KeyOf(std::string_view line);

 private:
  const std::string name_;
  // Keeps its memory from line to line.
  simdjson::dom::parser parser_;
};

}  // namespace penstock::cli
