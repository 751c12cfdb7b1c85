// StreamTail: reads all shards of a stream at once, as records come, through their reshards.
//
//   shard:  waiting ──parents ended──> reading ──end of the shard──> ended ──> its children
//                                       |    ^
//                                       └────┘  answer ──> handed on ──> next answer
//
// A shard's children are named by its last answer; a child is read after all its parents have
// ended, so that the records of one partition key stay in order, and from its beginning. A shard
// whose records have all expired meanwhile has ended. How shards are read (long-polls, or pushes to
// a registered consumer) is the ShardReader's; its errors that can be mended start a shard again at
// the same place.
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

#include "client/cli/shard_reader.h"
#include "penstock/client.h"

namespace penstock::cli {

struct StreamTailOptions {
  std::string stream_name = {};
  // Empty: all shards.
  std::string shard_id = {};
  // Read as this registered consumer; empty: with long-polls.
  std::string consumer_name = {};
  IteratorPosition from = IteratorPosition::Latest();
  // End when every shard has been at its tip.
  bool until_caught_up = false;
  // How long a shard is tried again for before its error ends the tail.
  absl::Duration patience = absl::Seconds(30);
  absl::Duration retry_delay = absl::Milliseconds(500);
  // Asked a few times a second; the tail ends when it says yes.
  std::function<bool()> is_over = {};
};

class StreamTail {
 public:
  using OnRecords =
      std::function<absl::Status(const std::string& shard_id, const std::vector<ReceivedRecord>&)>;

  StreamTail(Client& client, StreamTailOptions options, OnRecords on_records);
  ~StreamTail();

  // OK when all shards have ended or are caught up, or is_over; the first error otherwise, that of
  // `on_records` included.
  absl::Status Run();

 private:
  enum class State { kWaiting, kReading, kPaused, kCaughtUp, kEnded };
  struct Shard {
    std::vector<std::string> parents;
    // When it was listed; not known of one that its parent named.
    std::optional<bool> is_open;
    IteratorPosition from = IteratorPosition::TrimHorizon();
    State state = State::kWaiting;
    // There was an answer since it was started.
    bool has_answered = false;
    // While it is tried again.
    std::optional<absl::Time> failing_since;
    absl::Time retry_at;
  };

  absl::Status AddListedShards(bool is_first_time);
  void AddChildren(const std::vector<ChildShard>& children);
  absl::Status LearnWhichAreOpen();
  // Starts every shard that waits for nothing any more, and those whose time to be tried again has
  // come.
  void StartWaiting();
  void StartPaused();
  bool HasEnded(const std::string& shard_id) const;
  void Start(const std::string& shard_id, Shard* shard);
  // Every change of a state, for the counts.
  void SetState(Shard* shard, State state);
  absl::Status OnEvent(ShardEvent event);
  absl::Status OnAnswer(const std::string& shard_id, Shard* shard, const ShardAnswer& answer);
  absl::Status OnError(const std::string& shard_id, Shard* shard, const absl::Status& error);

  Client& client_;
  const StreamTailOptions options_;
  const OnRecords on_records_;
  const absl::Time started_;
  const std::shared_ptr<ShardEvents> events_;
  const std::unique_ptr<ShardReader> reader_;
  // By id, which is the order of creation. Nothing is ever taken out.
  std::map<std::string, Shard> shards_;
  std::string newest_at_start_;
  size_t reading_count_ = 0;
  size_t paused_count_ = 0;
};

}  // namespace penstock::cli
