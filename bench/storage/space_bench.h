// Space on disk after most of a shard was trimmed.
#pragma once

#include <cstddef>
#include <string>

namespace penstock::bench {

struct SpaceResult {
  double live_bytes = 0;
  double disk_bytes = 0;
};

// Appends `total_bytes` to four shards, trims three quarters of each, waits until the space is
// given back.
SpaceResult RunSpace(const std::string& parent, size_t total_bytes);

}  // namespace penstock::bench
