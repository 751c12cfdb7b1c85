// TypeBinder: the first of BindInput's two ways over a document: every value gets the type of its
// shape, or the first that cannot is told.
//
// The texts are those of AWS, so that clients and their tests see what they know. Integers that are
// written as decimals lose their fraction, as on AWS. Recursion is as deep as the shapes are. One
// thread.
#pragma once

#include <memory_resource>
#include <string_view>

#include "absl/status/status.h"

#include "broker/aws/aws_format.h"
#include "broker/aws/bound_value.h"
#include "broker/aws/document.h"
#include "broker/aws/shape.h"

namespace penstock::broker {

class TypeBinder {
 public:
  // `arena` takes what is bound.
  TypeBinder(AwsFormat format, std::pmr::memory_resource* arena) : format_(format), arena_(arena) {}

  // SerializationException. `node` and its body must outlive what is bound.
  absl::Status BindStructure(const StructureShape& shape, const DocumentNode& node,
                             BoundValue* value);

 private:
  absl::Status Bind(const Shape& shape, const DocumentNode& node, BoundValue* value);
  absl::Status BindList(const Shape& shape, const DocumentNode& node, BoundValue* value);
  absl::Status BindMap(const Shape& shape, const DocumentNode& node, BoundValue* value);
  absl::Status BindBlob(const DocumentNode& node, BoundValue* value);
  absl::Status BindTimestamp(const DocumentNode& node, BoundValue* value) const;

  template <typename T>
  T* NewRow(size_t size);

  const AwsFormat format_;
  std::pmr::memory_resource* const arena_;
};

}  // namespace penstock::broker
