// WriterNesting: what an output writer is within, so that a call at the wrong place is a broken
// invariant at once and not an answer that no client can read. One thread.
#pragma once

#include <cstddef>
#include <vector>

namespace penstock::broker {

class WriterNesting {
 public:
  // CHECK that a key may come here. Gives whether it is the first in its structure.
  bool Key();
  // CHECK that a value may come here. Gives whether it is one of a list, and not the first.
  bool Value();
  void Begin(bool is_list);
  void End(bool is_list);
  // CHECKs that there was one value, complete.
  void Finish();

 private:
  struct Level {
    bool is_list = false;
    bool empty = true;
    bool has_key = false;
  };

  std::vector<Level> levels_;
  bool complete_ = false;
};

}  // namespace penstock::broker
