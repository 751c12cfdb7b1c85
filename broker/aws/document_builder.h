// DocumentBuilder: puts a document together from what a parser finds, and keeps its bounds.
//
// The parser calls Begin, Key, Add and End in the order of the body. Values of the containers that
// are open lie on one stack, and move to the arena, as a row of their own, when their container
// ends. What breaks a rule (depth, number of values, a key that is there twice) comes back as a
// text, to which the parser adds where it was. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <string_view>
#include <vector>

#include "broker/aws/document.h"

namespace penstock::broker {

class DocumentBuilder {
 public:
  // What is wrong, in words; empty if nothing is.
  using Problem = std::string_view;

  // `bytes_expected`: of the arena, set aside at once.
  DocumentBuilder(AwsFormat format, size_t bytes_expected);

  [[nodiscard]] Problem BeginList() { return Begin(false); }
  [[nodiscard]] Problem BeginMap() { return Begin(true); }
  // Of the next value; a container is open, and it is a map. The key is in the body or the arena.
  void Key(std::string_view key);
  [[nodiscard]] Problem Add(DocumentNode value);
  // Ends the innermost container.
  [[nodiscard]] Problem End();

  // Containers that are open.
  size_t depth() const { return depth_; }
  bool in_map() const { return depth_ > 0 && frames_[depth_ - 1].is_map; }

  std::string_view Copy(std::string_view text);
  // `size` bytes of the arena, to be filled.
  char* Allocate(size_t size);

  // All containers are ended, and there is one value.
  Document Finish();

 private:
  struct Frame {
    bool is_map = false;
    // Of the container's values on the stack.
    size_t begin = 0;
    // Of the container itself, in its parent.
    std::string_view key;
  };

  Problem Begin(bool is_map);
  bool HasKeyTwice(std::span<const DocumentEntry> entries);

  AwsFormat format_;
  std::unique_ptr<std::pmr::monotonic_buffer_resource> arena_;
  std::vector<DocumentEntry> stack_;
  std::array<Frame, kDocumentDepthMax> frames_;
  size_t depth_ = 0;
  size_t nodes_ = 0;
  std::string_view key_;
  std::vector<std::string_view> sorted_keys_;
};

}  // namespace penstock::broker
