#include "broker/aws/structure.h"

#include "broker/aws/bound_value.h"
#include "broker/aws/constraint_checker.h"
#include "broker/aws/type_binder.h"
#include "common/check.h"
#include "common/status_macros.h"

namespace penstock::broker {

const BoundValue& Structure::Find(std::string_view member, ShapeKind kind) const {
  const MemberShape* found = shape_->Find(member);
  CHECK(found != nullptr);
  CHECK(found->shape->kind == kind);
  return values_[found - shape_->members.data()];
}

bool Structure::Has(std::string_view member) const {
  const MemberShape* found = shape_->Find(member);
  CHECK(found != nullptr);
  return values_[found - shape_->members.data()].present;
}

std::string_view Structure::Text(std::string_view member) const {
  const BoundValue& value = Find(member, ShapeKind::kString);
  return value.present ? value.text() : std::string_view();
}

std::string_view Structure::Blob(std::string_view member) const {
  const BoundValue& value = Find(member, ShapeKind::kBlob);
  return value.present ? value.text() : std::string_view();
}

std::optional<int64_t> Structure::Integer(std::string_view member) const {
  const MemberShape* found = shape_->Find(member);
  CHECK(found != nullptr);
  CHECK(found->shape->kind == ShapeKind::kInteger || found->shape->kind == ShapeKind::kLong);
  const BoundValue& value = values_[found - shape_->members.data()];
  return value.present ? std::optional(value.integer) : std::nullopt;
}

std::optional<bool> Structure::Boolean(std::string_view member) const {
  const BoundValue& value = Find(member, ShapeKind::kBoolean);
  return value.present ? std::optional(value.integer != 0) : std::nullopt;
}

std::optional<int64_t> Structure::TimestampMs(std::string_view member) const {
  const BoundValue& value = Find(member, ShapeKind::kTimestamp);
  return value.present ? std::optional(value.integer) : std::nullopt;
}

std::optional<Structure> Structure::Child(std::string_view member) const {
  const BoundValue& value = Find(member, ShapeKind::kStructure);
  if (!value.present) return std::nullopt;
  return Structure(shape_->Find(member)->shape->structure, value.values);
}

std::vector<Structure> Structure::Structures(std::string_view member) const {
  const BoundValue& value = Find(member, ShapeKind::kList);
  const Shape& item = *shape_->Find(member)->shape->member;
  CHECK(item.kind == ShapeKind::kStructure);
  std::vector<Structure> structures;
  if (!value.present) return structures;
  structures.reserve(value.size);
  for (const BoundValue& bound : value.items()) {
    structures.emplace_back(item.structure, bound.values);
  }
  return structures;
}

std::vector<std::string_view> Structure::Texts(std::string_view member) const {
  const BoundValue& value = Find(member, ShapeKind::kList);
  CHECK(shape_->Find(member)->shape->member->kind == ShapeKind::kString);
  std::vector<std::string_view> texts;
  if (!value.present) return texts;
  texts.reserve(value.size);
  for (const BoundValue& bound : value.items()) texts.push_back(bound.text());
  return texts;
}

std::vector<std::pair<std::string_view, std::string_view>> Structure::Map(
    std::string_view member) const {
  const BoundValue& value = Find(member, ShapeKind::kMap);
  CHECK(shape_->Find(member)->shape->member->kind == ShapeKind::kString);
  std::vector<std::pair<std::string_view, std::string_view>> entries;
  if (!value.present) return entries;
  entries.reserve(value.size);
  for (const BoundEntry& entry : value.map()) entries.emplace_back(entry.key, entry.value.text());
  return entries;
}

absl::StatusOr<AwsInput> BindInput(const StructureShape& shape, Document document) {
  BoundValue root;
  TypeBinder binder(document.format(), document.arena());
  RETURN_IF_ERROR(binder.BindStructure(shape, document.root(), &root));
  RETURN_IF_ERROR(ConstraintChecker().Check(shape, root));
  return AwsInput(std::move(document), Structure(&shape, root.values));
}

}  // namespace penstock::broker
