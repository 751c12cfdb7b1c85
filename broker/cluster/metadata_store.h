// MetadataStore: what the control plane must not forget, as keys and values. The seam between the
// broker and where its metadata is kept.
//
// Every write raises the store's revision by one and gives it to the key written: a change is made
// by naming the revision it was based on, and fails if somebody else was faster. Revisions rise
// over the whole store, also by deletions, and never repeat (etcd's mod_revision). Keys are paths,
// "stream/orders"; values are bytes.
//
//   Get k → revision 7        Get k → revision 7
//   CompareAndPut(k, 7) → 8   CompareAndPut(k, 7) → ABORTED: read again
//
// Calls block, a write until it is synced: not for threads that serve a network. Thread-safe.
// A write that failed with UNAVAILABLE may have been made.
//
// Implemented by EmbeddedMetadataStore on this machine's disk. A cluster's store on etcd will stand
// behind the same seam.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "common/strong_type.h"

namespace penstock::broker {

// 0 is before every write: the revision of a key that does not exist.
using Revision = StrongType<uint64_t, struct RevisionTag>;

struct MetadataEntry {
  std::string key;
  std::string value;
  // Of the write that made this value.
  Revision revision;
};

struct MetadataEvent {
  std::string key;
  // Absent: the key was deleted.
  std::optional<std::string> value;
  Revision revision;
};

using MetadataCallback = std::function<void(const MetadataEvent&)>;

// Ends its watch when destroyed. Afterwards the callback does not run and never will, unless it is
// the callback itself that destroys it.
class MetadataWatch {
 public:
  virtual ~MetadataWatch() = default;
};

class MetadataStore {
 public:
  virtual ~MetadataStore() = default;

  // Nothing if there is no such key. DATA_LOSS naming the key, UNAVAILABLE.
  virtual absl::StatusOr<std::optional<MetadataEntry>> Get(std::string_view key) = 0;

  // All keys that begin with `prefix`, in order of key (bytewise). Errors as Get.
  virtual absl::StatusOr<std::vector<MetadataEntry>> List(std::string_view prefix) = 0;

  // Sets `key` if its revision is `expected` (0: it must not exist) and returns the new one.
  // ABORTED if it is another; otherwise as Get.
  virtual absl::StatusOr<Revision> CompareAndPut(std::string_view key, std::string_view value,
                                                 Revision expected) = 0;

  // Deletes `key` if its revision is `expected`, which is not 0. ABORTED if it is another or the
  // key does not exist; otherwise as Get.
  virtual absl::Status CompareAndDelete(std::string_view key, Revision expected) = 0;

  // As CompareAndDelete, of a key whose values were secret: none that it ever had is to be found
  // where the store keeps its data, when this returns or soon after, also if the program or the
  // machine stops meanwhile. Slower. The key is deleted where this fails later than that: OK then.
  virtual absl::Status CompareAndErase(std::string_view key, Revision expected) = 0;

  // From now on calls `callback` for each write to a key that begins with `prefix`, in order of
  // revision, one at a time, on the thread of some writer, outside the store's lock: it may call
  // the store. A hint: after a lost connection events are missing, so whoever must know lists
  // again. The handle must not outlive the store.
  [[nodiscard]] virtual std::unique_ptr<MetadataWatch> Watch(std::string_view prefix,
                                                             MetadataCallback callback) = 0;
};

}  // namespace penstock::broker
