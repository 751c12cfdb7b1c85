#include "broker/admin/admin_connection.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include <boost/asio/post.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "common/version.h"

namespace penstock::broker {
namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;

// Read at first; a header is seldom longer.
constexpr size_t kFirstReadBytes = 1024;

std::string_view PathOf(std::string_view target) {
  return target.substr(0, target.find('?'));
}

}  // namespace

AdminConnection::AdminConnection(const AdminContext& context, boost::asio::ip::tcp::socket socket,
                                 ClosedCallback closed)
    : context_(context),
      stream_(std::move(socket)),
      closed_(std::move(closed)),
      // What has come of the next request lies behind what is being read.
      buffer_(size_t{context.limits.header_bytes_max} + kFirstReadBytes) {}

void AdminConnection::Start() {
  // Not at once: the caller holds the server's mutex.
  boost::asio::post(stream_.get_executor(),
                    [self = shared_from_this()] { self->WaitForRequest(); });
}

void AdminConnection::Stop() {
  // The step under way ends with an error, and with it the chain.
  boost::asio::post(stream_.get_executor(), [self = shared_from_this()] { self->stream_.close(); });
}

void AdminConnection::WaitForRequest() {
  if (buffer_.size() > 0) return ReadHeader();
  stream_.expires_after(std::chrono::milliseconds(context_.limits.idle_timeout_ms));
  stream_.async_read_some(buffer_.prepare(kFirstReadBytes),
                          [self = shared_from_this()](Error error, size_t bytes) {
                            if (error) return self->Close();
                            self->buffer_.commit(bytes);
                            self->ReadHeader();
                          });
}

void AdminConnection::ReadHeader() {
  request_.emplace();
  request_->header_limit(context_.limits.header_bytes_max);
  stream_.expires_after(std::chrono::milliseconds(context_.limits.read_timeout_ms));
  http::async_read_header(
      stream_, buffer_, *request_,
      [self = shared_from_this()](Error error, size_t bytes) { self->OnHeader(error, bytes); });
}

void AdminConnection::OnHeader(Error error, size_t header_bytes) {
  // The parser's limit is for the request's line, and for its fields, apart.
  if (error == http::error::header_limit || error == http::error::buffer_overflow ||
      (!error && header_bytes > context_.limits.header_bytes_max)) {
    return Refuse(431, absl::StrCat("request header has more than ",
                                    context_.limits.header_bytes_max, " bytes"));
  }
  // The errors of the parser: all others are those of the connection, which cannot be answered.
  const bool malformed = error && error.category() == make_error_code(http::error{}).category() &&
                         error != http::error::end_of_stream &&
                         error != http::error::partial_message;
  if (malformed) return Refuse(400, absl::StrCat("malformed request: ", error.message()));
  if (error) return Close();
  const Request::value_type& request = request_->get();
  if (request.method() != http::verb::get && request.method() != http::verb::head)
    return Refuse(405, "only GET and HEAD are served here");
  if (request_->chunked() || request_->content_length().value_or(0) > 0)
    return Refuse(400, "a request here has no body");
  const std::string_view path =
      PathOf(std::string_view(request.target().data(), request.target().size()));
  const auto page = context_.pages.find(path);
  if (page != context_.pages.end()) return MakePage(page->second);
  std::string known;
  for (const auto& [name, unused] : context_.pages) absl::StrAppend(&known, " ", name);
  Write({404, kPlainText, absl::StrCat("no such page; there are", known, "\n")},
        request.keep_alive());
}

void AdminConnection::MakePage(const AdminPage& page) {
  const bool keep_alive = request_->get().keep_alive();
  if (!page.slow) return Write(page.render(), keep_alive);
  boost::asio::post(context_.slow_pages, [self = shared_from_this(), &page, keep_alive] {
    boost::asio::post(self->stream_.get_executor(), [self, keep_alive, answer = page.render()] {
      self->Write(answer, keep_alive);
    });
  });
}

void AdminConnection::Refuse(unsigned status, std::string_view why) {
  Write({status, kPlainText, absl::StrCat(std::string(why), "\n")}, /*keep_alive=*/false);
}

void AdminConnection::Write(AdminAnswer answer, bool keep_alive) {
  response_ = {};
  response_.version(request_->get().version() == 10 ? 10 : 11);
  response_.result(answer.status);
  response_.keep_alive(keep_alive);
  response_.set(http::field::server, "penstockd/" PENSTOCK_VERSION);
  response_.set(http::field::content_type, answer.content_type);
  response_.set(http::field::cache_control, "no-store");
  if (answer.status == 405) response_.set(http::field::allow, "GET, HEAD");
  response_.content_length(answer.body.size());
  // The answer to HEAD has the header that GET would have, and nothing after it.
  if (request_->get().method() != http::verb::head) response_.body() = std::move(answer.body);
  stream_.expires_after(std::chrono::milliseconds(context_.limits.write_timeout_ms));
  http::async_write(stream_, response_,
                    [self = shared_from_this(), keep_alive](Error error, size_t /*bytes*/) {
                      if (error) return self->Close();
                      if (keep_alive) return self->WaitForRequest();
                      Error ignored;
                      self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
                      self->stream_.expires_after(
                          std::chrono::milliseconds(self->context_.limits.read_timeout_ms));
                      self->Drain();
                    });
}

void AdminConnection::Drain() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(kFirstReadBytes),
                          [self = shared_from_this()](Error error, size_t /*bytes*/) {
                            if (error) return self->Close();
                            self->Drain();
                          });
}

void AdminConnection::Close() {
  stream_.close();
  closed_(this);
}

}  // namespace penstock::broker
