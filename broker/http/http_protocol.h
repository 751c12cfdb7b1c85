// HttpProtocol: one version of HTTP on a connection, as the connection and the exchanges see it.
//
// All calls are made on the strand of the connection. Exchanges are named by numbers that are not
// used again; a call for one that is unknown, because it is answered or its client has gone, does
// nothing (Write: written(false); OnGone: gone()).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"

#include "broker/http/http_message.h"

namespace penstock::broker {

class HttpProtocol {
 public:
  using Written = absl::AnyInvocable<void(bool) &&>;
  using Gone = absl::AnyInvocable<void() &&>;

  virtual ~HttpProtocol() = default;

  // From the connection. `first` has been read already.
  virtual void Start(std::string_view first) = 0;
  virtual void OnDeadline() = 0;
  // The server stops: finish what is under way, then close.
  virtual void Drain() = 0;
  // The connection is closed; operations may still be under way, and buffers must stay.
  virtual void OnClosed() = 0;
  // No operation is under way any more.
  virtual void Release() = 0;

  // From the exchanges.
  virtual void Respond(uint64_t id, HttpResponse response) = 0;
  virtual void Begin(uint64_t id, int status, std::vector<HttpField> fields) = 0;
  virtual void Write(uint64_t id, std::string bytes, Written written) = 0;
  virtual void End(uint64_t id) = 0;
  virtual void Abort(uint64_t id) = 0;
  virtual void OnGone(uint64_t id, Gone gone) = 0;
  // Let go of without an answer.
  virtual void Drop(uint64_t id) = 0;
};

}  // namespace penstock::broker
