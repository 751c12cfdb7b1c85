#include "broker/aws/document_builder.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "common/check.h"

namespace penstock::broker {
namespace {

constexpr DocumentBuilder::Problem kTooDeep = "values are nested more than 32 deep";
static_assert(kDocumentDepthMax == 32);
constexpr DocumentBuilder::Problem kTooMany = "there are more than 65536 values";
static_assert(kDocumentNodesMax == 65536);
constexpr DocumentBuilder::Problem kKeyTwice = "a key is there twice";

constexpr size_t kStackReserved = 64;
// Up to so many keys, comparing each with each is quicker than sorting them.
constexpr size_t kKeysComparedMax = 12;
constexpr size_t kArenaBytesMin = 1024;

static_assert(std::is_trivially_destructible_v<DocumentNode>, "the arena destroys nothing");
static_assert(std::is_trivially_destructible_v<DocumentEntry>, "the arena destroys nothing");

}  // namespace

DocumentBuilder::DocumentBuilder(AwsFormat format, size_t bytes_expected)
    : format_(format),
      arena_(std::make_unique<std::pmr::monotonic_buffer_resource>(
          std::max(bytes_expected, kArenaBytesMin))) {
  stack_.reserve(kStackReserved);
}

DocumentBuilder::Problem DocumentBuilder::Begin(bool is_map) {
  if (depth_ == kDocumentDepthMax) return kTooDeep;
  if (++nodes_ > kDocumentNodesMax) return kTooMany;
  frames_[depth_++] = {is_map, stack_.size(), std::exchange(key_, {})};
  return {};
}

void DocumentBuilder::Key(std::string_view key) {
  CHECK(in_map());
  key_ = key;
}

DocumentBuilder::Problem DocumentBuilder::Add(DocumentNode value) {
  if (++nodes_ > kDocumentNodesMax) return kTooMany;
  stack_.push_back({std::exchange(key_, {}), value});
  return {};
}

DocumentBuilder::Problem DocumentBuilder::End() {
  CHECK(depth_ > 0);
  const Frame& frame = frames_[--depth_];
  const std::span<const DocumentEntry> entries(stack_.begin() + frame.begin, stack_.end());
  DocumentNode container;
  if (frame.is_map) {
    if (HasKeyTwice(entries)) return kKeyTwice;
    auto* row = static_cast<DocumentEntry*>(
        arena_->allocate(entries.size() * sizeof(DocumentEntry), alignof(DocumentEntry)));
    std::uninitialized_copy(entries.begin(), entries.end(), row);
    container = DocumentNode::Map({row, entries.size()});
  } else {
    auto* row = static_cast<DocumentNode*>(
        arena_->allocate(entries.size() * sizeof(DocumentNode), alignof(DocumentNode)));
    for (size_t i = 0; i < entries.size(); ++i) new (row + i) DocumentNode(entries[i].value);
    container = DocumentNode::List({row, entries.size()});
  }
  stack_.resize(frame.begin);
  // Counted when it began.
  stack_.push_back({frame.key, container});
  return {};
}

bool DocumentBuilder::HasKeyTwice(std::span<const DocumentEntry> entries) {
  if (entries.size() <= kKeysComparedMax) {
    for (size_t i = 1; i < entries.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (entries[i].key == entries[j].key) return true;
      }
    }
    return false;
  }
  sorted_keys_.clear();
  for (const DocumentEntry& entry : entries) sorted_keys_.push_back(entry.key);
  std::sort(sorted_keys_.begin(), sorted_keys_.end());
  return std::adjacent_find(sorted_keys_.begin(), sorted_keys_.end()) != sorted_keys_.end();
}

char* DocumentBuilder::Allocate(size_t size) {
  return static_cast<char*>(arena_->allocate(size, alignof(char)));
}

std::string_view DocumentBuilder::Copy(std::string_view text) {
  char* copy = Allocate(text.size());
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

Document DocumentBuilder::Finish() {
  CHECK(depth_ == 0);
  CHECK(stack_.size() == 1);
  return {format_, std::move(arena_), stack_.front().value};
}

}  // namespace penstock::broker
