// TailRing: keeps the batches that the shards of a lane hold in memory within one bound, oldest out
// first.
//
// The batches themselves are in Shard; the ring knows their order over all shards. Used by the
// syncer thread alone.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>

#include "common/ids.h"
#include "storage/shard.h"

namespace penstock::storage {

class TailRing {
 public:
  explicit TailRing(size_t bytes_max) : bytes_max_(bytes_max) {}

  // After `batch` was published to `shard`. Drops the oldest batches of any shard until the bound
  // holds; a batch larger than the bound is dropped at once.
  void OnPublished(std::shared_ptr<Shard> shard, const RecordBatch& batch) {
    entries_.push_back(
        {std::move(shard), batch.header().first_sequence_number, batch.bytes().size()});
    bytes_ += batch.bytes().size();
    while (bytes_ > bytes_max_) {
      const Entry& oldest = entries_.front();
      oldest.shard->DropFromTail(oldest.first);
      bytes_ -= oldest.bytes;
      entries_.pop_front();
    }
  }

  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::shared_ptr<Shard> shard;
    SequenceNumber first;
    size_t bytes;
  };

  const size_t bytes_max_;
  size_t bytes_ = 0;
  std::deque<Entry> entries_;
};

}  // namespace penstock::storage
