#include "broker/http/http2_output.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace penstock::broker {

using Clock = HttpConnection::Clock;

Http2Output::Http2Output(HttpConnection& connection, Events events)
    : connection_(connection), events_(std::move(events)), in_budget_(connection.budgets()) {}

void Http2Output::AppendData(Http2Stream& stream, std::string_view frame_head, size_t bytes) {
  buffer_.append(frame_head);
  in_budget_.Take(bytes);
  stream.progress_at = Clock::now();
  stream.pending_bytes -= bytes;
  while (bytes > 0) {
    Http2Piece& piece = stream.pieces.front();
    const size_t count = std::min(bytes, piece.bytes.size() - piece.offset);
    // The one copy of an answer's bytes: a gathered write would hold a frame of 16 KiB each.
    buffer_.append(piece.bytes, piece.offset, count);
    piece.offset += count;
    bytes -= count;
    if (piece.offset < piece.bytes.size()) continue;
    piece.in_budget.Release();
    piece.bytes = std::string();
    pieces_.push_back(std::move(piece));
    stream.pieces.pop_front();
  }
}

void Http2Output::Write() {
  if (buffer_.empty()) return;
  progress_at_ = Clock::now();
  offset_ = 0;
  WriteRest();
}

Http2Output::TimePoint Http2Output::Deadline() const {
  if (!writing_) return TimePoint::max();
  return progress_at_ + std::chrono::milliseconds(connection_.limits().write_timeout_ms);
}

void Http2Output::WriteRest() {
  writing_ = true;
  buffers_[0] = boost::asio::buffer(buffer_.data() + offset_, buffer_.size() - offset_);
  connection_.Write(buffers_,
                    [this](HttpConnection::Error error, size_t bytes) { OnWritten(error, bytes); });
}

void Http2Output::OnWritten(HttpConnection::Error error, size_t bytes) {
  writing_ = false;
  if (error) return connection_.Close();
  connection_.metrics().response_bytes_total.Add(bytes);
  progress_at_ = Clock::now();
  offset_ += bytes;
  if (offset_ < buffer_.size()) {
    WriteRest();
    return events_.deadline_changed();
  }
  buffer_.clear();
  in_budget_.Release();
  events_.written(std::exchange(pieces_, {}));
}

void Http2Output::GiveUp() {
  for (Http2Piece& piece : pieces_) {
    if (piece.written) std::move(piece.written)(false);
  }
}

void Http2Output::Clear() {
  Shrink();
  in_budget_.Release();
  pieces_.clear();
}

}  // namespace penstock::broker
