// Http2Stream: one request and its answer on an HTTP/2 connection, as Http2Protocol keeps it.
//
//   kHead ─▶ kBody ─▶ kHandling ─┬─▶ kStreaming ─▶ kAnswered
//     └────────┴───── refused ───┴───────────────────▲
//
// Holds state; its protocol acts. The answer is a queue of pieces that the flow control takes from.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "broker/http/byte_budget.h"
#include "broker/http/http_fault.h"
#include "broker/http/http_message.h"
#include "broker/http/http_protocol.h"

namespace penstock::broker {

struct Http2Piece {
  std::string bytes;
  size_t offset = 0;
  ByteHold in_budget;
  std::shared_ptr<const void> hold;
  HttpProtocol::Written written;
};

struct Http2Stream {
  using TimePoint = std::chrono::steady_clock::time_point;

  enum class Phase {
    kHead,
    kBody,
    kHandling,
    kStreaming,
    kAnswered,  // nothing is added to the answer any more, which may still be under way
  };

  int32_t id = 0;
  Phase phase = Phase::kHead;

  HttpRequestHead head;
  std::string authority;
  size_t fields_bytes = 0;
  // The first bound that the fields went past; they are not kept from there on.
  std::optional<HttpFault> fault;
  std::string body;
  ByteHold body_in_budget;
  // HEAD: the answer has no body, though it says its length.
  bool head_only = false;
  // The client has sent all of it.
  bool request_complete = false;
  TimePoint begun_at;
  TimePoint body_at;

  std::deque<Http2Piece> pieces;
  // In all pieces.
  size_t pending_bytes = 0;
  // nghttp2 was told that there is nothing to send now, and must be told when there is.
  bool deferred = false;
  // When the flow control last took something, or there was first something to take.
  TimePoint progress_at;

  HttpProtocol::Gone gone;
  // There is nothing more to tell: `gone` has been called.
  bool told = false;
};

}  // namespace penstock::broker
