#include "client/cli/outcome_mailbox.h"

#include <array>
#include <thread>
#include <unistd.h>

#include "absl/time/clock.h"
#include <catch2/catch_test_macros.hpp>

namespace penstock::cli {
namespace {

constexpr absl::Duration kLong = absl::Seconds(60);

TEST_CASE("outcomes are taken in the order of their posts, once") {
  OutcomeMailbox mailbox;
  CHECK_FALSE(mailbox.has_some());
  mailbox.Post({7, {}});
  mailbox.Post({3, {}});
  CHECK(mailbox.has_some());
  const auto taken = mailbox.TakeAll();
  REQUIRE(taken.size() == 2);
  CHECK(taken[0].line == 7);
  CHECK(taken[1].line == 3);
  CHECK_FALSE(mailbox.has_some());
  CHECK(mailbox.TakeAll().empty());
}

TEST_CASE("who waits is woken by an outcome of another thread, again and again") {
  OutcomeMailbox mailbox;
  OutcomeMailbox back;
  std::thread poster([&] {
    for (uint64_t line = 1; line <= 200; ++line) {
      mailbox.Post({line, {}});
      while (!back.has_some()) back.Wait(-1, kLong);
      back.TakeAll();
    }
  });
  for (uint64_t line = 1; line <= 200; ++line) {
    while (!mailbox.has_some()) mailbox.Wait(-1, kLong);
    REQUIRE(mailbox.TakeAll().size() == 1);
    back.Post({line, {}});
  }
  poster.join();
}

TEST_CASE("an outcome that is there already, input, or the time ends a wait") {
  OutcomeMailbox mailbox;
  const absl::Time began = absl::Now();
  mailbox.Post({1, {}});
  mailbox.Wait(-1, kLong);
  mailbox.TakeAll();

  std::array<int, 2> pipe_ends{};
  REQUIRE(pipe(pipe_ends.data()) == 0);
  REQUIRE(write(pipe_ends[1], "x", 1) == 1);
  mailbox.Wait(pipe_ends[0], kLong);
  char read_back = 0;
  REQUIRE(read(pipe_ends[0], &read_back, 1) == 1);
  // The end of input ends it as well.
  close(pipe_ends[1]);
  mailbox.Wait(pipe_ends[0], kLong);
  close(pipe_ends[0]);
  CHECK(absl::Now() - began < kLong);

  const absl::Time waits_since = absl::Now();
  mailbox.Wait(-1, absl::Milliseconds(5));
  CHECK(absl::Now() - waits_since >= absl::Milliseconds(4));
}

}  // namespace
}  // namespace penstock::cli
