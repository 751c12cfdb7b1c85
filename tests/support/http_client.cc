#include "tests/support/http_client.h"

#include <array>
#include <cctype>

namespace penstock::testing {

std::string HttpAnswer::Field(std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (field == name) return value;
  }
  return "";
}

bool HttpClient::ReceiveMore() {
  std::array<char, size_t{64} * 1024> bytes;
  const size_t count = stream_.Receive(bytes.data(), bytes.size());
  received_.append(bytes.data(), count);
  return count > 0;
}

bool HttpClient::ReceiveAtLeast(size_t bytes) {
  while (received_.size() < bytes) {
    if (!ReceiveMore()) return false;
  }
  return true;
}

bool HttpClient::ReceiveLine(std::string* line) {
  size_t end = 0;
  while ((end = received_.find("\r\n")) == std::string::npos) {
    if (!ReceiveMore()) return false;
  }
  *line = received_.substr(0, end);
  received_.erase(0, end + 2);
  return true;
}

std::string HttpClient::Take(size_t bytes) {
  std::string taken = received_.substr(0, bytes);
  received_.erase(0, bytes);
  return taken;
}

HttpAnswer HttpClient::Receive(bool body_expected) {
  HttpAnswer answer;
  std::string line;
  if (!ReceiveLine(&line)) return answer;
  // "HTTP/1.1 200 OK"
  answer.status = std::stoi(line.substr(line.find(' ') + 1, 3));
  last_chunk_ = false;
  while (ReceiveLine(&line) && !line.empty()) {
    const size_t colon = line.find(':');
    std::string name = line.substr(0, colon);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    answer.fields.emplace_back(name, line.substr(line.find_first_not_of(' ', colon + 1)));
  }
  if (body_expected && answer.status >= 200 && answer.status != 204) ReceiveBody(&answer);
  return answer;
}

void HttpClient::ReceiveBody(HttpAnswer* answer) {
  if (answer->Field("transfer-encoding") == "chunked") {
    for (std::string chunk = ReceiveChunk(); !chunk.empty(); chunk = ReceiveChunk())
      answer->body += chunk;
    answer->complete = last_chunk_;
    return;
  }
  const std::string length = answer->Field("content-length");
  if (length.empty()) {
    while (ReceiveMore()) {
    }
    answer->complete = !stream_.timed_out();
    answer->body = Take(received_.size());
    return;
  }
  answer->complete = ReceiveAtLeast(std::stoul(length));
  answer->body = Take(std::stoul(length));
}

std::string HttpClient::ReceiveChunk() {
  std::string line;
  if (last_chunk_ || !ReceiveLine(&line)) return "";
  const size_t bytes = std::stoul(line, nullptr, 16);
  if (!ReceiveAtLeast(bytes + 2)) return "";
  if (bytes == 0) last_chunk_ = true;
  std::string chunk = Take(bytes);
  Take(2);
  return chunk;
}

std::string HttpClient::PostHead(std::string_view target, const HttpClientFields& fields,
                                 size_t body_bytes) {
  std::string head = "POST " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n";
  for (const auto& [name, value] : fields) head += name + ": " + value + "\r\n";
  return head + "Content-Length: " + std::to_string(body_bytes) + "\r\n\r\n";
}

HttpAnswer HttpClient::Post(std::string_view target, const HttpClientFields& fields,
                            std::string_view body) {
  Send(PostHead(target, fields, body.size()));
  Send(body);
  return Receive();
}

bool HttpClient::IsClosedByPeer() {
  return received_.empty() && !ReceiveMore() && !stream_.timed_out();
}

}  // namespace penstock::testing
