// SnapshotWaits: who waits for the next snapshot of a stream (StreamDirectory::WaitForNewer).
//
// Holds no lock: its owner guards it with the lock that guards the snapshots, and calls what Take
// gives outside of it.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"

#include "common/ids.h"

namespace penstock::broker {

class SnapshotWaits {
 public:
  using ReadyCallback = absl::AnyInvocable<void() &&>;

  // Never 0.
  uint64_t Add(StreamId stream, ReadyCallback ready) {
    const uint64_t id = ++last_id_;
    waits_[stream].push_back({id, std::move(ready)});
    return id;
  }

  // True if it was there: it now never will be called.
  bool Cancel(StreamId stream, uint64_t id) {
    const auto found = waits_.find(stream);
    if (found == waits_.end()) return false;
    std::vector<Wait>& waits = found->second;
    for (Wait& wait : waits) {
      if (wait.id != id) continue;
      std::swap(wait, waits.back());
      waits.pop_back();
      if (waits.empty()) waits_.erase(found);
      return true;
    }
    return false;
  }

  std::vector<ReadyCallback> Take(StreamId stream) {
    std::vector<ReadyCallback> ready;
    const auto found = waits_.find(stream);
    if (found == waits_.end()) return ready;
    ready.reserve(found->second.size());
    for (Wait& wait : found->second) ready.push_back(std::move(wait.ready));
    waits_.erase(found);
    return ready;
  }

  static void CallAll(std::vector<ReadyCallback> ready) {
    for (ReadyCallback& one : ready) std::move(one)();
  }

 private:
  struct Wait {
    uint64_t id;
    ReadyCallback ready;
  };

  uint64_t last_id_ = 0;
  absl::flat_hash_map<StreamId, std::vector<Wait>> waits_;
};

}  // namespace penstock::broker
