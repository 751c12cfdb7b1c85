#include "broker/admin/admin_server.h"

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/support/control_pool.h"
#include "tests/support/http_connection.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;
using testing::HttpConnection;
using testing::HttpResponse;

struct ServerFixture {
  testing::ControlPool pool;
  AdminServerOptions options{.host = "127.0.0.1",
                             .executor = pool.executor(),
                             .pages = {{"/hello", {[] {
                                          return AdminAnswer{200, kPlainText, "hello\n"};
                                        }}},
                                       {"/bad", {[] {
                                          return AdminAnswer{503, kPlainText, "bad\n"};
                                        }}},
                                       {"/slow",
                                        {[] {
                                           return AdminAnswer{200, kPlainText, "slow\n"};
                                         },
                                         true}}},
                             .limits = {}};
  std::unique_ptr<AdminServer> server;

  void Start() { server = AdminServer::Start(options).value(); }
};

TEST_CASE_METHOD(ServerFixture, "admin server: pages, one after the other on one connection") {
  Start();
  HttpConnection connection(server->port());
  for (int i = 0; i < 3; ++i) {
    const HttpResponse hello = connection.Get("/hello");
    CHECK(hello.status == 200);
    CHECK(hello.body == "hello\n");
    CHECK(hello.Field("content-type") == kPlainText);
    CHECK(connection.Get("/slow?a=b").body == "slow\n");
    CHECK(connection.Get("/bad").status == 503);
  }
  const HttpResponse none = connection.Get("/none");
  CHECK(none.status == 404);
  CHECK(none.body == "no such page; there are /bad /hello /slow\n");
  CHECK(none.Field("content-type") == kPlainText);
}

TEST_CASE_METHOD(ServerFixture, "admin server: requests that come together are answered in order") {
  Start();
  HttpConnection connection(server->port());
  const std::string get = " HTTP/1.1\r\nHost: h\r\n\r\n";
  connection.Send("GET /slow" + get + "GET /hello" + get + "GET /none" + get);
  CHECK(connection.Receive().body == "slow\n");
  CHECK(connection.Receive().body == "hello\n");
  CHECK(connection.Receive().status == 404);
}

TEST_CASE_METHOD(ServerFixture, "admin server: HEAD is answered as GET, without the body") {
  Start();
  HttpConnection connection(server->port());
  connection.Send("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  const HttpResponse head = connection.Receive(/*with_body=*/false);
  CHECK(head.status == 200);
  CHECK(head.Field("content-length") == "6");
  // Nothing of a body is in the way of the next answer.
  CHECK(connection.Get("/hello").body == "hello\n");
}

TEST_CASE_METHOD(ServerFixture, "admin server: whoever asks for the end gets it") {
  Start();
  HttpConnection connection(server->port());
  connection.Send("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const HttpResponse answer = connection.Receive();
  CHECK(answer.body == "hello\n");
  CHECK(answer.Field("connection") == "close");
  CHECK(connection.IsClosedByPeer());

  HttpConnection old(server->port());
  old.Send("GET /hello HTTP/1.0\r\n\r\n");
  CHECK(old.Receive().body == "hello\n");
  CHECK(old.IsClosedByPeer());
}

TEST_CASE_METHOD(ServerFixture, "admin server: what is not served is refused in plain text") {
  Start();
  struct Case {
    std::string request;
    int status;
    std::string says;
  };
  const std::vector<Case> cases = {
      {"POST /hello HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", 405, "only GET and HEAD"},
      {"DELETE /none HTTP/1.1\r\nHost: h\r\n\r\n", 405, "only GET and HEAD"},
      {"WHAT /hello HTTP/1.1\r\nHost: h\r\n\r\n", 405, "only GET and HEAD"},
      {"GET /hello HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", 400, "no body"},
      {"GET /hello HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "no body"},
      {"GET /hello HTTP/9.7\r\n\r\n", 400, "malformed request"},
      {"GET /hello\r\n\r\n", 400, "malformed request"},
      {"\x16\x03\x01\x02 a TLS hello\r\n\r\n", 400, "malformed request"},
      {"GET /hello HTTP/1.1\r\nno colon\r\n\r\n", 400, "malformed request"},
  };
  for (const Case& test : cases) {
    CAPTURE(test.request);
    HttpConnection connection(server->port());
    connection.Send(test.request);
    const HttpResponse refusal = connection.Receive();
    CHECK(refusal.status == test.status);
    CHECK_THAT(refusal.body, ContainsSubstring(test.says));
    CHECK(refusal.Field("content-type") == kPlainText);
    CHECK(refusal.Field("allow") == (test.status == 405 ? "GET, HEAD" : ""));
    CHECK(connection.IsClosedByPeer());
  }
}

TEST_CASE_METHOD(ServerFixture, "admin server: a header of up to the limit is read") {
  options.limits.header_bytes_max = 300;
  Start();
  const auto request = [](size_t bytes) {
    const std::string begin = "GET /hello HTTP/1.1\r\nX: ";
    return begin + std::string(bytes - begin.size() - 4, 'x') + "\r\n\r\n";
  };
  for (const size_t bytes : {size_t{299}, size_t{300}}) {
    CAPTURE(bytes);
    REQUIRE(request(bytes).size() == bytes);
    HttpConnection connection(server->port());
    connection.Send(request(bytes));
    CHECK(connection.Receive().status == 200);
  }
  for (const size_t bytes : {size_t{301}, size_t{1'000'000}}) {
    CAPTURE(bytes);
    HttpConnection connection(server->port());
    connection.Send(request(bytes));
    const HttpResponse refusal = connection.Receive();
    CHECK(refusal.status == 431);
    CHECK(refusal.body == "request header has more than 300 bytes\n");
    CHECK(connection.IsClosedByPeer());
  }
}

TEST_CASE_METHOD(ServerFixture, "admin server: as many connections as the limit, and no more") {
  options.limits.connections_max = 3;
  Start();
  std::vector<std::unique_ptr<HttpConnection>> connections;
  for (size_t i = 0; i < 3; ++i) {
    connections.push_back(std::make_unique<HttpConnection>(server->port()));
    CHECK(connections.back()->Get("/hello").status == 200);
  }
  HttpConnection over(server->port());
  const HttpResponse refusal = over.Receive();
  CHECK(refusal.status == 503);
  CHECK(refusal.body == "too many connections\n");
  CHECK(over.IsClosedByPeer());
  // The others are not disturbed, and one that goes makes room.
  CHECK(connections[0]->Get("/hello").status == 200);
  connections.pop_back();
  REQUIRE(testing::WaitUntil([&] { return server->connections() == 2; }));
  CHECK(HttpConnection(server->port()).Get("/hello").status == 200);
}

TEST_CASE_METHOD(ServerFixture, "admin server: a client that drips its request is cut") {
  options.limits.read_timeout_ms = 50;
  // Out of reach within that time.
  options.limits.header_bytes_max = 1 << 30;
  Start();
  HttpConnection connection(server->port());
  // Each byte is another read; the time is that of the whole header.
  connection.Send("GET /hello");
  while (connection.Send(".")) std::this_thread::yield();
  CHECK(connection.Receive().status == 0);
  CHECK(testing::WaitUntil([&] { return server->connections() == 0; }));
}

TEST_CASE_METHOD(ServerFixture, "admin server: an idle connection is closed, at once or later") {
  options.limits.idle_timeout_ms = 50;
  Start();
  HttpConnection silent(server->port());
  CHECK(silent.IsClosedByPeer());
  HttpConnection served(server->port());
  CHECK(served.Get("/hello").status == 200);
  CHECK(served.IsClosedByPeer());
}

TEST_CASE_METHOD(ServerFixture, "admin server: a client that does not take its answer is cut") {
  options.limits.write_timeout_ms = 50;
  // More than the buffers of both sockets hold.
  options.pages["/large"] = {[] {
    return AdminAnswer{200, kPlainText, std::string(64 << 20, 'x')};
  }};
  Start();
  HttpConnection connection(server->port());
  connection.Send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  REQUIRE(testing::WaitUntil([&] { return server->connections() == 1; }));
  CHECK(testing::WaitUntil([&] { return server->connections() == 0; }));
  CHECK(connection.Receive().status == 0);
}

TEST_CASE_METHOD(ServerFixture, "admin server: a slow page does not hold up the others") {
  std::promise<void> begun;
  std::promise<void> go_on;
  options.pages["/slow"] = {[&] {
                              begun.set_value();
                              go_on.get_future().wait();
                              return AdminAnswer{200, kPlainText, "at last\n"};
                            },
                            true};
  Start();
  HttpConnection scraper(server->port());
  scraper.Send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  begun.get_future().wait();
  HttpConnection probe(server->port());
  CHECK(probe.Get("/hello").status == 200);
  go_on.set_value();
  CHECK(scraper.Receive().body == "at last\n");
}

TEST_CASE_METHOD(ServerFixture, "admin server: two slow pages are made one after the other") {
  std::atomic<int> making = 0;
  std::atomic<bool> overlapped = false;
  options.pages["/slow"] = {[&] {
                              if (making.fetch_add(1) != 0) overlapped = true;
                              std::this_thread::yield();
                              making.fetch_sub(1);
                              return AdminAnswer{};
                            },
                            true};
  Start();
  HttpConnection one(server->port());
  HttpConnection other(server->port());
  const std::string get = "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n";
  for (int i = 0; i < 200; ++i) {
    one.Send(get);
    other.Send(get);
    CHECK(one.Receive().status == 200);
    CHECK(other.Receive().status == 200);
  }
  CHECK_FALSE(overlapped);
}

TEST_CASE_METHOD(ServerFixture, "admin server: Stop closes connections, also those at work") {
  std::promise<void> begun;
  std::promise<void> go_on;
  options.pages["/slow"] = {[&] {
                              begun.set_value();
                              go_on.get_future().wait();
                              return AdminAnswer{};
                            },
                            true};
  Start();
  HttpConnection idle(server->port());
  CHECK(idle.Get("/hello").status == 200);
  HttpConnection at_work(server->port());
  at_work.Send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  begun.get_future().wait();
  std::thread stop([&] { server->Stop(); });
  CHECK(idle.IsClosedByPeer());
  go_on.set_value();
  stop.join();
  CHECK(at_work.Receive().status == 0);
  CHECK(server->connections() == 0);
  CHECK_THROWS(HttpConnection(server->port()));
  server->Stop();
}

TEST_CASE_METHOD(ServerFixture, "admin server: an address that cannot be had is named") {
  Start();
  AdminServerOptions second = options;
  second.port = server->port();
  const auto taken = AdminServer::Start(second);
  REQUIRE_FALSE(taken.ok());
  CHECK(std::string(taken.status().message()) ==
        "cannot listen on 127.0.0.1:" + std::to_string(server->port()) +
            ": Address already in use (the admin port); admin-listen sets another address, or off");
  second.host = "no.such.host.invalid";
  CHECK_THAT(std::string(AdminServer::Start(second).status().message()),
             ContainsSubstring("cannot listen on no.such.host.invalid:"));
  // The port of one that has stopped can be had again at once.
  second = options;
  second.port = server->port();
  server->Stop();
  CHECK(AdminServer::Start(second).ok());
}

}  // namespace
}  // namespace penstock::broker
