// ShardTable: the shards of a lane by key. Thread-safe.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "common/ids.h"
#include "common/mutex.h"
#include "storage/shard.h"

namespace penstock::storage {

class ShardTable {
 public:
  // Null if there is none.
  std::shared_ptr<Shard> Find(const ShardKey& key) const {
    MutexLock lock(mutex_);
    const auto found = shards_.find(key);
    return found == shards_.end() ? nullptr : found->second;
  }

  void Insert(std::shared_ptr<Shard> shard) {
    MutexLock lock(mutex_);
    const ShardKey key = shard->key();
    shards_.insert_or_assign(key, std::move(shard));
  }

  void Erase(const ShardKey& key) {
    MutexLock lock(mutex_);
    shards_.erase(key);
  }

  size_t size() const {
    MutexLock lock(mutex_);
    return shards_.size();
  }

  std::vector<std::shared_ptr<Shard>> All() const {
    MutexLock lock(mutex_);
    std::vector<std::shared_ptr<Shard>> all;
    all.reserve(shards_.size());
    for (const auto& [key, shard] : shards_) all.push_back(shard);
    return all;
  }

 private:
  // Held alone.
  mutable Mutex mutex_;
  absl::flat_hash_map<ShardKey, std::shared_ptr<Shard>> shards_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::storage
