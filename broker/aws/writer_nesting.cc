#include "broker/aws/writer_nesting.h"

#include "common/check.h"

namespace penstock::broker {

bool WriterNesting::Key() {
  CHECK(!levels_.empty());
  Level& level = levels_.back();
  CHECK(!level.is_list && !level.has_key);
  const bool first = level.empty;
  level.empty = false;
  level.has_key = true;
  return first;
}

bool WriterNesting::Value() {
  if (levels_.empty()) {
    CHECK(!complete_);
    complete_ = true;
    return false;
  }
  Level& level = levels_.back();
  CHECK(level.is_list || level.has_key);
  const bool follows = level.is_list && !level.empty;
  level.empty = false;
  level.has_key = false;
  return follows;
}

void WriterNesting::Begin(bool is_list) {
  levels_.push_back({.is_list = is_list});
}

void WriterNesting::End(bool is_list) {
  CHECK(!levels_.empty());
  CHECK(levels_.back().is_list == is_list && !levels_.back().has_key);
  levels_.pop_back();
}

void WriterNesting::Finish() {
  CHECK(levels_.empty() && complete_);
  complete_ = false;
}

}  // namespace penstock::broker
