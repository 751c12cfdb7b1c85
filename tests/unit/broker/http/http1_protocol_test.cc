#include "broker/http/http1_protocol.h"

#include <atomic>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/support/awaited.h"
#include "tests/support/http_client.h"
#include "tests/support/http_test_handler.h"

namespace penstock::broker {
namespace {

using testing::Awaited;
using testing::HttpAnswer;
using testing::HttpClient;
using testing::HttpTestServer;
using testing::KeptExchange;
using testing::WaitUntil;

std::string Get(std::string_view target, std::string_view fields = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) +
         "\r\n";
}

TEST_CASE("http1: a connection is kept for many requests") {
  HttpTestServer served;
  HttpClient client(served.port());
  for (const size_t bytes : {0, 1, 10, 5000, 700'000, 3}) {
    CAPTURE(bytes);
    const std::string body(bytes, 'b');
    const HttpAnswer answer = client.Post("/echo", {}, body);
    CHECK(answer.status == 200);
    CHECK(answer.body == body);
    CHECK(answer.Field("x-capacity-ok") == "yes");
    CHECK(answer.Field("date").ends_with(" GMT"));
    CHECK(answer.Field("connection").empty());
  }
  CHECK(served.metrics.connections_total.value() == 1);
  CHECK(served.metrics.http1_requests_total.value() == 6);
}

TEST_CASE("http1: what is sent ahead is answered in order, one request at a time") {
  HttpTestServer served;
  HttpClient client(served.port());
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    const std::string body = "body " + std::to_string(i) + std::string(1000, '.');
    requests += HttpClient::PostHead(i == 7 ? "/keep" : "/echo", {}, body.size()) + body;
  }
  REQUIRE(client.Send(requests));
  for (int i = 0; i < 50; ++i) {
    CAPTURE(i);
    if (i == 7) {
      const KeptExchange kept = served.handler.Next();
      CHECK(kept.request.body.starts_with("body 7."));
      CHECK(served.metrics.http1_requests_total.value() == 8);
      HttpResponse response;
      response.body = "kept";
      kept.exchange->Respond(std::move(response));
    }
    const HttpAnswer answer = client.Receive();
    REQUIRE(answer.status == 200);
    CHECK(answer.body.starts_with(i == 7 ? "kept" : "body " + std::to_string(i) + "."));
  }
}

TEST_CASE("http1: a request may come byte by byte") {
  HttpTestServer served;
  HttpClient client(served.port());
  for (const char c : HttpClient::PostHead("/echo", {{"A", "b"}}, 5) + "hello")
    REQUIRE(client.Send(std::string(1, c)));
  CHECK(client.Receive().body == "hello");
  for (const char c : std::string("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
                                  "\r\n3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"))
    REQUIRE(client.Send(std::string(1, c)));
  CHECK(client.Receive().body == "abc0123456789");
  CHECK(client.Post("/echo", {}, "next").body == "next");
}

TEST_CASE("http1: fields keep their order, and trailers are none of them") {
  HttpTestServer served;
  HttpClient client(served.port());
  client.Send(
      "POST /keep?a=b HTTP/1.1\r\nX-One: 1\r\nHost: example:80\r\nX-Two: 2\r\nx-ONE:  3 \r\n"
      "Transfer-Encoding: Chunked\r\n\r\n0\r\nX-Three: 3\r\n\r\n");
  const KeptExchange kept = served.handler.Next();
  const HttpRequestHead& head = kept.request.head;
  CHECK(head.method == "POST");
  CHECK(head.target == "/keep?a=b");
  CHECK(head.version == HttpVersion::kHttp11);
  REQUIRE(head.fields.size() == 5);
  CHECK(head.fields[0].name == "x-one");
  CHECK(head.fields[1].value == "example:80");
  CHECK(head.fields[3].name == "x-one");
  CHECK(head.fields[3].value == "3");
  CHECK(*head.Find("x-one") == "1");
  CHECK(head.Count("x-one") == 2);
  CHECK(head.Find("x-three") == nullptr);
  CHECK(head.peer_is_loopback);
  CHECK(head.peer.starts_with("127.0.0.1:"));
  CHECK_FALSE(head.secure);
  CHECK_FALSE(head.content_length.has_value());
}

TEST_CASE("http1: 100 is sent after the request was admitted, and not before") {
  HttpTestServer served;
  served.handler.admit = [](const HttpRequestHead& head) -> std::optional<HttpResponse> {
    if (head.Find("x-bad") == nullptr) return std::nullopt;
    HttpResponse refusal;
    refusal.status = 403;
    return refusal;
  };
  HttpClient client(served.port());
  client.Send(HttpClient::PostHead("/echo", {{"Expect", "100-continue"}}, 5));
  CHECK(client.Receive().status == 100);
  client.Send("hello");
  CHECK(client.Receive().body == "hello");
  SECTION("refused") {
    client.Send(HttpClient::PostHead("/echo", {{"Expect", "100-continue"}, {"X-Bad", "1"}}, 5));
    const HttpAnswer answer = client.Receive();
    CHECK(answer.status == 403);
    CHECK(answer.Field("connection") == "close");
    CHECK(client.IsClosedByPeer());
    CHECK(served.refused(HttpRefusal::kNotAdmitted) == 1);
  }
  SECTION("another expectation") {
    client.Send(HttpClient::PostHead("/echo", {{"Expect", "cake"}}, 5));
    CHECK(client.Receive().status == 417);
    CHECK(served.refused(HttpRefusal::kExpectation) == 1);
  }
}

TEST_CASE("http1: a request that is not admitted costs its body, and not the connection") {
  HttpTestServer served;
  served.handler.admit = [](const HttpRequestHead& head) -> std::optional<HttpResponse> {
    if (head.Find("x-bad") == nullptr) return std::nullopt;
    HttpResponse refusal;
    refusal.status = 403;
    refusal.body = "no";
    return refusal;
  };
  HttpClient client(served.port());
  CHECK(client.Post("/echo", {{"x-bad", ""}}, std::string(300'000, 'x')).status == 403);
  CHECK(client.Post("/echo", {}, "good").body == "good");
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nX-Bad: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n0\r\n\r\n");
  CHECK(client.Receive().body == "no");
  CHECK(client.Post("/echo", {}, "good").body == "good");
  CHECK(WaitUntil([&] { return served.metrics.bytes_held.value() == 0; }));
}

TEST_CASE("http1: an answer may be streamed") {
  HttpTestServer served;
  HttpClient client(served.port());
  client.Send(Get("/keep"));
  const KeptExchange kept = served.handler.Next();
  kept.exchange->Begin(200, {{"content-type", "text/plain"}});
  HttpAnswer head = client.Receive(/*body_expected=*/false);
  CHECK(head.status == 200);
  CHECK(head.Field("transfer-encoding") == "chunked");
  for (const std::string& piece : {std::string("a"), std::string(300'000, 'b'), std::string("c")}) {
    Awaited<bool> written;
    kept.exchange->Write(piece, written.Callback());
    CHECK(client.ReceiveChunk() == piece);
    CHECK(written.Get());
  }
  kept.exchange->End();
  CHECK(client.ReceiveChunk().empty());
  CHECK(client.Post("/echo", {}, "next").body == "next");
}

TEST_CASE("http1: a piece of no bytes does not end the answer") {
  HttpTestServer served;
  HttpClient client(served.port());
  client.Send(Get("/keep"));
  const KeptExchange kept = served.handler.Next();
  kept.exchange->Begin(200, {});
  Awaited<bool> empty;
  kept.exchange->Write("", empty.Callback());
  CHECK(empty.Get());
  Awaited<bool> more;
  kept.exchange->Write("more", more.Callback());
  kept.exchange->End();
  const HttpAnswer answer = client.Receive();
  CHECK(answer.body == "more");
  CHECK(answer.complete);
  CHECK(more.Get());
}

TEST_CASE("http1: an exchange that is let go of is answered all the same") {
  HttpTestServer served;
  HttpClient client(served.port());
  client.Send(Get("/drop"));
  CHECK(client.Receive().status == 500);
  CHECK(client.Post("/echo", {}, "next").body == "next");
  client.Send(Get("/keep"));
  KeptExchange kept = served.handler.Next();
  kept.exchange->Begin(200, {});
  kept.exchange = nullptr;
  const HttpAnswer answer = client.Receive();
  CHECK(answer.status == 200);
  CHECK_FALSE(answer.complete);
}

TEST_CASE("http1: Abort cuts the answer off") {
  HttpTestServer served;
  HttpClient client(served.port());
  client.Send(Get("/keep"));
  const KeptExchange kept = served.handler.Next();
  kept.exchange->Begin(200, {});
  kept.exchange->Abort();
  CHECK_FALSE(client.Receive().complete);
}

TEST_CASE("http1: a client that goes is noticed, before and in the middle of the answer") {
  HttpTestServer served;
  auto client = std::make_unique<HttpClient>(served.port());
  client->Send(Get("/keep"));
  const KeptExchange kept = served.handler.Next();
  const bool streaming = GENERATE(false, true);
  CAPTURE(streaming);
  if (streaming) kept.exchange->Begin(200, {});
  Awaited<bool> gone;
  kept.exchange->OnGone([&gone] { gone.Set(true); });
  if (GENERATE(false, true)) client->stream().Reset();
  client = nullptr;
  CHECK(gone.Get());
  // What comes after it does nothing, and OnGone is called at once.
  Awaited<bool> again;
  kept.exchange->OnGone([&again] { again.Set(true); });
  CHECK(again.Get());
  Awaited<bool> written;
  if (!streaming) kept.exchange->Begin(200, {});
  kept.exchange->Write("late", written.Callback());
  CHECK_FALSE(written.Get());
  kept.exchange->End();
  CHECK(WaitUntil([&] { return served.server->connections() == 0; }));
}

TEST_CASE("http1: OnGone is not called for an answer that is complete") {
  HttpTestServer served;
  std::atomic<bool> gone = false;
  {
    HttpClient client(served.port());
    client.Send(Get("/keep"));
    const KeptExchange kept = served.handler.Next();
    kept.exchange->OnGone([&gone] { gone = true; });
    kept.exchange->Respond({});
    CHECK(client.Receive().status == 200);
    kept.exchange->Respond({});
  }
  CHECK(WaitUntil([&] { return served.server->connections() == 0; }));
  CHECK_FALSE(gone);
}

TEST_CASE("http1: what the answer holds is let go of once it is written") {
  HttpTestServer served;
  HttpClient client(served.port());
  client.Send(Get("/keep"));
  const KeptExchange kept = served.handler.Next();
  auto held = std::make_shared<int>(1);
  std::weak_ptr<int> watched = held;
  HttpResponse response;
  response.hold = std::move(held);
  kept.exchange->Respond(std::move(response));
  CHECK(client.Receive().status == 200);
  CHECK(WaitUntil([&] { return watched.expired(); }));
}

TEST_CASE("http1: the connection ends where either side asks for it") {
  HttpTestServer served;
  HttpClient client(served.port());
  SECTION("the client") {
    client.Send(Get("/echo", "Connection: close\r\n"));
    const HttpAnswer answer = client.Receive();
    CHECK(answer.status == 200);
    CHECK(answer.Field("connection") == "close");
  }
  SECTION("the handler") {
    client.Send(Get("/keep"));
    HttpResponse response;
    response.close = true;
    served.handler.Next().exchange->Respond(std::move(response));
    CHECK(client.Receive().Field("connection") == "close");
  }
  SECTION("HTTP/1.0") {
    client.Send("GET /keep HTTP/1.0\r\n\r\n");
    const KeptExchange kept = served.handler.Next();
    kept.exchange->Begin(200, {});
    Awaited<bool> written;
    kept.exchange->Write("text", written.Callback());
    kept.exchange->End();
    const HttpAnswer answer = client.Receive();
    CHECK(answer.body == "text");
    CHECK(answer.Field("transfer-encoding").empty());
    CHECK(written.Get());
  }
  CHECK(client.IsClosedByPeer());
}

TEST_CASE("http1: an answer's field cannot begin another") {
  HttpTestServer served;
  HttpClient client(served.port());
  client.Send(Get("/keep"));
  HttpResponse response;
  response.fields.push_back({"x-said", "a\r\nx-evil: b"});
  served.handler.Next().exchange->Respond(std::move(response));
  const HttpAnswer answer = client.Receive();
  CHECK(answer.Field("x-said") == "a  x-evil: b");
  CHECK(answer.Field("x-evil").empty());
}

TEST_CASE("http1: an answer to HEAD has the length of its body, and not the body") {
  HttpTestServer served;
  served.handler.admit = [](const HttpRequestHead& head) -> std::optional<HttpResponse> {
    if (head.Find("x-bad") == nullptr) return std::nullopt;
    HttpResponse refusal;
    refusal.status = 403;
    refusal.body = "refused\r\n";
    return refusal;
  };
  HttpClient client(served.port());
  SECTION("given whole") {
    client.Send("HEAD /keep HTTP/1.1\r\nHost: h\r\n\r\n");
    HttpResponse response;
    response.body = "four\r\n";
    served.handler.Next().exchange->Respond(std::move(response));
    const HttpAnswer answer = client.Receive(/*body_expected=*/false);
    CHECK(answer.status == 200);
    CHECK(answer.Field("content-length") == "6");
  }
  SECTION("streamed") {
    client.Send("HEAD /keep HTTP/1.1\r\nHost: h\r\n\r\n");
    const KeptExchange kept = served.handler.Next();
    kept.exchange->Begin(200, {});
    Awaited<bool> written;
    kept.exchange->Write("text", written.Callback());
    CHECK(written.Get());
    kept.exchange->End();
    CHECK(client.Receive(/*body_expected=*/false).Field("transfer-encoding") == "chunked");
  }
  SECTION("refused") {
    client.Send("HEAD /keep HTTP/1.1\r\nHost: h\r\nX-Bad: 1\r\n\r\n");
    const HttpAnswer answer = client.Receive(/*body_expected=*/false);
    CHECK(answer.status == 403);
    CHECK(answer.Field("content-length") == "9");
  }
  // What comes next on the connection is the next answer.
  CHECK(client.Post("/echo", {}, "next").body == "next");
}

TEST_CASE("http1: OnGone is called also where it comes after everything has ended") {
  testing::HttpTestHandler handler;
  HttpMetrics metrics;
  auto context = std::make_shared<HttpContext>();
  context->handler = &handler;
  context->metrics = &metrics;
  context->bytes = std::make_shared<ByteBudget>(context->limits.server_bytes_max);
  // Nothing runs it: what the protocol asks of it stays under way.
  boost::asio::io_context loop;
  const auto connection =
      std::make_shared<HttpConnection>(context, boost::asio::ip::tcp::socket(loop),
                                       boost::asio::ip::tcp::endpoint(), [](HttpConnection*) {});
  Http1Protocol protocol(*connection);
  protocol.Start(Get("/keep"));
  const KeptExchange kept = handler.Next();
  protocol.OnClosed();
  protocol.Release();
  bool gone = false;
  protocol.OnGone(1, [&gone] { gone = true; });
  CHECK(gone);
}

}  // namespace
}  // namespace penstock::broker
