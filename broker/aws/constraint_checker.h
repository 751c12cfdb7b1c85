// ConstraintChecker: the second of BindInput's two ways: holds every value against the constraints
// of its shape, and tells up to ten that are broken in the words of AWS:
//
//   2 validation errors detected: Value '' at 'streamName' failed to satisfy constraint: Member must
//   have length greater than or equal to 1; Value null at 'records.2.member.data' failed to ...
//
// Members come in the order of their shapes, of a value first its pattern or enum, then its least
// and its greatest. What is wrong within a list or a map of plain values is told of the whole, as
// AWS does. The path is made only where something is wrong. Recursion is as deep as the shapes are.
// One thread, one use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "broker/aws/bound_value.h"
#include "broker/aws/shape.h"

namespace penstock::broker {

class ConstraintChecker {
 public:
  // ValidationException if anything is broken.
  absl::Status Check(const StructureShape& shape, const BoundValue& value);

 private:
  // Where a value is: its name there, and in what. Lies on the stack of the one who checks it.
  struct Place {
    const Place* parent = nullptr;
    // A structure's member, or the key of a map's value.
    std::string_view name;
    bool is_member = false;
    // From 1, of a list's item; 0: none.
    size_t index = 0;
  };

  void CheckStructure(const StructureShape& shape, const BoundValue& value, const Place* place);
  void CheckValue(const Shape& shape, const BoundValue& value, const Place& place);
  void CheckList(const Shape& shape, const BoundValue& value, const Place& place);
  void CheckMap(const Shape& shape, const BoundValue& value, const Place& place);
  void Add(const Shape& shape, const BoundValue& value, const Place& place,
           std::string_view constraint);
  bool full() const;

  std::vector<std::string> errors_;
};

}  // namespace penstock::broker
