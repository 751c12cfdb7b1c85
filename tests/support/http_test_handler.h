// HttpTestHandler: answers by the target, or keeps the exchange for the test; and a server with it.
//
//   "/echo"   200, with the request's body        "/keep"   kept: Next() gives it to the test
//   "/drop"   lets the exchange go                "/large"  a body of as many bytes as the body says
//   "/stream" begins the answer, then as "/keep"
//
// Thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "broker/http/http_handler.h"
#include "broker/http/http_server.h"
#include "common/mutex.h"
#include "tests/support/control_pool.h"

namespace penstock::testing {

struct KeptExchange {
  broker::HttpRequest request;
  std::shared_ptr<broker::HttpExchange> exchange;
};

class HttpTestHandler : public broker::HttpHandler {
 public:
  // Set before the first request.
  std::function<std::optional<broker::HttpResponse>(const broker::HttpRequestHead&)> admit;

  std::optional<broker::HttpResponse> Admit(const broker::HttpRequestHead& head) override {
    return admit ? admit(head) : std::nullopt;
  }

  void Handle(broker::HttpRequest request,
              std::shared_ptr<broker::HttpExchange> exchange) override {
    const std::string target = request.head.target.substr(0, request.head.target.find('?'));
    if (target == "/drop") return;
    broker::HttpResponse response;
    if (target == "/large") {
      response.body = std::string(std::stoul(request.body), 'x');
      return exchange->Respond(std::move(response));
    }
    if (target == "/stream") exchange->Begin(200, {});
    if (target != "/keep" && target != "/stream") {
      response.fields.push_back({"x-capacity-ok", request.body.capacity() - request.body.size() >=
                                                          broker::kHttpBodyPadding
                                                      ? "yes"
                                                      : "no"});
      response.body = std::move(request.body);
      return exchange->Respond(std::move(response));
    }
    MutexLock lock(mutex_);
    kept_.push_back({std::move(request), std::move(exchange)});
    changed_.NotifyAll();
  }

  broker::HttpResponse Refusal(int status, std::string_view why,
                               const broker::HttpRequestHead* head) override {
    broker::HttpResponse response;
    response.status = status;
    response.fields.push_back({"x-head", head == nullptr ? "no" : "yes"});
    response.body = std::string(why);
    return response;
  }

  // The next that is kept; throws after kTestDeadline.
  KeptExchange Next() {
    MutexLock lock(mutex_);
    while (kept_.empty()) {
      if (!changed_.WaitFor(mutex_, kTestDeadline)) throw std::runtime_error("no request came");
    }
    KeptExchange next = std::move(kept_.front());
    kept_.pop_front();
    return next;
  }

  size_t kept() {
    MutexLock lock(mutex_);
    return kept_.size();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::deque<KeptExchange> kept_ ABSL_GUARDED_BY(mutex_);
};

struct HttpTestServer {
  explicit HttpTestServer(broker::HttpLimits limits = {},
                          std::shared_ptr<broker::TlsContext> tls = nullptr,
                          bool plain_text = true) {
    broker::HttpServerOptions options;
    options.host = "127.0.0.1";
    options.executor = pool.executor();
    options.handler = &handler;
    options.limits = limits;
    options.tls = std::move(tls);
    options.plain_text = plain_text;
    options.metrics = &metrics;
    auto started = broker::HttpServer::Start(std::move(options));
    if (!started.ok()) throw std::runtime_error(std::string(started.status().message()));
    server = *std::move(started);
  }

  uint16_t port() const { return server->port(); }
  uint64_t refused(broker::HttpRefusal reason) const { return metrics.refused(reason); }

  ControlPool pool;
  HttpTestHandler handler;
  broker::HttpMetrics metrics;
  std::unique_ptr<broker::HttpServer> server;
};

}  // namespace penstock::testing
