#include "broker/http/http1_output.h"

#include <chrono>
#include <span>
#include <utility>

namespace penstock::broker {

using Clock = HttpConnection::Clock;

Http1Output::Http1Output(HttpConnection& connection, Events events)
    : connection_(connection), events_(std::move(events)) {}

void Http1Output::Send(Part part) {
  parts_.push_back(std::move(part));
  if (writing_) return;
  progress_at_ = Clock::now();
  WriteSome();
  events_.deadline_changed();
}

Http1Output::TimePoint Http1Output::Deadline() const {
  if (!writing_) return TimePoint::max();
  return progress_at_ + std::chrono::milliseconds(connection_.limits().write_timeout_ms);
}

void Http1Output::WriteSome() {
  const Part& part = parts_.front();
  size_t skip = offset_;
  size_t count = 0;
  for (const std::string_view piece :
       {std::string_view(part.head), std::string_view(part.body), part.tail}) {
    if (skip >= piece.size()) {
      skip -= piece.size();
      continue;
    }
    buffers_[count++] = boost::asio::buffer(piece.data() + skip, piece.size() - skip);
    skip = 0;
  }
  writing_ = true;
  connection_.Write(std::span(buffers_.data(), count),
                    [this](HttpConnection::Error error, size_t bytes) { OnWritten(error, bytes); });
}

void Http1Output::OnWritten(HttpConnection::Error error, size_t bytes) {
  writing_ = false;
  if (error) return connection_.Close();
  connection_.metrics().response_bytes_total.Add(bytes);
  progress_at_ = Clock::now();
  Part& part = parts_.front();
  offset_ += bytes;
  if (offset_ < part.head.size() + part.body.size() + part.tail.size()) return WriteSome();
  offset_ = 0;
  Part done = std::move(part);
  parts_.pop_front();
  if (!parts_.empty()) WriteSome();
  if (done.last) return events_.answered();
  events_.deadline_changed();
  if (done.written) std::move(done.written)(true);
}

void Http1Output::GiveUp() {
  for (Part& part : parts_) {
    if (part.written) std::move(part.written)(false);
  }
}

}  // namespace penstock::broker
