#include "client/producer/send.h"

#include <utility>

namespace penstock::producer {

Sender::Sender(Transport& transport, Backoff::Delays delays, uint64_t seed, Sink sink)
    : transport_(transport), sink_(std::move(sink)) {
  for (int i = 0; i < transport.connection_count(); ++i)
    connections_.push_back({nullptr, 0, 0, Backoff(delays, seed + static_cast<uint64_t>(i))});
}

bool Sender::CanSend(int connection, int64_t now_us) const {
  const Connection& to = connections_[static_cast<size_t>(connection)];
  return to.stream != nullptr || now_us >= to.retry_at_us;
}

std::optional<int64_t> Sender::NextTryUs(int connection) const {
  const Connection& to = connections_[static_cast<size_t>(connection)];
  if (to.stream != nullptr) return std::nullopt;
  return to.retry_at_us;
}

void Sender::Send(int connection, BatchToSend batch) {
  Connection& to = connections_[static_cast<size_t>(connection)];
  if (to.stream == nullptr) {
    const uint64_t generation = ++to.generation;
    to.stream = transport_.Open(connection,
                                {.on_answer =
                                     [this, connection, generation](BatchAnswer answer) {
                                       sink_({connection, generation, std::move(answer)});
                                     },
                                 .on_end =
                                     [this, connection, generation](const absl::Status& status) {
                                       sink_({connection, generation, status});
                                     }});
  }
  to.stream->Send(std::move(batch));
}

bool Sender::IsCurrent(const StreamEvent& event) const {
  const Connection& of = connections_[static_cast<size_t>(event.connection)];
  return of.stream != nullptr && of.generation == event.generation;
}

void Sender::OnAnswered(int connection) {
  connections_[static_cast<size_t>(connection)].backoff.Reset();
}

void Sender::Drop(int connection, const absl::Status& why, int64_t now_us) {
  Connection& left = connections_[static_cast<size_t>(connection)];
  left.stream.reset();
  left.retry_at_us = now_us + left.backoff.NextUs(why);
}

}  // namespace penstock::producer
