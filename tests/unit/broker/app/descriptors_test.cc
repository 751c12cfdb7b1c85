#include "broker/app/descriptors.h"

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

TEST_CASE("descriptors: connections take what storage leaves, and no more than is wanted",
          "[app]") {
  constexpr uint64_t kTaken = 544 + 256;
  CHECK(ConnectionsWithin(1'000'000, 1, 4096) == 4096);
  // 1,024 is the usual limit.
  CHECK(ConnectionsWithin(1'024, 1, 4096) == 1'024 - kTaken);
  CHECK(ConnectionsWithin(kTaken + kConnectionsMin + 1, 1, 4096) == kConnectionsMin + 1);
  CHECK(ConnectionsWithin(kTaken + kConnectionsMin - 1, 1, 4096) == kConnectionsMin);
  CHECK(ConnectionsWithin(kTaken - 1, 1, 4096) == kConnectionsMin);
  CHECK(ConnectionsWithin(1'024, 2, 4096) == kConnectionsMin);
}

TEST_CASE("descriptors: the limit is raised to what the process may have, and stays", "[app]") {
  const uint64_t limit = RaiseDescriptorLimit();
  CHECK(limit > 0);
  CHECK(RaiseDescriptorLimit() == limit);
}

}  // namespace
}  // namespace penstock::broker
