// StrandExchange: an HttpExchange that passes each call on to its protocol, on the connection's strand.
//
// Thread-safe: calls go through the strand, at once where the caller is on it. Keeps the connection's
// object, and what is held of the byte budgets for the request's body, until it is let go of.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "broker/http/byte_budget.h"
#include "broker/http/http_connection.h"
#include "broker/http/http_handler.h"
#include "broker/http/http_protocol.h"

namespace penstock::broker {

class StrandExchange final : public HttpExchange {
 public:
  // `protocol` belongs to `connection`.
  StrandExchange(std::shared_ptr<HttpConnection> connection, HttpProtocol* protocol, uint64_t id,
                 ByteHold body);
  ~StrandExchange() override;

  void Respond(HttpResponse response) override;
  void Begin(int status, std::vector<HttpField> fields) override;
  void Write(std::string bytes, absl::AnyInvocable<void(bool) &&> written) override;
  void End() override;
  void Abort() override;
  void OnGone(absl::AnyInvocable<void() &&> gone) override;

 private:
  template <typename Call>
  void OnStrand(Call call);

  const std::shared_ptr<HttpConnection> connection_;
  HttpProtocol* const protocol_;
  const uint64_t id_;
  const ByteHold body_;
  // Relaxed: read by the destructor, which comes after all calls.
  std::atomic<bool> complete_ = false;
};

}  // namespace penstock::broker
