// Tags of streams and consumers: what may be one, and how they are added, removed and listed.
//
// A key has 1 to 128 characters, a value 0 to 256: letters, digits, spaces and _ . : / = + - @ %
// (Kinesis API, TagKey and TagValue). Kinesis means the letters, digits and spaces of Unicode. Here
// everything beyond ASCII is one, except control characters and noncharacters: no table of Unicode
// is kept for the rest, which harms nobody. Keys do not begin with "aws:", in any case of letters.
//
// Pure functions. All errors are INVALID_ARGUMENT and name the field.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/stream/stream_config.h"

namespace penstock::broker {

struct Tag {
  std::string key;
  std::string value;

  friend bool operator==(const Tag&, const Tag&) = default;
};

// The tags of something new: at most kTagsMax, no key twice.
absl::StatusOr<Tags> ResolveTags(const std::vector<Tag>& given);

// Adds 1 to kTagsMax to those of `resource`, which is named in errors ("stream orders"); a key that
// is there gets the new value. Afterwards there are at most kTagsMax, or nothing has changed.
absl::Status AddTags(std::string_view resource, const std::vector<Tag>& added, Tags& tags);

// Removes 1 to kTagsMax. Keys that are not there are passed over.
absl::Status RemoveTags(const std::vector<std::string>& keys, Tags& tags);

struct TagPage {
  // In order of key.
  std::vector<Tag> tags;
  bool has_more = false;
};

// From after that key on, which need not exist; `limit` 0 stands for kListTagsMax, the most.
absl::StatusOr<TagPage> ListTags(const Tags& tags, std::string_view exclusive_start_tag_key,
                                 uint32_t limit);

}  // namespace penstock::broker
