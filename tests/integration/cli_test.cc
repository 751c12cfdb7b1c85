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

TEST_CASE("certificates are made without a broker, and not over those that are there") {
  Fixture fixture;
  const std::filesystem::path folder = fixture.path() / "tls";
  REQUIRE(fixture.broker().Terminate() == ExitStatus{.code = 0});
  const std::vector<std::string> init = {"tls", "init", "--out", folder.string()};
  const std::string text = fixture.CliOk(init);
  CHECK(text.find("AWS_CA_BUNDLE=" + (folder / "ca.pem").string()) != std::string::npos);
  const RunResult again = fixture.Cli(init);
  CHECK(again.status == ExitStatus{.code = 1});
  CHECK(again.errors.find("is there already") != std::string::npos);

  const std::string json = fixture.CliOk({"tls", "init", "--json", "--out", folder.string(),
                                          "--force", "--name", "a.example", "--name", "10.0.0.7"});
  CHECK(json.find("\"server_key_file\":\"" + (folder / "server-key.pem").string() + "\"") !=
        std::string::npos);
  CHECK(json.find("\"names\":[\"a.example\",\"10.0.0.7\"]") != std::string::npos);
  const RunResult no_name =
      fixture.Cli({"tls", "init", "--out", folder.string(), "--name", "http://a"});
  CHECK(no_name.status == ExitStatus{.code = 2});
}

}  // namespace
}  // namespace penstock::test
