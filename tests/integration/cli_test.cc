// The program `penstock` as a process among others.
#include <csignal>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "client/cli/line_reader.h"
#include "tests/integration/fixture.h"

namespace penstock::test {
namespace {

TEST_CASE("a tail whose reader goes away ends, though no record comes any more") {
  Fixture fixture;
  fixture.CreateStream("orders");
  REQUIRE(fixture.client().PutRecord("orders", {"data", "key"}).ok());
  Pipe output = MakePipe();
  ChildProcess tail({.command = fixture.CliCommand({"tail", "orders", "--from", "trim-horizon"}),
                     .standard_output = output.writer.value()});
  output.writer.Close();
  {
    cli::LineReader reader(output.reader.value(), 10'000);
    const auto line = reader.Next();
    REQUIRE(line.ok());
    REQUIRE(line->has_value());
  }
  CHECK_FALSE(tail.WaitFor(std::chrono::milliseconds(300)).has_value());
  output.reader.Close();
  CHECK(tail.WaitFor(std::chrono::seconds(10)) == ExitStatus{.signal = SIGPIPE});
}

}  // namespace
}  // namespace penstock::test
