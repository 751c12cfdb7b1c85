// DataKeyCache: unwrapped data keys, the last used ones, so that a master key is not asked for
// every batch.
//
// Bounded; what is dropped is wiped when its last user lets go. A key counts only while the master
// key is the one that unwrapped it. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"

#include "broker/encryption/key_service.h"
#include "common/ids.h"
#include "common/mutex.h"
#include "common/secret.h"

namespace penstock::broker {

class DataKeyCache {
 public:
  struct Id {
    StreamId stream;
    uint32_t generation = 0;

    friend bool operator==(const Id&, const Id&) = default;
    template <typename H>
    friend H AbslHashValue(H state, const Id& id) {
      return H::combine(std::move(state), id.stream, id.generation);
    }
  };
  using Key = std::shared_ptr<const SecretKey>;

  // CHECKs that `keys_max` is at least 1.
  explicit DataKeyCache(size_t keys_max);

  // Null if it is not here, or was unwrapped by another version of its master key.
  Key Find(const Id& id, MasterKeyVersion version);
  // In the place of what was there. Drops the key that was used longest ago where there are more
  // than keys_max.
  void Put(const Id& id, MasterKeyVersion version, Key key);
  void Forget(StreamId stream);

  size_t size();

 private:
  struct Entry {
    Id id;
    MasterKeyVersion version;
    Key key;
  };

  const size_t keys_max_;
  Mutex mutex_;
  // The last used first.
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Id, std::list<Entry>::iterator> by_id_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
