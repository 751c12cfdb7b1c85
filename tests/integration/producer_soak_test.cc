// The memory of a producer whose broker is away again and again, for a minute.
#include <chrono>

#include <catch2/catch_test_macros.hpp>

#include "tests/integration/producer_outage.h"

namespace penstock::test {
namespace {

TEST_CASE("a producer's memory does not grow from one outage to the next") {
  PutThroughOutages(std::chrono::seconds(60));
}

}  // namespace
}  // namespace penstock::test
