#include "broker/http/http2_protocol.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "broker/http/http_server.h"
#include "broker/http/protocol_detector.h"
#include "tests/support/awaited.h"
#include "tests/support/http2_client.h"
#include "tests/support/http_test_handler.h"

namespace penstock::broker {
namespace {

using testing::Awaited;
using testing::Http2Client;
using testing::Http2ClientOptions;
using testing::HttpAnswer;
using testing::HttpTestServer;
using testing::KeptExchange;
using testing::WaitUntil;

TEST_CASE("http2: requests and answers with bodies of all sizes") {
  HttpTestServer served;
  Http2Client client(served.port());
  for (const size_t bytes : {0, 1, 16'384, 16'385, 1'000'000, 9'000'000}) {
    CAPTURE(bytes);
    const std::string body(bytes, 'b');
    const int32_t id = client.Submit("POST", "/echo", {}, body);
    const HttpAnswer& answer = client.Wait(id);
    CHECK(answer.status == 200);
    CHECK(answer.complete);
    CHECK((answer.body == body));
    CHECK(answer.Field("content-length") == std::to_string(bytes));
    CHECK(answer.Field("x-capacity-ok") == "yes");
    CHECK(answer.Field("date").ends_with(" GMT"));
  }
  CHECK(served.metrics.http2_requests_total.value() == 6);
  CHECK(WaitUntil([&] { return served.metrics.bytes_held.value() == 0; }));
}

TEST_CASE("http2: the preface may come in pieces") {
  HttpTestServer served;
  testing::ByteStream stream(served.port());
  for (const char c : kHttp2Preface) REQUIRE(stream.Send(std::string(1, c)));
  // An empty SETTINGS frame is answered with the server's own, and an acknowledgement.
  REQUIRE(stream.Send(std::string("\0\0\0\4\0\0\0\0\0", 9)));
  char type[9] = {};
  REQUIRE(stream.Receive(type, sizeof(type)) > 3);
  CHECK(type[3] == 4);
}

TEST_CASE("http2: many requests at once, answered in any order") {
  HttpTestServer served;
  Http2Client client(served.port());
  std::vector<int32_t> ids;
  for (int i = 0; i < 100; ++i)
    ids.push_back(client.Submit("POST", "/keep", {}, "body " + std::to_string(i)));
  std::vector<KeptExchange> kept;
  for (int i = 0; i < 100; ++i) kept.push_back(served.handler.Next());
  while (!kept.empty()) {
    HttpResponse response;
    response.body = "re: " + kept.back().request.body;
    kept.back().exchange->Respond(std::move(response));
    kept.pop_back();
  }
  for (size_t i = 0; i < ids.size(); ++i)
    CHECK(client.Wait(ids[i]).body == "re: body " + std::to_string(i));
}

TEST_CASE("http2: the head is told as with HTTP/1.1") {
  HttpTestServer served;
  Http2Client client(served.port());
  client.Submit("POST", "/keep?a=b", {{"x-one", "1"}, {"x-two", "2"}, {"x-one", "3"}}, "x");
  const KeptExchange kept = served.handler.Next();
  const HttpRequestHead& head = kept.request.head;
  CHECK(head.method == "POST");
  CHECK(head.target == "/keep?a=b");
  CHECK(head.version == HttpVersion::kHttp2);
  REQUIRE(head.fields.size() == 4);
  CHECK(head.fields[2].value == "3");
  CHECK(*head.Find("host") == "localhost");
  CHECK(head.peer_is_loopback);
}

TEST_CASE("http2: two hosts are refused") {
  HttpTestServer served;
  Http2Client client(served.port());
  CHECK(client.Wait(client.Submit("GET", "/echo", {{"host", "other"}})).status == 400);
  CHECK(client.Wait(client.Submit("GET", "/echo", {{"host", "localhost"}})).status == 200);
}

TEST_CASE("http2: 100 is sent after the request was admitted") {
  HttpTestServer served;
  served.handler.admit = [](const HttpRequestHead& head) -> std::optional<HttpResponse> {
    if (head.Find("x-bad") == nullptr) return std::nullopt;
    HttpResponse refusal;
    refusal.status = 403;
    refusal.body = "no";
    return refusal;
  };
  Http2Client client(served.port());
  const int32_t id =
      client.Submit("POST", "/echo", {{"expect", "100-continue"}}, "", /*more=*/true);
  CHECK(client.WaitFor([&] { return client.call(id).continued; }));
  client.SendBody(id, "hello", /*more=*/false);
  CHECK(client.Wait(id).body == "hello");
  // Refused at once: the rest of the body is not waited for.
  const int32_t refused =
      client.Submit("POST", "/echo", {{"x-bad", "1"}}, std::string(1000, 'x'), /*more=*/true);
  CHECK(client.Wait(refused).status == 403);
  CHECK(client.call(refused).answer.body == "no");
  CHECK(client.call(refused).error_code == NGHTTP2_NO_ERROR);
  CHECK_FALSE(client.call(refused).continued);
  CHECK(client.Wait(client.Submit("POST", "/echo", {}, "next")).body == "next");
}

TEST_CASE("http2: a streamed answer waits for the window") {
  HttpTestServer served;
  Http2ClientOptions options;
  options.stream_window = 1000;
  options.update_windows = false;
  Http2Client client(served.port(), options);
  const int32_t id = client.Submit("GET", "/keep", {});
  const KeptExchange kept = served.handler.Next();
  kept.exchange->Begin(200, {{"content-type", "text/plain"}});
  Awaited<bool> first;
  kept.exchange->Write(std::string(1000, 'a'), first.Callback());
  CHECK(client.WaitFor([&] { return client.call(id).answer.body.size() == 1000; }));
  CHECK(first.Get());
  Awaited<bool> second;
  kept.exchange->Write(std::string(10, 'b'), second.Callback());
  // What is answered after it shows that the server has seen the piece, and that the window is shut.
  client.Ping();
  CHECK(client.WaitFor([&] { return client.pongs() == 1; }));
  CHECK_FALSE(second.ready());
  CHECK(client.call(id).answer.body.size() == 1000);
  client.OpenWindow(id, 4);
  CHECK(client.WaitFor([&] { return client.call(id).answer.body.size() == 1004; }));
  CHECK_FALSE(second.ready());
  client.OpenWindow(id, 100);
  CHECK(client.WaitFor([&] { return client.call(id).answer.body.size() == 1010; }));
  CHECK(second.Get());
  kept.exchange->End();
  CHECK(client.Wait(id).complete);
}

TEST_CASE("http2: a window that stays shut for too long resets the stream") {
  HttpLimits limits;
  limits.write_timeout_ms = 300;
  HttpTestServer served(limits);
  Http2ClientOptions options;
  options.stream_window = 0;
  Http2Client client(served.port(), options);
  const int32_t id = client.Submit("GET", "/keep", {});
  const KeptExchange kept = served.handler.Next();
  Awaited<bool> gone;
  Awaited<bool> written;
  kept.exchange->OnGone([&gone] { gone.Set(true); });
  kept.exchange->Begin(200, {});
  kept.exchange->Write("never", written.Callback());
  client.Wait(id);
  CHECK(client.call(id).error_code == NGHTTP2_CANCEL);
  CHECK(gone.Get());
  CHECK_FALSE(written.Get());
  CHECK(served.refused(HttpRefusal::kWriteTimeout) == 1);
  CHECK_FALSE(client.ended());
}

TEST_CASE("http2: a stream that the client resets is gone, the others stay") {
  HttpTestServer served;
  Http2Client client(served.port());
  const bool streaming = GENERATE(false, true);
  const int32_t id = client.Submit("GET", "/keep", {});
  const KeptExchange kept = served.handler.Next();
  if (streaming) kept.exchange->Begin(200, {});
  Awaited<bool> gone;
  kept.exchange->OnGone([&gone] { gone.Set(true); });
  client.Reset(id, NGHTTP2_CANCEL);
  CHECK(gone.Get());
  Awaited<bool> written;
  kept.exchange->Write("late", written.Callback());
  CHECK_FALSE(written.Get());
  Awaited<bool> again;
  kept.exchange->OnGone([&again] { again.Set(true); });
  CHECK(again.Get());
  kept.exchange->End();
  CHECK(client.Wait(client.Submit("POST", "/echo", {}, "next")).body == "next");
}

TEST_CASE("http2: a client that goes takes all its streams along") {
  HttpTestServer served;
  auto client = std::make_unique<Http2Client>(served.port());
  for (int i = 0; i < 3; ++i) client->Submit("GET", "/keep", {});
  std::vector<KeptExchange> kept;
  std::atomic<int> gone = 0;
  for (int i = 0; i < 3; ++i) {
    kept.push_back(served.handler.Next());
    kept.back().exchange->OnGone([&gone] { ++gone; });
  }
  kept[0].exchange->Begin(200, {});
  client = nullptr;
  CHECK(WaitUntil([&] { return gone == 3 && served.server->connections() == 0; }));
}

TEST_CASE("http2: an exchange that is let go of, or aborted, ends its stream") {
  HttpTestServer served;
  Http2Client client(served.port());
  CHECK(client.Wait(client.Submit("GET", "/drop", {})).status == 500);
  const int32_t aborted = client.Submit("GET", "/keep", {});
  served.handler.Next().exchange->Abort();
  client.Wait(aborted);
  CHECK(client.call(aborted).error_code == NGHTTP2_INTERNAL_ERROR);
  const int32_t dropped = client.Submit("GET", "/keep", {});
  served.handler.Next().exchange->Begin(200, {});
  client.Wait(dropped);
  CHECK_FALSE(client.call(dropped).answer.complete);
  CHECK(client.Wait(client.Submit("POST", "/echo", {}, "next")).body == "next");
}

TEST_CASE("http2: trailers end the body and are ignored") {
  HttpTestServer served;
  Http2Client client(served.port());
  const int32_t id = client.Submit("POST", "/echo", {}, "body", /*more=*/true);
  CHECK(client.WaitFor([&] { return client.call(id).body_sent == 4; }));
  // HEADERS with END_STREAM and END_HEADERS: "x-trailer: 1", a literal that is not indexed.
  const std::string block = std::string("\0\x09", 2) + "x-trailer" + "\x01" + "1";
  std::string frame = {0, 0, static_cast<char>(block.size()), 1, 5, 0, 0, 0, static_cast<char>(id)};
  client.stream().Send(frame + block);
  CHECK(client.WaitFor([&] { return client.call(id).answer.complete; }));
  CHECK(client.call(id).answer.body == "body");
}

TEST_CASE("http2: a body that is not as long as it says is reset by its rules") {
  HttpTestServer served;
  Http2Client client(served.port());
  const int32_t id = client.Submit("POST", "/keep", {{"content-length", "10"}}, "short");
  client.Wait(id);
  CHECK(client.call(id).error_code == NGHTTP2_PROTOCOL_ERROR);
  CHECK(served.handler.kept() == 0);
  CHECK(served.refused(HttpRefusal::kMalformed) == 1);
}

TEST_CASE("http2: rapid resets end the connection") {
  HttpLimits limits;
  limits.reset_burst = 20;
  limits.resets_per_second = 1;
  limits.linger_timeout_ms = 20;
  HttpTestServer served(limits);
  Http2Client client(served.port());
  for (int i = 0; i < 200 && !client.goaway(); ++i) {
    client.Reset(client.Submit("GET", "/keep", {}), NGHTTP2_CANCEL);
  }
  CHECK(client.WaitFor([&] { return client.goaway(); }));
  CHECK(client.goaway_error() != NGHTTP2_NO_ERROR);
  client.WaitFor([] { return false; });
  CHECK(WaitUntil([&] { return served.server->connections() == 0; }));
  CHECK(served.refused(HttpRefusal::kHttp2Protocol) == 1);
}

TEST_CASE("http2: a flood of pings whose answers are not taken ends the connection") {
  HttpLimits limits;
  limits.acks_max = 10;
  HttpTestServer served(limits);
  Http2ClientOptions options;
  Http2Client client(served.port(), options);
  // In one piece, so that they wait together.
  std::string pings;
  for (int i = 0; i < 100'000; ++i) pings += std::string("\0\0\x08\6\0\0\0\0\0", 9) + "12345678";
  client.stream().Send(pings);
  // First: there is no connection either before the server has accepted it.
  CHECK(WaitUntil([&] { return served.refused(HttpRefusal::kHttp2Protocol) == 1; }));
  CHECK(WaitUntil([&] { return served.server->connections() == 0; }));
}

TEST_CASE("http2: a connection at rest is told to go") {
  HttpLimits limits;
  limits.idle_timeout_ms = 30;
  limits.linger_timeout_ms = 20;
  HttpTestServer served(limits);
  Http2Client client(served.port());
  CHECK(client.WaitFor([&] { return client.goaway(); }));
  CHECK(client.goaway_error() == NGHTTP2_NO_ERROR);
  client.WaitFor([] { return false; });
  CHECK(WaitUntil([&] { return served.server->connections() == 0; }));
}

TEST_CASE("http2: an answer to HEAD has the length of its body, and not the body") {
  HttpTestServer served;
  Http2Client client(served.port());
  const int32_t id = client.Submit("HEAD", "/keep", {});
  HttpResponse response;
  response.body = "four";
  served.handler.Next().exchange->Respond(std::move(response));
  const HttpAnswer& answer = client.Wait(id);
  CHECK(answer.Field("content-length") == "4");
  CHECK(answer.body.empty());
  CHECK(answer.complete);
  CHECK(client.call(id).error_code == NGHTTP2_NO_ERROR);

  const int32_t streamed = client.Submit("HEAD", "/keep", {});
  const KeptExchange kept = served.handler.Next();
  kept.exchange->Begin(200, {});
  Awaited<bool> written;
  kept.exchange->Write("text", written.Callback());
  CHECK(written.Get());
  kept.exchange->End();
  CHECK(client.Wait(streamed).complete);
  CHECK(client.call(streamed).answer.body.empty());
  CHECK(client.call(streamed).error_code == NGHTTP2_NO_ERROR);
  CHECK(client.Wait(client.Submit("POST", "/echo", {}, "next")).body == "next");
}

TEST_CASE(
    "http2: a flood of streams past the limit, before SETTINGS are acknowledged, is cut off") {
  HttpLimits limits;
  limits.acks_max = 10;
  limits.streams_max = 2;
  HttpTestServer served(limits);
  Http2Client client(served.port());
  // Each is refused with RST_STREAM, which the client does not take: it reads nothing.
  const std::string block("\x82\x86\x84\x01\x01h", 6);
  std::string flood;
  for (uint32_t id = 1; id < 200'000; id += 2) {
    flood += {0, 0, static_cast<char>(block.size()), 1, 5};
    for (const uint32_t shift : {24, 16, 8, 0}) flood += static_cast<char>(id >> shift);
    flood += block;
  }
  client.stream().Send(flood);
  // First: there is no connection either before the server has accepted it.
  CHECK(WaitUntil([&] { return served.refused(HttpRefusal::kHttp2Protocol) == 1; }));
  CHECK(WaitUntil([&] { return served.server->connections() == 0; }));
}

TEST_CASE("http2: an answer that the client does not read stays in the budgets") {
  HttpTestServer served;
  Http2ClientOptions options;
  options.stream_window = 16 * 1024 * 1024;
  Http2Client client(served.port(), options);
  const int32_t id = client.Submit("GET", "/keep", {});
  KeptExchange kept = served.handler.Next();
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = held;
  HttpResponse response;
  // More than the kernel takes; the windows are open for all of it.
  response.body.resize(14'000'000, 'x');
  response.hold = std::move(held);
  kept.exchange->Respond(std::move(response));
  CHECK(WaitUntil([&] { return served.metrics.response_bytes_total.value() > 50'000; }));
  CHECK(served.metrics.bytes_held.value() >= 4'000'000);
  CHECK_FALSE(watched.expired());
  CHECK(client.Wait(id).body.size() == 14'000'000);
  CHECK(WaitUntil([&] { return served.metrics.bytes_held.value() == 0 && watched.expired(); }));
}

TEST_CASE("http2: a piece counts as written when the socket has taken it") {
  HttpLimits limits;
  limits.write_timeout_ms = 500;
  HttpTestServer served(limits);
  Http2ClientOptions options;
  options.stream_window = 16 * 1024 * 1024;
  Http2Client client(served.port(), options);
  client.Submit("GET", "/keep", {});
  const KeptExchange kept = served.handler.Next();
  kept.exchange->Begin(200, {});
  constexpr size_t kPieceBytes = 200'000;
  std::atomic<size_t> taken = 0;
  Awaited<bool> refused;
  // The client reads nothing: one of them is stuck in the socket, and ends with the connection.
  std::function<void()> write = [&] {
    kept.exchange->Write(std::string(kPieceBytes, 'p'), [&](bool written) {
      if (!written) return refused.Set(true);
      ++taken;
      write();
    });
  };
  write();
  CHECK(refused.Get());
  CHECK(WaitUntil([&] { return served.server->connections() == 0; }));
  CHECK(taken > 0);
  CHECK(served.metrics.response_bytes_total.value() >= taken * kPieceBytes);
  CHECK(served.metrics.bytes_held.value() == 0);
}

TEST_CASE("http2: a connection at rest whose last answer is not read waits without work") {
  boost::asio::io_context context;
  testing::HttpTestHandler handler;
  HttpMetrics metrics;
  HttpServerOptions server_options;
  server_options.host = "127.0.0.1";
  server_options.executor = context.get_executor();
  server_options.handler = &handler;
  server_options.metrics = &metrics;
  server_options.limits.idle_timeout_ms = 1'000;
  server_options.limits.stop_grace_ms = 0;
  std::unique_ptr<HttpServer> server = *HttpServer::Start(std::move(server_options));
  Http2ClientOptions client_options;
  client_options.stream_window = 16 * 1024 * 1024;
  Http2Client client(server->port(), client_options);
  // All that the handlers can do before they wait for the client; the last of the answers is then
  // left in the protocol, whose streams have ended.
  constexpr uint64_t kAnswerBytes = 200'000;
  for (uint64_t answers = 0; metrics.response_bytes_total.value() >= answers * kAnswerBytes;) {
    client.Submit("POST", "/large", {}, std::to_string(kAnswerBytes));
    ++answers;
    while (metrics.http2_requests_total.value() < answers)
      REQUIRE(context.run_one_for(testing::kTestDeadline) == 1);
    context.poll();
    REQUIRE(answers < 80);
  }
  CHECK(context.run_for(std::chrono::milliseconds(1'500)) < 20);
  std::thread stopping([&context] { context.run(); });
  server = nullptr;
  stopping.join();
}

}  // namespace
}  // namespace penstock::broker
