#include "broker/http/strand_exchange.h"

#include <utility>

#include <boost/asio/dispatch.hpp>

namespace penstock::broker {

StrandExchange::StrandExchange(std::shared_ptr<HttpConnection> connection, HttpProtocol* protocol,
                               uint64_t id, ByteHold body)
    : connection_(std::move(connection)), protocol_(protocol), id_(id), body_(std::move(body)) {}

StrandExchange::~StrandExchange() {
  if (complete_.load(std::memory_order_relaxed) || connection_->closed()) return;
  OnStrand([](HttpProtocol& protocol, uint64_t id) { protocol.Drop(id); });
}

template <typename Call>
void StrandExchange::OnStrand(Call call) {
  boost::asio::dispatch(connection_->executor(),
                        [connection = connection_, protocol = protocol_, id = id_,
                         call = std::move(call)]() mutable { call(*protocol, id); });
}

void StrandExchange::Respond(HttpResponse response) {
  complete_.store(true, std::memory_order_relaxed);
  if (connection_->closed()) return;
  OnStrand([response = std::move(response)](HttpProtocol& protocol, uint64_t id) mutable {
    protocol.Respond(id, std::move(response));
  });
}

void StrandExchange::Begin(int status, std::vector<HttpField> fields) {
  if (connection_->closed()) return;
  OnStrand([status, fields = std::move(fields)](HttpProtocol& protocol, uint64_t id) mutable {
    protocol.Begin(id, status, std::move(fields));
  });
}

void StrandExchange::Write(std::string bytes, absl::AnyInvocable<void(bool) &&> written) {
  if (connection_->closed()) return std::move(written)(false);
  OnStrand([bytes = std::move(bytes), written = std::move(written)](HttpProtocol& protocol,
                                                                    uint64_t id) mutable {
    protocol.Write(id, std::move(bytes), std::move(written));
  });
}

void StrandExchange::End() {
  complete_.store(true, std::memory_order_relaxed);
  if (connection_->closed()) return;
  OnStrand([](HttpProtocol& protocol, uint64_t id) { protocol.End(id); });
}

void StrandExchange::Abort() {
  complete_.store(true, std::memory_order_relaxed);
  if (connection_->closed()) return;
  OnStrand([](HttpProtocol& protocol, uint64_t id) { protocol.Abort(id); });
}

void StrandExchange::OnGone(absl::AnyInvocable<void() &&> gone) {
  // An answer that is complete does not go any more.
  if (complete_.load(std::memory_order_relaxed)) return;
  if (connection_->closed()) return std::move(gone)();
  OnStrand([gone = std::move(gone)](HttpProtocol& protocol, uint64_t id) mutable {
    protocol.OnGone(id, std::move(gone));
  });
}

}  // namespace penstock::broker
