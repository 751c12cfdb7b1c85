#include "broker/http/http_server.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/support/awaited.h"
#include "tests/support/http2_client.h"
#include "tests/support/http_test_handler.h"

namespace penstock::broker {
namespace {

using testing::Http2Client;
using testing::HttpAnswer;
using testing::HttpClient;
using testing::HttpTestServer;
using testing::KeptExchange;
using testing::WaitUntil;

TEST_CASE("http server: an address that cannot be listened on is named") {
  HttpTestServer served;
  HttpServerOptions options;
  options.host = "127.0.0.1";
  options.port = served.port();
  options.executor = served.pool.executor();
  options.handler = &served.handler;
  const auto second = HttpServer::Start(std::move(options));
  REQUIRE_FALSE(second.ok());
  CHECK(second.status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK(std::string(second.status().message())
            .starts_with("cannot listen on 127.0.0.1:" + std::to_string(served.port())));
}

TEST_CASE("http server: as many connections as there may be, and not one more") {
  HttpLimits limits;
  const bool per_peer = GENERATE(false, true);
  (per_peer ? limits.connections_per_peer_max : limits.connections_max) = 2;
  const HttpRefusal reason =
      per_peer ? HttpRefusal::kConnectionsPerPeer : HttpRefusal::kConnections;
  HttpTestServer served(limits);
  HttpClient first(served.port());
  auto second = std::make_unique<HttpClient>(served.port());
  CHECK(first.Post("/echo", {}, "1").body == "1");
  CHECK(second->Post("/echo", {}, "2").body == "2");
  {
    HttpClient third(served.port());
    const HttpAnswer answer = third.Receive();
    CHECK(answer.status == 503);
    CHECK(answer.Field("retry-after") == "1");
  }
  CHECK(served.refused(reason) == 1);
  CHECK(served.metrics.connections_open.value() == 2);
  second = nullptr;
  CHECK(WaitUntil([&] { return served.server->connections() == 1; }));
  HttpClient fourth(served.port());
  CHECK(fourth.Post("/echo", {}, "4").body == "4");
}

TEST_CASE("http server: Stop ends connections that do nothing, in every state before an answer") {
  HttpLimits limits;
  limits.linger_timeout_ms = 20;
  HttpTestServer served(limits);
  HttpClient silent(served.port());
  HttpClient idle(served.port());
  CHECK(idle.Post("/echo", {}, "x").status == 200);
  Http2Client idle2(served.port());
  CHECK(idle2.Wait(idle2.Submit("POST", "/echo", {}, "x")).status == 200);
  HttpClient preface(served.port());
  preface.Send("PRI * HT");
  CHECK(WaitUntil([&] { return served.server->connections() == 4; }));
  served.server->Stop();
  served.server->Stop();
  CHECK(served.server->connections() == 0);
  CHECK(silent.IsClosedByPeer());
  CHECK(idle.IsClosedByPeer());
  CHECK(preface.IsClosedByPeer());
  idle2.WaitFor([] { return false; });
  CHECK(idle2.goaway());
  CHECK(idle2.goaway_error() == NGHTTP2_NO_ERROR);
  CHECK_THROWS(HttpClient(served.port()));
}

TEST_CASE("http server: Stop ends what does not finish in its grace") {
  HttpLimits limits;
  limits.stop_grace_ms = 30;
  HttpTestServer served(limits);
  HttpClient head(served.port());
  head.Send("POST /echo HT");
  HttpClient body(served.port());
  body.Send(HttpClient::PostHead("/echo", {}, 10) + "part");
  HttpClient waiting(served.port());
  waiting.Send(HttpClient::PostHead("/keep", {}, 0));
  Http2Client waiting2(served.port());
  waiting2.Submit("GET", "/keep", {});
  std::vector<KeptExchange> kept;
  std::atomic<int> gone = 0;
  for (int i = 0; i < 2; ++i) {
    kept.push_back(served.handler.Next());
    kept.back().exchange->OnGone([&gone] { ++gone; });
  }
  CHECK(WaitUntil([&] { return served.server->connections() == 4; }));
  served.server->Stop();
  CHECK(gone == 2);
  CHECK(served.server->connections() == 0);
  // Late calls find nothing.
  for (const KeptExchange& exchange : kept) exchange.exchange->Respond({});
}

TEST_CASE("http server: answers under way at Stop are finished") {
  HttpTestServer served;
  HttpClient client(served.port());
  client.Send(HttpClient::PostHead("/keep", {}, 0));
  const KeptExchange answered = served.handler.Next();
  Http2Client client2(served.port());
  const int32_t id = client2.Submit("GET", "/keep", {});
  const KeptExchange answered2 = served.handler.Next();
  HttpClient streamed(served.port());
  streamed.Send(HttpClient::PostHead("/keep", {}, 0));
  const KeptExchange streaming = served.handler.Next();
  const int32_t stream_id = client2.Submit("GET", "/keep", {});
  const KeptExchange streaming2 = served.handler.Next();
  std::atomic<int> told = 0;
  for (const KeptExchange* kept : {&streaming, &streaming2}) {
    kept->exchange->Begin(200, {});
    kept->exchange->OnGone([&told, exchange = kept->exchange] {
      ++told;
      exchange->Write("bye", [](bool) {});
      exchange->End();
    });
  }
  std::atomic<bool> early = false;
  answered.exchange->OnGone([&early] { early = true; });
  std::thread stopper([&] { served.server->Stop(); });
  CHECK(WaitUntil([&] { return told == 2; }));
  answered.exchange->Respond({});
  answered2.exchange->Respond({});
  const HttpAnswer last = client.Receive();
  CHECK(last.status == 200);
  CHECK(last.Field("connection") == "close");
  CHECK(client2.Wait(id).status == 200);
  CHECK(client2.Wait(stream_id).body == "bye");
  CHECK(streamed.Receive().body == "bye");
  CHECK(client.IsClosedByPeer());
  CHECK(streamed.IsClosedByPeer());
  client2.WaitFor([] { return false; });
  client.stream().ShutdownSend();
  streamed.stream().ShutdownSend();
  client2.stream().ShutdownSend();
  stopper.join();
  CHECK_FALSE(early);
}

TEST_CASE("http server: answers from other threads, under load, and clients that go") {
  HttpTestServer served;
  std::atomic<bool> done = false;
  std::thread answering([&] {
    while (!done || served.handler.kept() > 0) {
      if (served.handler.kept() == 0) {
        std::this_thread::yield();
        continue;
      }
      KeptExchange kept = served.handler.Next();
      kept.exchange->OnGone([] {});
      HttpResponse response;
      response.body = std::move(kept.request.body);
      kept.exchange->Respond(std::move(response));
    }
  });
  std::vector<std::thread> clients;
  std::atomic<int> good = 0;
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        HttpClient client(served.port());
        for (int request = 0; request < 5; ++request)
          good += client.Post("/keep", {}, "body").body == "body" ? 1 : 0;
        client.Send(HttpClient::PostHead("/keep", {}, 3) + "abc");
        if (round % 2 == 0) client.stream().Reset();
      }
    });
    clients.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        Http2Client client(served.port());
        std::vector<int32_t> ids;
        for (int request = 0; request < 5; ++request)
          ids.push_back(client.Submit("POST", "/keep", {}, "body"));
        for (const int32_t id : ids) good += client.Wait(id).body == "body" ? 1 : 0;
        client.Reset(client.Submit("POST", "/keep", {}, "abc"), NGHTTP2_CANCEL);
      }
    });
  }
  for (std::thread& client : clients) client.join();
  CHECK(good == 400);
  CHECK(WaitUntil([&] { return served.server->connections() == 0; }));
  done = true;
  answering.join();
  CHECK(WaitUntil([&] { return served.metrics.bytes_held.value() == 0; }));
}

TEST_CASE("http server: Stop does not wait for a request whose head has not come") {
  HttpLimits limits;
  limits.header_timeout_ms = 60'000;
  limits.stop_grace_ms = 60'000;
  limits.linger_timeout_ms = 20;
  HttpTestServer served(limits);
  auto client = std::make_unique<HttpClient>(served.port());
  client->Send(HttpClient::PostHead("/echo", {}, 1) + "xGE");
  CHECK(client->Receive().body == "x");
  std::thread stopper([&] { served.server->Stop(); });
  CHECK(WaitUntil([&] { return served.server->connections() == 0; }));
  client = nullptr;
  stopper.join();
}

}  // namespace
}  // namespace penstock::broker
