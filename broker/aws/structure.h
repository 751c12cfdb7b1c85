// A request's input, bound to its shape: what an operation reads its members from.
//
// BindInput goes over the document twice, in the order of AWS: first the types of everything
// (SerializationException, for the first that is wrong), then the constraints of everything
// (ValidationException, which tells up to ten that are broken at once, with their paths:
// "records.1.member.partitionKey"). Members that the shape does not have are passed over; null is
// absent. Afterwards each structure is a row of values in the order of its shape's members.
//
// Blobs are decoded into the arena; all else are views into the body and the arena, which the
// AwsInput owns. The body must outlive it. A Structure is two pointers, to be copied freely, valid
// as long as its AwsInput (which may be moved). Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "broker/aws/document.h"
#include "broker/aws/shape.h"

namespace penstock::broker {

// Broken constraints that one ValidationException tells.
inline constexpr size_t kValidationErrorsMax = 10;
// Bytes that are shown of a value that breaks a constraint. AWS shows it whole; an ARN (2,048
// characters) must be recognised, a list of 10 MiB must not come back.
inline constexpr size_t kValidationValueBytesMax = 4096;

struct BoundValue;

// Each accessor CHECKs that the shape has the member, with the type that is asked for.
class Structure {
 public:
  Structure(const StructureShape* shape, const BoundValue* values)
      : shape_(shape), values_(values) {}

  const StructureShape& shape() const { return *shape_; }

  bool Has(std::string_view member) const;
  // Absent: empty.
  std::string_view Text(std::string_view member) const;
  // Decoded. Absent: empty.
  std::string_view Blob(std::string_view member) const;
  // Integer and long shapes.
  std::optional<int64_t> Integer(std::string_view member) const;
  std::optional<bool> Boolean(std::string_view member) const;
  std::optional<int64_t> TimestampMs(std::string_view member) const;
  std::optional<Structure> Child(std::string_view member) const;
  // A list of structures. Absent: empty.
  std::vector<Structure> Structures(std::string_view member) const;
  // A list of strings. Absent: empty.
  std::vector<std::string_view> Texts(std::string_view member) const;
  // A map of string to string, in the order of the body. Absent: empty.
  std::vector<std::pair<std::string_view, std::string_view>> Map(std::string_view member) const;

 private:
  const BoundValue& Find(std::string_view member, ShapeKind kind) const;

  const StructureShape* shape_;
  const BoundValue* values_;
};

class AwsInput {
 public:
  AwsInput(Document document, Structure root) : document_(std::move(document)), root_(root) {}

  const Structure& root() const { return root_; }

 private:
  Document document_;
  Structure root_;
};

absl::StatusOr<AwsInput> BindInput(const StructureShape& shape, Document document);

}  // namespace penstock::broker
