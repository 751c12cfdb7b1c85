#include "broker/encryption/data_key_cache.h"

#include "common/check.h"

namespace penstock::broker {

DataKeyCache::DataKeyCache(size_t keys_max) : keys_max_(keys_max) {
  CHECK(keys_max > 0);
}

DataKeyCache::Key DataKeyCache::Find(const Id& id, MasterKeyVersion version) {
  MutexLock lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || found->second->version != version) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->key;
}

void DataKeyCache::Put(const Id& id, MasterKeyVersion version, Key key) {
  MutexLock lock(mutex_);
  if (const auto found = by_id_.find(id); found != by_id_.end()) {
    found->second->version = version;
    found->second->key = std::move(key);
    entries_.splice(entries_.begin(), entries_, found->second);
    return;
  }
  entries_.push_front({id, version, std::move(key)});
  by_id_.emplace(id, entries_.begin());
  if (entries_.size() <= keys_max_) return;
  by_id_.erase(entries_.back().id);
  entries_.pop_back();
}

void DataKeyCache::Forget(StreamId stream) {
  MutexLock lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (entry->id.stream != stream) {
      ++entry;
      continue;
    }
    by_id_.erase(entry->id);
    entry = entries_.erase(entry);
  }
}

size_t DataKeyCache::size() {
  MutexLock lock(mutex_);
  return entries_.size();
}

}  // namespace penstock::broker
