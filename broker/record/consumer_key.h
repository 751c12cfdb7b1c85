// ConsumerKey: a registered consumer of a stream. A name that is registered again is another one.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "common/ids.h"

namespace penstock::broker {

struct ConsumerKey {
  StreamId stream;
  std::string name;
  int64_t creation_timestamp_ms = 0;

  friend auto operator<=>(const ConsumerKey&, const ConsumerKey&) = default;

  template <typename H>
  friend H AbslHashValue(H state, const ConsumerKey& key) {
    return H::combine(std::move(state), key.stream, key.name, key.creation_timestamp_ms);
  }
};

}  // namespace penstock::broker
