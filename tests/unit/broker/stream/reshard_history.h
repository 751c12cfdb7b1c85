// ReshardHistory: what was put into a stream that is resharded meanwhile, what the callers were
// told, and whether the stream holds exactly that in the end.
//
// The data of every record is unique and made here: "<partition key>/<n>", n rising in the order in
// which the key's one writer puts. So a record that is read tells what it is, and no list of what
// was put is needed to see one that is there twice or out of order.
//
// Thread-safe, but for Check: when nothing is put any more.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"

#include "broker/stream/stream_snapshot.h"
#include "common/ids.h"
#include "common/mutex.h"

namespace penstock::broker {

// One record as it is read.
struct KeptRecord {
  SequenceNumber sequence_number;
  std::string partition_key;
  std::string data;
};

using KeptShards = std::map<ShardIndex, std::vector<KeptRecord>>;

class ReshardHistory {
 public:
  static std::string DataOf(std::string_view partition_key, uint64_t n);

  // The put of a record was answered with OK. A put that came again must have the first answer.
  void Acknowledge(const std::string& data, ShardIndex shard, SequenceNumber number);
  // A fault that is seen while the run goes on.
  void AddFault(std::string fault);
  // A snapshot that was published: its open shards must tile all hash keys, each child must lie
  // above its parents.
  void AddSnapshot(const StreamSnapshot& stream);

  size_t acknowledged() const;

  // Every fault in words; none: all was well. `kept` is all that the shards of `stream` hold.
  std::vector<std::string> Check(const StreamSnapshot& stream, const KeptShards& kept);

 private:
  struct Place {
    ShardIndex shard;
    SequenceNumber number;
    friend bool operator==(const Place&, const Place&) = default;
  };
  struct Last {
    uint64_t n = 0;
    SequenceNumber number;
  };

  static std::string Describe(const std::string& data, const Place& place);
  void AddFaultLocked(std::string fault) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CheckShard(const ShardInfo& shard, const std::vector<KeptRecord>& records)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CheckOrder(const KeptRecord& record, const Place& place)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, Place> acknowledged_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> faults_ ABSL_GUARDED_BY(mutex_);
  // Of Check.
  std::map<std::string, Place> found_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Last> last_of_key_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace penstock::broker
