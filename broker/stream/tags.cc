#include "broker/stream/tags.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "broker/stream/request_checks.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kMarks = "_.:/=+-@%";
constexpr absl::string_view kReservedPrefix = "aws:";

// Takes a character off the front of `text`, which is not empty; nothing where that is not UTF-8
// (RFC 3629: shortest form, no surrogates, nothing above U+10FFFF).
std::optional<char32_t> TakeCharacter(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  size_t bytes = 1;
  char32_t character = first;
  char32_t smallest = 0;
  if (first >= 0x80) {
    if (first >= 0xc0 && first < 0xe0) {
      bytes = 2, character = first & 0x1f, smallest = 0x80;
    } else if (first >= 0xe0 && first < 0xf0) {
      bytes = 3, character = first & 0x0f, smallest = 0x800;
    } else if (first >= 0xf0 && first < 0xf8) {
      bytes = 4, character = first & 0x07, smallest = 0x10000;
    } else {
      return std::nullopt;
    }
  }
  if (text.size() < bytes) return std::nullopt;
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return std::nullopt;
    character = character << 6 | (next & 0x3f);
  }
  if (character < smallest || character > 0x10ffff) return std::nullopt;
  if (character >= 0xd800 && character <= 0xdfff) return std::nullopt;
  text.remove_prefix(bytes);
  return character;
}

bool IsTagCharacter(char32_t character) {
  if (character < 0x80) {
    const auto c = static_cast<unsigned char>(character);
    return absl::ascii_isalnum(c) || c == ' ' ||
           kMarks.find(static_cast<char>(c)) != std::string_view::npos;
  }
  const bool control = character < 0xa0;
  const bool noncharacter =
      (character >= 0xfdd0 && character <= 0xfdef) || (character & 0xfffe) == 0xfffe;
  return !control && !noncharacter;
}

absl::Status CheckText(std::string_view field, std::string_view text, size_t chars_min,
                       size_t chars_max) {
  size_t characters = 0;
  for (std::string_view rest = text; !rest.empty(); ++characters) {
    const std::optional<char32_t> character = TakeCharacter(rest);
    if (!character) return InvalidField(field, "'" + Excerpt(text) + "' is not UTF-8");
    if (!IsTagCharacter(*character)) {
      return InvalidField(field,
                          absl::StrCat("'", Excerpt(text),
                                       "' has other characters than letters, digits, spaces and ",
                                       "_ . : / = + - @ %"));
    }
  }
  if (characters < chars_min) return InvalidField(field, "is empty");
  if (characters > chars_max) {
    return InvalidField(field,
                        absl::StrCat("has ", characters, " characters, more than ", chars_max));
  }
  return absl::OkStatus();
}

absl::Status CheckKey(std::string_view field, std::string_view key) {
  RETURN_IF_ERROR(CheckText(field, key, 1, kTagKeyCharsMax));
  if (absl::StartsWithIgnoreCase(absl::string_view(key.data(), key.size()), kReservedPrefix)) {
    return InvalidField(
        field, absl::StrCat("'", Excerpt(key), "' begins with \"aws:\", which is reserved"));
  }
  return absl::OkStatus();
}

absl::Status CheckCount(std::string_view field, size_t count, size_t min) {
  if (count < min) return InvalidField(field, "is empty");
  if (count > kTagsMax) {
    return InvalidField(field, absl::StrCat("has ", count, " entries, more than ", kTagsMax));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Tags> ResolveTags(const std::vector<Tag>& given) {
  RETURN_IF_ERROR(CheckCount("tags", given.size(), 0));
  Tags tags;
  for (size_t i = 0; i < given.size(); ++i) {
    const std::string field = absl::StrCat("tags[", i, "]");
    RETURN_IF_ERROR(CheckKey(field + ".key", given[i].key));
    RETURN_IF_ERROR(CheckText(field + ".value", given[i].value, 0, kTagValueCharsMax));
    if (!tags.emplace(given[i].key, given[i].value).second) {
      return InvalidField(field + ".key", "'" + Excerpt(given[i].key) + "' is given twice");
    }
  }
  return tags;
}

absl::Status AddTags(std::string_view resource, const std::vector<Tag>& added, Tags& tags) {
  RETURN_IF_ERROR(CheckCount("tags", added.size(), 1));
  ASSIGN_OR_RETURN(Tags result, ResolveTags(added));
  // Inserts those that the new ones do not replace.
  result.insert(tags.begin(), tags.end());
  if (result.size() > kTagsMax) {
    return WithField(MakeError(ErrorReason::kInvalidArgument,
                               absl::StrCat(std::string(resource), " would have ", result.size(),
                                            " tags, more than ", kTagsMax)),
                     "tags");
  }
  tags = std::move(result);
  return absl::OkStatus();
}

absl::Status RemoveTags(const std::vector<std::string>& keys, Tags& tags) {
  RETURN_IF_ERROR(CheckCount("tag_keys", keys.size(), 1));
  for (size_t i = 0; i < keys.size(); ++i) {
    RETURN_IF_ERROR(CheckKey(absl::StrCat("tag_keys[", i, "]"), keys[i]));
  }
  for (const std::string& key : keys) tags.erase(key);
  return absl::OkStatus();
}

absl::StatusOr<TagPage> ListTags(const Tags& tags, std::string_view exclusive_start_tag_key,
                                 uint32_t limit) {
  if (limit == 0) limit = kListTagsMax;
  RETURN_IF_ERROR(CheckRange("limit", limit, 1, kListTagsMax));
  if (!exclusive_start_tag_key.empty()) {
    RETURN_IF_ERROR(CheckKey("exclusive_start_tag_key", exclusive_start_tag_key));
  }
  TagPage page;
  auto next = tags.upper_bound(exclusive_start_tag_key);
  for (; next != tags.end() && page.tags.size() < limit; ++next) {
    page.tags.push_back({next->first, next->second});
  }
  page.has_more = next != tags.end();
  return page;
}

}  // namespace penstock::broker
