// StreamTail: reads all shards of a stream at once, as records come.
//
//   shard:  waiting ──parents ended──> reading ──next iterator empty──> ended
//                                       |    ^
//                                       └────┘  long-poll ──> event ──> printed ──> next long-poll
//
// One long-poll is under way for each shard; its answer is an event for the thread in Run, which
// hands the records on and only then asks for more: a slow reader slows the polls, and memory holds
// one answer a shard. A child shard is read after its parents have ended, so that the records of
// one partition key stay in order; shards that appear while it runs are read from their beginning.
// An iterator that expired meanwhile is replaced by one at the same place.
//
// LIMIT: an answer has up to 10 MiB, and there is one for each shard when many are far behind.
//
// Run is called once. The callbacks of the client may outlive this object: what they touch is
// shared with them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "penstock/client.h"

namespace penstock::cli {

struct StreamTailOptions {
  std::string stream_name = {};
  // Empty: all shards.
  std::string shard_id = {};
  IteratorPosition from = IteratorPosition::Latest();
  // End when every shard has been at its tip.
  bool until_caught_up = false;
};

class StreamTail {
 public:
  using OnRecords =
      std::function<absl::Status(const std::string& shard_id, const std::vector<ReceivedRecord>&)>;

  StreamTail(Client& client, StreamTailOptions options, OnRecords on_records);
  ~StreamTail();

  // OK when all shards have ended or are caught up; the first error otherwise, that of `on_records`
  // included.
  absl::Status Run();

 private:
  enum class State { kWaiting, kReading, kEnded };
  struct Shard {
    ShardDescription description;
    IteratorPosition from = IteratorPosition::TrimHorizon();
    State state = State::kWaiting;
    std::string iterator;
  };
  struct Event {
    std::string shard_id;
    absl::StatusOr<GetRecordsResult> result;
  };
  class Events;

  absl::Status AddShards(bool is_first_time);
  // Starts every shard that waits for nothing any more.
  absl::Status StartShards();
  bool HasEnded(const std::string& shard_id) const;
  absl::Status GetIterator(Shard* shard);
  void Poll(const Shard& shard);
  absl::Status OnEvent(Event event);
  absl::Status OnExpired(Shard* shard);
  absl::Status End(Shard* shard);

  Client& client_;
  const StreamTailOptions options_;
  const OnRecords on_records_;
  const absl::Time started_;
  const std::shared_ptr<Events> events_;
  // By id, which is the order of creation.
  std::map<std::string, Shard> shards_;
  size_t reading_count_ = 0;
};

}  // namespace penstock::cli
