// The memory of a producer whose broker is away for a moment; the soak test looks for longer.
#include "tests/integration/producer_outage.h"

#include <chrono>

#include <catch2/catch_test_macros.hpp>

namespace penstock::test {
namespace {

TEST_CASE("a producer keeps to its memory while the broker is away, and then stores everything") {
  PutThroughOutages(std::chrono::milliseconds(0));
}

}  // namespace
}  // namespace penstock::test
