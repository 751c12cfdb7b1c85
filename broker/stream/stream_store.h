// StreamStore: streams in the metadata store.
//
//   stream/<name>     penstock.internal.v1.StoredStream
//   next-stream-id    decimal; every id below it has been used and is never used again
//
// The first id of a metadata store is picked at random, the others follow it: of two clusters, or of
// one that was begun anew under the same address, no stream has the id of another's. A producer that
// still has the old one's shards is told that its stream is gone. Below 2^53, so that a client whose
// numbers are all floating point reads them exactly.
//
// Calls block as the metadata store's do, with its errors. Thread-safe, as that is; keeps nothing
// itself. The metadata store must outlive it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/cluster/metadata_store.h"
#include "broker/stream/stream_snapshot.h"

namespace penstock::broker {

struct StoredStreamEntry {
  std::shared_ptr<const StreamSnapshot> snapshot;
  Revision revision;
};

class StreamStore {
 public:
  explicit StreamStore(MetadataStore& metadata) : metadata_(metadata) {}

  // All streams, in order of name. DATA_LOSS also where two have one id, or one that was never
  // given: then the counter has been lost, and ids would be used again.
  absl::StatusOr<std::vector<StoredStreamEntry>> Load();

  // An id that no stream ever had. Synced before it is returned; if no stream is made with it, it
  // is lost. INTERNAL where there are no random bytes for the first one.
  absl::StatusOr<StreamId> TakeId();

  absl::StatusOr<std::optional<StoredStreamEntry>> Get(std::string_view name);
  // ABORTED if the stream is not stored at `expected` (0: if it is stored at all).
  absl::StatusOr<Revision> Put(const StreamSnapshot& stream, Revision expected);
  // Of `stream`, which is stored at `expected`; else ABORTED. Of one with data keys nothing stays in
  // the store: without them what is left of its records cannot be read.
  absl::Status Delete(const StreamSnapshot& stream, Revision expected);

 private:
  struct NextId {
    // 0: none was given yet.
    uint64_t id = 0;
    Revision revision;
  };
  absl::StatusOr<NextId> ReadNextId();

  MetadataStore& metadata_;
};

}  // namespace penstock::broker
