#include "broker/stream/tags.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"
#include "common/limits.h"

namespace penstock::broker {
namespace {

std::string Repeat(std::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string KeyError(const std::string& key) {
  const absl::Status status = ResolveTags({{key, ""}}).status();
  if (status.ok()) return "no error";
  CHECK(ReasonOf(status) == ErrorReason::kInvalidArgument);
  CHECK(FieldOf(status) == "tags[0].key");
  return std::string(status.message());
}

std::string ValueError(const std::string& value) {
  const absl::Status status = ResolveTags({{"k", value}}).status();
  if (status.ok()) return "no error";
  CHECK(ReasonOf(status) == ErrorReason::kInvalidArgument);
  CHECK(FieldOf(status) == "tags[0].value");
  return std::string(status.message());
}

std::vector<Tag> Numbered(size_t count, size_t first = 0) {
  std::vector<Tag> tags;
  for (size_t i = first; i < first + count; ++i) tags.push_back({"k" + std::to_string(i), "v"});
  return tags;
}

TEST_CASE("lengths of tags are counted in characters", "[stream]") {
  for (const char* character : {"x", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    CHECK(KeyError(Repeat(character, 127)) == "no error");
    CHECK(KeyError(Repeat(character, 128)) == "no error");
    CHECK(KeyError(Repeat(character, 129)) == "tags[0].key has 129 characters, more than 128");
    CHECK(ValueError(Repeat(character, 255)) == "no error");
    CHECK(ValueError(Repeat(character, 256)) == "no error");
    CHECK(ValueError(Repeat(character, 257)) == "tags[0].value has 257 characters, more than 256");
  }
  CHECK(KeyError("") == "tags[0].key is empty");
  CHECK(KeyError("k") == "no error");
  CHECK(ValueError("") == "no error");
}

TEST_CASE("characters of tags", "[stream]") {
  for (int c = 1; c < 0x80; ++c) {
    const std::string text(1, static_cast<char>(c));
    const bool allowed = std::string_view(
                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 "
                             "_.:/=+-@%")
                             .find(text) != std::string_view::npos;
    INFO(c);
    CHECK((KeyError(text) == "no error") == allowed);
    CHECK((ValueError(text) == "no error") == allowed);
  }
  CHECK_FALSE(ResolveTags({{std::string("a\0b", 3), ""}}).ok());
  // The ends of what is allowed beyond ASCII, and what lies next to them.
  for (const char* allowed :
       {"\xc2\xa0", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xb7\x8f", "\xef\xb7\xb0", "\xef\xbf\xbd",
        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbd"}) {
    CHECK(KeyError(allowed) == "no error");
  }
  for (const char* refused : {"\xc2\x80", "\xc2\x9f", "\xef\xb7\x90", "\xef\xb7\xaf",
                              "\xef\xbf\xbe", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf"}) {
    CHECK(KeyError(refused).find("has other characters than letters, digits, spaces and "
                                 "_ . : / = + - @ %") != std::string::npos);
  }
}

TEST_CASE("tags are UTF-8", "[stream]") {
  // Cut short, no beginning, no continuation, overlong, surrogates, too large, not a byte of it.
  for (const char* text : {"\xc3", "\xe2\x82", "\xf0\x9f\x98", "\x80", "\xc3x", "\xe2\x82x",
                           "\xc1\xa1", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xed\xa0\x80",
                           "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf8", "\xff"}) {
    CHECK(KeyError(text).find("is not UTF-8") != std::string::npos);
    CHECK(ValueError(text).find("is not UTF-8") != std::string::npos);
  }
}

TEST_CASE("the prefix of AWS is reserved for keys", "[stream]") {
  for (const char* key : {"aws:", "aws:x", "AWS:x", "Aws:x"}) {
    CHECK(KeyError(key) ==
          "tags[0].key '" + std::string(key) + "' begins with \"aws:\", which is reserved");
  }
  CHECK(KeyError("aws") == "no error");
  CHECK(KeyError("xaws:") == "no error");
  CHECK(ValueError("aws:x") == "no error");
}

TEST_CASE("tags of something new", "[stream]") {
  CHECK(ResolveTags({})->empty());
  CHECK(ResolveTags(Numbered(49))->size() == 49);
  CHECK(ResolveTags(Numbered(50))->size() == 50);
  const absl::Status many = ResolveTags(Numbered(51)).status();
  CHECK(many.message() == "tags has 51 entries, more than 50");
  CHECK(FieldOf(many) == "tags");
  const absl::Status twice = ResolveTags({{"a", "1"}, {"b", ""}, {"a", "2"}}).status();
  CHECK(twice.message() == "tags[2].key 'a' is given twice");
}

TEST_CASE("tags are added and replaced, up to fifty", "[stream]") {
  Tags tags = {{"a", "1"}, {"b", "2"}};
  REQUIRE(AddTags("stream orders", {{"b", "3"}, {"c", "4"}}, tags).ok());
  CHECK(tags == Tags{{"a", "1"}, {"b", "3"}, {"c", "4"}});

  CHECK(AddTags("stream orders", {}, tags).message() == "tags is empty");
  CHECK(AddTags("stream orders", Numbered(51), tags).message() ==
        "tags has 51 entries, more than 50");
  CHECK_FALSE(AddTags("stream orders", {{"d", "5"}, {"", ""}}, tags).ok());
  CHECK(tags.size() == 3);
  REQUIRE(AddTags("stream orders", Numbered(46), tags).ok());
  CHECK(tags.size() == 49);
  REQUIRE(AddTags("stream orders", Numbered(1, 46), tags).ok());
  CHECK(tags.size() == 50);
  // Those that are there can still be replaced.
  REQUIRE(AddTags("stream orders", {{"a", "new"}}, tags).ok());
  const absl::Status full = AddTags("stream orders", {{"a", "newer"}, {"x", ""}}, tags);
  CHECK(ReasonOf(full) == ErrorReason::kInvalidArgument);
  CHECK(FieldOf(full) == "tags");
  CHECK(full.message() == "stream orders would have 51 tags, more than 50");
  CHECK(tags.at("a") == "new");
  CHECK(tags.size() == 50);
}

TEST_CASE("tags are removed, those that are not there are passed over", "[stream]") {
  Tags tags = {{"a", "1"}, {"b", "2"}, {"c", ""}};
  REQUIRE(RemoveTags({"a", "none", "c", "c"}, tags).ok());
  CHECK(tags == Tags{{"b", "2"}});
  CHECK(RemoveTags({}, tags).message() == "tag_keys is empty");
  CHECK(RemoveTags(std::vector<std::string>(50, "x"), tags).ok());
  const absl::Status many = RemoveTags(std::vector<std::string>(51, "x"), tags);
  CHECK(many.message() == "tag_keys has 51 entries, more than 50");
  CHECK(FieldOf(many) == "tag_keys");
  const absl::Status bad = RemoveTags({"b", "?"}, tags);
  CHECK(FieldOf(bad) == "tag_keys[1]");
  CHECK(tags.size() == 1);
}

TEST_CASE("tags are listed in order of key, a page at a time", "[stream]") {
  const Tags tags = {{"a", "1"}, {"b", "2"}, {"c", "3"}};
  const auto all = ListTags(tags, "", 0);
  REQUIRE(all.ok());
  CHECK(all->tags == std::vector<Tag>{{"a", "1"}, {"b", "2"}, {"c", "3"}});
  CHECK_FALSE(all->has_more);
  const auto first = ListTags(tags, "", 2);
  CHECK(first->tags.size() == 2);
  CHECK(first->has_more);
  const auto second = ListTags(tags, first->tags.back().key, 2);
  CHECK(second->tags == std::vector<Tag>{{"c", "3"}});
  CHECK_FALSE(second->has_more);
  CHECK_FALSE(ListTags(tags, "", 3)->has_more);
  // A key that does not exist.
  CHECK(ListTags(tags, "aa", 1)->tags == std::vector<Tag>{{"b", "2"}});

  CHECK(ListTags(tags, "", 49).ok());
  CHECK(ListTags(tags, "", 50).ok());
  const absl::Status large = ListTags(tags, "", 51).status();
  CHECK(large.message() == "limit is 51, more than 50");
  CHECK(FieldOf(large) == "limit");
  CHECK(FieldOf(ListTags(tags, "?", 0).status()) == "exclusive_start_tag_key");
}

}  // namespace
}  // namespace penstock::broker
