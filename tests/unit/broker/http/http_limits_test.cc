// Each limit, at its value and just past it, through the server; those of lines and fields of
// HTTP/1.1 are tested with its scanner.
#include "broker/http/http_limits.h"

#include <cstdio>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/support/awaited.h"
#include "tests/support/http2_client.h"
#include "tests/support/http_test_handler.h"

namespace penstock::broker {
namespace {

using testing::Awaited;
using testing::Http2Client;
using testing::Http2ClientOptions;
using testing::HttpAnswer;
using testing::HttpClient;
using testing::HttpClientFields;
using testing::HttpTestServer;
using testing::KeptExchange;
using testing::WaitUntil;

HttpAnswer Post(uint16_t port, bool http2, std::string_view target, const HttpClientFields& fields,
                const std::string& body) {
  if (!http2) return HttpClient(port).Post(target, fields, body);
  Http2Client client(port);
  const int32_t id = client.Submit("POST", target, fields, body);
  return client.Wait(id);
}

std::string Chunked(const std::string& body) {
  char size[32];
  std::snprintf(size, sizeof(size), "%zx\r\n", body.size());
  return "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
         std::string(size) + body + "\r\n0\r\n\r\n";
}

TEST_CASE("limits: heads of default size") {
  HttpTestServer served;
  const bool http2 = GENERATE(false, true);
  CAPTURE(http2);
  const std::string long_value(size_t{8} * 1024 - 3 - (http2 ? 0 : 2), 'v');
  CHECK(Post(served.port(), http2, "/echo", {{"a-b", long_value}}, "").status == 200);
  CHECK(Post(served.port(), http2, "/echo", {{"a-b", long_value + "v"}}, "").status == 431);
  CHECK(served.refused(HttpRefusal::kFieldTooLong) == 1);
  HttpClientFields many;
  // With host, and content-length where the client sends it.
  for (int i = 0; i < (http2 ? 64 : 62); ++i) many.emplace_back("f", "v");
  CHECK(Post(served.port(), http2, "/echo", many, "").status == 200);
  many.emplace_back("f", "v");
  CHECK(Post(served.port(), http2, "/echo", many, "").status == 431);
  CHECK(served.refused(HttpRefusal::kTooManyFields) == 1);
  HttpClientFields large;
  for (int i = 0; i < 4; ++i) large.emplace_back("f", std::string(5000, 'v'));
  CHECK(Post(served.port(), http2, "/echo", large, "").status == 431);
  CHECK(served.refused(HttpRefusal::kFieldsTooLarge) == 1);
  CHECK(Post(served.port(), http2, "/" + std::string(9000, 'p'), {}, "").status == 414);
  CHECK(served.refused(HttpRefusal::kRequestLineTooLong) == 1);
}

TEST_CASE("limits: a body of the largest size, and one byte more") {
  HttpLimits limits;
  limits.body_bytes_max = 100'000;
  HttpTestServer served(limits);
  const bool http2 = GENERATE(false, true);
  CAPTURE(http2);
  CHECK(Post(served.port(), http2, "/echo", {}, std::string(100'000, 'b')).body.size() == 100'000);
  HttpClientFields declared;
  if (http2) declared.emplace_back("content-length", "100001");
  const HttpAnswer refused =
      Post(served.port(), http2, "/echo", declared, std::string(100'001, 'b'));
  CHECK(refused.status == 413);
  CHECK(refused.Field("x-head") == "yes");
  CHECK(served.refused(HttpRefusal::kBodyTooLarge) == 1);
  // Not declared.
  if (http2) {
    CHECK(Post(served.port(), true, "/echo", {}, std::string(100'001, 'b')).status == 413);
  } else {
    HttpClient client(served.port());
    client.Send(Chunked(std::string(100'000, 'b')));
    CHECK(client.Receive().status == 200);
    client.Send(Chunked(std::string(100'001, 'b')));
    CHECK(client.Receive().status == 413);
  }
  CHECK(served.refused(HttpRefusal::kBodyTooLarge) == 2);
  CHECK(WaitUntil([&] { return served.metrics.bytes_held.value() == 0; }));
}

TEST_CASE("limits: encodings of the content other than identity") {
  HttpTestServer served;
  const bool http2 = GENERATE(false, true);
  CHECK(Post(served.port(), http2, "/echo", {{"content-encoding", "Identity"}}, "x").status == 200);
  CHECK(Post(served.port(), http2, "/echo", {{"content-encoding", "gzip"}}, "x").status == 415);
  CHECK(Post(served.port(), http2, "/echo",
             {{"content-encoding", "identity"}, {"content-encoding", "br"}}, "x")
            .status == 415);
  CHECK(served.refused(HttpRefusal::kContentEncoding) == 2);
}

TEST_CASE("limits: bytes under way, for the whole server") {
  HttpLimits limits;
  limits.server_bytes_max = 200'000;
  HttpTestServer served(limits);
  const bool http2 = GENERATE(false, true);
  CAPTURE(http2);
  // Held until its exchange is let go of, even when it is answered.
  HttpClient holder(served.port());
  holder.Send(HttpClient::PostHead("/keep", {}, 150'000) + std::string(150'000, 'b'));
  auto kept = std::make_unique<KeptExchange>(served.handler.Next());
  CHECK(served.metrics.bytes_held.value() == 150'000);
  const HttpClientFields fields =
      http2 ? HttpClientFields{{"content-length", "50001"}} : HttpClientFields{};
  const HttpAnswer refused = Post(served.port(), http2, "/keep", fields, std::string(50'001, 'b'));
  CHECK(refused.status == 503);
  CHECK(refused.Field("retry-after") == "1");
  CHECK(served.refused(HttpRefusal::kServerBytes) == 1);
  CHECK(Post(served.port(), http2, "/echo", {}, "").status == 200);
  kept->exchange->Respond({});
  CHECK(holder.Receive().status == 200);
  kept = nullptr;
  CHECK(WaitUntil([&] { return served.metrics.bytes_held.value() == 0; }));
  CHECK(Post(served.port(), http2, "/echo", fields, std::string(50'001, 'b')).status == 200);
}

TEST_CASE("limits: bytes under way, for one connection") {
  HttpLimits limits;
  limits.connection_bytes_max = 100'000;
  HttpTestServer served(limits);
  Http2Client client(served.port());
  client.Submit("POST", "/keep", {{"content-length", "60000"}}, std::string(60'000, 'b'));
  auto kept = std::make_unique<KeptExchange>(served.handler.Next());
  const HttpClientFields fields = {{"content-length", "40001"}};
  CHECK(client.Wait(client.Submit("POST", "/echo", fields, std::string(40'001, 'b'))).status ==
        503);
  CHECK(served.refused(HttpRefusal::kConnectionBytes) == 1);
  // Without a length it is refused while it comes.
  CHECK(client.Wait(client.Submit("POST", "/echo", {}, std::string(90'000, 'b'))).status == 503);
  kept->exchange->Respond({});
  kept = nullptr;
  CHECK(WaitUntil([&] { return served.metrics.bytes_held.value() == 0; }));
  CHECK(client.Wait(client.Submit("POST", "/echo", fields, std::string(40'001, 'b'))).status ==
        200);
  HttpClient chunked(served.port());
  chunked.Send(Chunked(std::string(150'000, 'b')));
  CHECK(chunked.Receive().status == 503);
  CHECK(chunked.Post("/echo", {}, "next").body == "next");
}

TEST_CASE("limits: answers that wait count too") {
  HttpLimits limits;
  limits.server_bytes_max = 1'000'000;
  HttpTestServer served(limits);
  Http2ClientOptions options;
  options.stream_window = 0;
  Http2Client slow(served.port(), options);
  const int32_t id = slow.Submit("POST", "/large", {}, "2000000");
  CHECK(WaitUntil([&] { return served.metrics.bytes_held.value() >= 2'000'000; }));
  CHECK(Post(served.port(), false, "/echo", {}, "x").status == 503);
  slow.OpenWindow(id, 3'000'000);
  CHECK(slow.Wait(id).body.size() == 2'000'000);
  CHECK(WaitUntil([&] { return served.metrics.bytes_held.value() == 0; }));
  CHECK(Post(served.port(), false, "/echo", {}, "x").status == 200);
}

TEST_CASE("limits: time, for clients that are slow") {
  HttpLimits limits;
  limits.linger_timeout_ms = 20;
  SECTION("between requests") {
    limits.idle_timeout_ms = 30;
    HttpTestServer served(limits);
    HttpClient client(served.port());
    CHECK(client.Post("/echo", {}, "x").status == 200);
    CHECK(client.IsClosedByPeer());
  }
  SECTION("the first bytes") {
    limits.header_timeout_ms = 30;
    HttpTestServer served(limits);
    HttpClient client(served.port());
    client.Send("PRI");
    CHECK(client.IsClosedByPeer());
    CHECK(served.refused(HttpRefusal::kHeaderTimeout) == 1);
  }
  SECTION("the head") {
    limits.header_timeout_ms = 500;
    HttpTestServer served(limits);
    HttpClient client(served.port());
    client.Send("GET / HTTP/1.1\r\nHost");
    const HttpAnswer answer = client.Receive();
    CHECK(answer.status == 408);
    CHECK(answer.Field("x-head") == "no");
    CHECK(client.IsClosedByPeer());
    CHECK(served.refused(HttpRefusal::kHeaderTimeout) == 1);
  }
  SECTION("the body") {
    limits.body_grace_ms = 300;
    HttpTestServer served(limits);
    const bool chunked = GENERATE(false, true);
    HttpClient client(served.port());
    client.Send(chunked ? "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na"
                        : HttpClient::PostHead("/echo", {}, 10) + "a");
    CHECK(client.Receive().status == 408);
    CHECK(client.IsClosedByPeer());
    CHECK(served.refused(HttpRefusal::kBodyTooSlow) == 1);
    Http2Client http2(served.port());
    const int32_t id = http2.Submit("POST", "/echo", {}, "a", /*more=*/true);
    CHECK(http2.Wait(id).status == 408);
    CHECK(served.refused(HttpRefusal::kBodyTooSlow) == 2);
    CHECK(http2.Wait(http2.Submit("POST", "/echo", {}, "x")).status == 200);
  }
  SECTION("the whole request") {
    limits.request_timeout_ms = 30;
    HttpTestServer served(limits);
    HttpClient client(served.port());
    client.Send(HttpClient::PostHead("/echo", {}, 10) + "a");
    CHECK(client.Receive().status == 408);
    CHECK(served.refused(HttpRefusal::kRequestTimeout) == 1);
    // Also while the handler has it.
    Awaited<bool> gone;
    HttpClient waiting(served.port());
    waiting.Send(HttpClient::PostHead("/keep", {}, 0));
    const KeptExchange kept = served.handler.Next();
    kept.exchange->OnGone([&gone] { gone.Set(true); });
    CHECK(waiting.Receive().status == 504);
    CHECK(gone.Get());
    kept.exchange->Respond({});
    Http2Client http2(served.port());
    const int32_t id = http2.Submit("GET", "/keep", {});
    CHECK(http2.Wait(id).status == 504);
    CHECK(served.refused(HttpRefusal::kRequestTimeout) == 3);
    served.handler.Next();
    // Whoever is told may let go of it, which must not be a second answer.
    HttpClient once(served.port());
    once.Send(HttpClient::PostHead("/keep", {}, 0));
    auto let_go = std::make_shared<KeptExchange>(served.handler.Next());
    HttpExchange& exchange = *let_go->exchange;
    exchange.OnGone([let_go = std::move(let_go)] { let_go->exchange = nullptr; });
    const HttpAnswer answer = once.Receive();
    CHECK(answer.status == 504);
    CHECK(answer.Field("connection") == "close");
    CHECK(once.IsClosedByPeer());
  }
  SECTION("streams have no end") {
    limits.request_timeout_ms = 30;
    HttpTestServer served(limits);
    HttpClient client(served.port());
    client.Send(HttpClient::PostHead("/stream", {}, 0));
    const KeptExchange streaming = served.handler.Next();
    // The other request's end shows that the time is up.
    HttpClient waiting(served.port());
    waiting.Send(HttpClient::PostHead("/keep", {}, 0));
    const KeptExchange kept = served.handler.Next();
    CHECK(waiting.Receive().status == 504);
    Awaited<bool> written;
    streaming.exchange->Write("still", written.Callback());
    streaming.exchange->End();
    CHECK(client.Receive().body == "still");
    CHECK(written.Get());
  }
}

TEST_CASE("limits: a client of HTTP/1.1 that does not read its answer") {
  HttpLimits limits;
  limits.write_timeout_ms = 50;
  HttpTestServer served(limits);
  HttpClient client(served.port());
  client.stream().SetReceiveBuffer(4096);
  client.Send(HttpClient::PostHead("/large", {}, 8) + "50000000");
  CHECK(WaitUntil([&] { return served.refused(HttpRefusal::kWriteTimeout) == 1; }));
  CHECK(WaitUntil([&] { return served.server->connections() == 0; }));
}

TEST_CASE("limits: streams of one HTTP/2 connection") {
  HttpLimits limits;
  limits.streams_max = 2;
  HttpTestServer served(limits);
  Http2Client client(served.port());
  // The client waits by itself once it knows the limit: a third is sent when one has ended.
  CHECK(client.Wait(client.Submit("POST", "/echo", {}, "x")).status == 200);
  client.Submit("GET", "/keep", {});
  client.Submit("GET", "/keep", {});
  const int32_t third = client.Submit("POST", "/echo", {}, "third");
  const KeptExchange first = served.handler.Next();
  const KeptExchange second = served.handler.Next();
  client.Ping();
  CHECK(client.WaitFor([&] { return client.pongs() == 1; }));
  CHECK(client.call(third).answer.status == 0);
  first.exchange->Respond({});
  CHECK(client.Wait(third).body == "third");
}

TEST_CASE("limits: a length that is declared takes no room before its bytes come") {
  HttpLimits limits;
  limits.server_bytes_max = 1'000'000;
  HttpTestServer served(limits);
  const bool http2 = GENERATE(false, true);
  CAPTURE(http2);
  HttpClient waiting1(served.port());
  Http2Client waiting2(served.port());
  int32_t id = 0;
  if (http2) {
    id = waiting2.Submit("POST", "/echo", {{"content-length", "900000"}}, "b", /*more=*/true);
    CHECK(WaitUntil([&] { return served.metrics.http2_requests_total.value() == 1; }));
  } else {
    waiting1.Send(HttpClient::PostHead("/echo", {}, 900'000) + "b");
    CHECK(WaitUntil([&] { return served.metrics.http1_requests_total.value() == 1; }));
  }
  CHECK(served.metrics.bytes_held.value() < 100'000);
  CHECK(Post(served.port(), http2, "/echo", {}, std::string(400'000, 'c')).status == 200);
  const std::string rest(899'999, 'b');
  if (http2) {
    waiting2.SendBody(id, rest, /*more=*/false);
    CHECK(waiting2.Wait(id).body.size() == 900'000);
  } else {
    waiting1.Send(rest);
    CHECK(waiting1.Receive().body == "b" + rest);
  }
  CHECK(WaitUntil([&] { return served.metrics.bytes_held.value() == 0; }));
}

TEST_CASE("limits: a body for which the room ends while it comes is refused, others are not") {
  HttpLimits limits;
  limits.server_bytes_max = 200'000;
  HttpTestServer served(limits);
  HttpClient client(served.port());
  CHECK(client.Post("/echo", {}, std::string(200'001, 'b')).status == 503);
  CHECK(served.refused(HttpRefusal::kServerBytes) == 1);
  CHECK(WaitUntil([&] { return served.metrics.bytes_held.value() == 0; }));
  CHECK(client.Post("/echo", {}, std::string(200'000, 'b')).body.size() == 200'000);
}

TEST_CASE("limits: what is answered when its time is up is answered once") {
  HttpLimits limits;
  limits.request_timeout_ms = 200;
  HttpTestServer served(limits);
  HttpClient client(served.port());
  client.Send(HttpClient::PostHead("/keep", {}, 0));
  const KeptExchange kept = served.handler.Next();
  kept.exchange->OnGone([exchange = kept.exchange] {
    HttpResponse response;
    response.body = "in time";
    exchange->Respond(std::move(response));
  });
  CHECK(client.Receive().body == "in time");
  CHECK(served.refused(HttpRefusal::kRequestTimeout) == 0);
  CHECK(client.Post("/echo", {}, "next").body == "next");
}

}  // namespace
}  // namespace penstock::broker
