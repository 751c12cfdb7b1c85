// Sender: the send stage. The connections of a producer, each with a stream of batches that is
// opened when there is something to send, and opened again, after a while, when it has ended.
//
//   closed ──Send──> open ──ended, or left (Drop)──> waits ──Send, when its time is over──> open
//
// What the streams tell arrives in a function given at construction, on their threads, with the
// generation of the stream: what a stream says after it was left is known by that. Otherwise not
// thread-safe: the producer's thread's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "absl/status/status.h"

#include "client/producer/retry.h"
#include "client/producer/transport.h"

namespace penstock::producer {

struct StreamEvent {
  int connection = 0;
  uint64_t generation = 0;
  // An answer, or the end.
  std::variant<BatchAnswer, absl::Status> what;
};

class Sender {
 public:
  using Sink = std::function<void(StreamEvent)>;

  Sender(Transport& transport, Backoff::Delays delays, uint64_t seed, Sink sink);

  // The shard's batches all go over one connection.
  int ConnectionOf(ShardIndex shard) const {
    return static_cast<int>(shard.value() % connections_.size());
  }
  // Whether Send would send now. If not, NextTryUs tells when to ask again.
  bool CanSend(int connection, int64_t now_us) const;
  std::optional<int64_t> NextTryUs(int connection) const;
  void Send(int connection, BatchToSend batch);

  // Whether the event is of the stream that the connection has now.
  bool IsCurrent(const StreamEvent& event) const;
  void OnAnswered(int connection);
  // The stream is left; the next one is opened when a random time is over.
  void Drop(int connection, const absl::Status& why, int64_t now_us);

 private:
  struct Connection {
    std::unique_ptr<BatchStream> stream;
    uint64_t generation = 0;
    int64_t retry_at_us = 0;
    Backoff backoff;
  };

  Transport& transport_;
  const Sink sink_;
  std::vector<Connection> connections_;
};

}  // namespace penstock::producer
