#include "broker/config/listen_address.h"

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

TEST_CASE("addresses are HOST:PORT", "[config]") {
  for (const char* good : {"127.0.0.1:0", "0.0.0.0:65535", "localhost:7070", "[::]:1", "[::1]:7070",
                           "broker-0.penstock.svc:7070"}) {
    INFO(good);
    const auto address = ListenAddress::Parse(good);
    REQUIRE(address.ok());
    CHECK(address->ToString() == good);
  }
  for (const char* bad : {"", "7070", ":7070", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                          "127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1: 1", "::1:7070", "[::1]",
                          "[::zz]:1", "[]:1", "a b:1", "http://localhost:1", "127.0.0.1:000001"}) {
    INFO(bad);
    CHECK_FALSE(ListenAddress::Parse(bad).ok());
  }
  CHECK(ListenAddress{"127.1.2.3", 1}.IsLoopback());
  CHECK(ListenAddress{"::1", 1}.IsLoopback());
  CHECK_FALSE(ListenAddress{"0.0.0.0", 1}.IsLoopback());
}

}  // namespace
}  // namespace penstock::broker
