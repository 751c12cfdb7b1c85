// MemoryMetadataStore: a MetadataStore in memory, for tests that make thousands of changes and would
// wait for a disk most of the time.
//
// Thread-safe. Keeps to broker/cluster/metadata_store.h, but for watches, which it refuses to give:
// it throws.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"

#include "broker/cluster/metadata_store.h"
#include "common/mutex.h"

namespace penstock::testing {

class MemoryMetadataStore final : public broker::MetadataStore {
 public:
  absl::StatusOr<std::optional<broker::MetadataEntry>> Get(std::string_view key) override {
    MutexLock lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return std::nullopt;
    return found->second;
  }

  absl::StatusOr<std::vector<broker::MetadataEntry>> List(std::string_view prefix) override {
    std::vector<broker::MetadataEntry> listed;
    MutexLock lock(mutex_);
    for (auto it = entries_.lower_bound(prefix); it != entries_.end(); ++it) {
      if (it->first.compare(0, prefix.size(), prefix) != 0) break;
      listed.push_back(it->second);
    }
    return listed;
  }

  absl::StatusOr<broker::Revision> CompareAndPut(std::string_view key, std::string_view value,
                                                 broker::Revision expected) override {
    MutexLock lock(mutex_);
    if (RevisionOf(key) != expected) return absl::AbortedError("another revision");
    last_revision_ = broker::Revision(last_revision_.value() + 1);
    entries_.insert_or_assign(
        std::string(key),
        broker::MetadataEntry{std::string(key), std::string(value), last_revision_});
    return last_revision_;
  }

  absl::Status CompareAndDelete(std::string_view key, broker::Revision expected) override {
    MutexLock lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.revision != expected)
      return absl::AbortedError("another revision");
    last_revision_ = broker::Revision(last_revision_.value() + 1);
    entries_.erase(found);
    return absl::OkStatus();
  }

  absl::Status CompareAndErase(std::string_view key, broker::Revision expected) override {
    return CompareAndDelete(key, expected);
  }

  std::unique_ptr<broker::MetadataWatch> Watch(std::string_view,
                                               broker::MetadataCallback) override {
    throw std::logic_error("not expected of this store");
  }

 private:
  broker::Revision RevisionOf(std::string_view key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto found = entries_.find(key);
    return found == entries_.end() ? broker::Revision() : found->second.revision;
  }

  Mutex mutex_;
  std::map<std::string, broker::MetadataEntry, std::less<>> entries_ ABSL_GUARDED_BY(mutex_);
  broker::Revision last_revision_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::testing
