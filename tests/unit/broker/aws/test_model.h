// A small model for tests of binding: one member of every kind, each constraint somewhere.
#pragma once

#include <string>
#include <string_view>

#include "broker/aws/aws_error.h"
#include "broker/aws/cbor_document.h"
#include "broker/aws/json_document.h"
#include "broker/aws/structure.h"
#include "tests/unit/broker/aws/document_text.h"

namespace penstock::broker::test_model {

inline bool IsLowerCase(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == text.npos;
}

inline constexpr std::string_view kColours[] = {"RED", "GREEN"};

inline constexpr Shape kText{.name = "Text", .kind = ShapeKind::kString};
inline constexpr Shape kShortText{
    .name = "ShortText", .kind = ShapeKind::kString, .min = 2, .max = 4};
inline constexpr Shape kLowerText{
    .name = "LowerText", .kind = ShapeKind::kString, .pattern = "[a-z]+", .matches = IsLowerCase};
inline constexpr Shape kColour{.name = "Colour", .kind = ShapeKind::kString, .values = kColours};
inline constexpr Shape kData{.name = "Data", .kind = ShapeKind::kBlob, .min = 1, .max = 3};
inline constexpr Shape kCount{.name = "Count", .kind = ShapeKind::kInteger, .min = 1, .max = 10};
inline constexpr Shape kInteger{.name = "Integer", .kind = ShapeKind::kInteger};
inline constexpr Shape kLong{.name = "Long", .kind = ShapeKind::kLong};
inline constexpr Shape kTruth{.name = "Truth", .kind = ShapeKind::kBoolean};
inline constexpr Shape kTime{.name = "Time", .kind = ShapeKind::kTimestamp};
inline constexpr Shape kTexts{
    .name = "Texts", .kind = ShapeKind::kList, .min = 1, .max = 3, .member = &kShortText};
inline constexpr Shape kTags{.name = "Tags",
                             .kind = ShapeKind::kMap,
                             .min = 1,
                             .max = 2,
                             .member = &kShortText,
                             .key = &kShortText};

inline constexpr MemberShape kEntryMembers[] = {
    {.name = "Data", .shape = &kData, .required = true},
    {.name = "Key", .shape = &kShortText, .required = true},
};
inline constexpr StructureShape kEntry{.name = "Entry", .members = kEntryMembers};
inline constexpr Shape kEntryShape{
    .name = "Entry", .kind = ShapeKind::kStructure, .structure = &kEntry};
inline constexpr Shape kEntries{
    .name = "Entries", .kind = ShapeKind::kList, .min = 1, .max = 20, .member = &kEntryShape};

inline constexpr MemberShape kInputMembers[] = {
    {.name = "Text", .shape = &kText},        {.name = "Short", .shape = &kShortText},
    {.name = "Lower", .shape = &kLowerText},  {.name = "Colour", .shape = &kColour},
    {.name = "Data", .shape = &kData},        {.name = "Count", .shape = &kCount},
    {.name = "Integer", .shape = &kInteger},  {.name = "Long", .shape = &kLong},
    {.name = "Truth", .shape = &kTruth},      {.name = "Time", .shape = &kTime},
    {.name = "Texts", .shape = &kTexts},      {.name = "Tags", .shape = &kTags},
    {.name = "Entry", .shape = &kEntryShape}, {.name = "Entries", .shape = &kEntries},
};
inline constexpr StructureShape kInput{.name = "Input", .members = kInputMembers};

// "Type: message" of what binding a body says; "OK".
inline std::string Said(const absl::Status& status) {
  if (status.ok()) return "OK";
  const AwsError error = AwsErrorOf(status);
  return error.type + ": " + error.message;
}

inline std::string BindJson(std::string_view text, const StructureShape& shape = kInput) {
  const PaddedBody body(text);
  absl::StatusOr<Document> document = ParseJson(body.text());
  if (!document.ok()) return Said(document.status());
  return Said(BindInput(shape, *std::move(document)).status());
}

inline std::string BindCbor(std::string_view body, const StructureShape& shape = kInput) {
  absl::StatusOr<Document> document = ParseCbor(body);
  if (!document.ok()) return Said(document.status());
  return Said(BindInput(shape, *std::move(document)).status());
}

}  // namespace penstock::broker::test_model
