// StreamEditor: changes streams that are stored, one change at a time.
//
//   Edit(id, change):  table's snapshot ─▶ change ─▶ compare-and-put ─▶ publish
//                          ▲                              │ ABORTED: stored by somebody else, or by a
//                          └───── read it again ◀─────────┘ write of ours thought to have failed
//
// Everything that changes a stored stream goes through here, so that no change is lost to another
// and snapshots are published in the order in which they were stored. Blocks for the metadata
// store's sync, under the mutex that keeps changes apart. Thread-safe; what it refers to must
// outlive it.
#pragma once

#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/stream/stream_snapshot.h"
#include "broker/stream/stream_store.h"
#include "broker/stream/stream_table.h"
#include "common/ids.h"
#include "common/mutex.h"

namespace penstock::broker {

class StreamEditor {
 public:
  using Snapshot = std::shared_ptr<const StreamSnapshot>;
  // What the stream is to become; the same snapshot where there is nothing to change. May be called
  // again with a newer one.
  using Change = std::function<absl::StatusOr<Snapshot>(const Snapshot&)>;

  StreamEditor(StreamStore& store, StreamTable& table) : store_(store), table_(table) {}

  // The stream as it is afterwards, stored and published. The change's own errors; NOT_FOUND
  // (STREAM_NOT_FOUND); errors of the store.
  absl::StatusOr<Snapshot> Edit(StreamId id, const Change& change) ABSL_LOCKS_EXCLUDED(mutex_);

  // Removes the stream from the store and the table. OK if it is gone already.
  absl::Status Remove(StreamId id) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Nodes that change one stream at once; each round one of them wins.
  static constexpr int kAttemptsMax = 100;

  // Puts what is stored into the table. NOT_FOUND where it is not stored.
  absl::Status Reload(const StreamSnapshot& stream) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  StreamStore& store_;
  StreamTable& table_;
  // Keeps changes apart; held while the store syncs, and while snapshots are published.
  Mutex mutex_;
};

}  // namespace penstock::broker
