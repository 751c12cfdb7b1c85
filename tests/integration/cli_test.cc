// The program `penstock` as a process among others.
#include <csignal>
#include <map>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

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

TEST_CASE("put goes on when a broker that hung comes back, each line once and each key in order") {
  Fixture fixture;
  fixture.CreateStream("orders", 4);
  constexpr uint64_t kLines = 60'000;
  std::string lines;
  for (uint64_t i = 1; i <= kLines; ++i)
    lines += R"({"k":)" + std::to_string(i % 17) + R"(,"line":)" + std::to_string(i) + "}\n";
  const std::string file = fixture.WriteFile("lines.ndjson", lines).string();
  Pipe output = MakePipe();
  // A batch that is not answered for half of the timeout is put again on another connection.
  ChildProcess put(
      {.command = fixture.CliCommand({"put", "orders", file, "--key-field", "k", "--json",
                                      "--batch", "50", "--compression", "zstd", "--timeout", "6"}),
       .standard_output = output.writer.value()});
  output.writer.Close();
  cli::LineReader reader(output.reader.value(), 10'000);
  // Lines are told in their order, whichever shard they are in.
  for (uint64_t i = 1; i <= kLines; ++i) {
    const auto line = reader.Next();
    REQUIRE(line.ok());
    REQUIRE(line->has_value());
    const auto told = nlohmann::json::parse(**line);
    REQUIRE(told["line"] == i);
    REQUIRE(told.contains("sequence_number"));
    if (i != 1'000) continue;
    REQUIRE(kill(fixture.broker().pid(), SIGSTOP) == 0);
    CHECK_FALSE(put.WaitFor(std::chrono::milliseconds(3'500)).has_value());
    REQUIRE(kill(fixture.broker().pid(), SIGCONT) == 0);
  }
  CHECK(put.WaitFor(std::chrono::seconds(30)) == ExitStatus{.code = 0});

  std::map<uint64_t, uint64_t> last_of_key;
  uint64_t kept = 0;
  uint64_t out_of_order = 0;
  for (const auto& [shard_id, record] : fixture.GetAll("orders")) {
    const auto data = nlohmann::json::parse(record.data);
    const uint64_t line = data["line"];
    uint64_t& last = last_of_key[data["k"]];
    // Of a line that is there twice, too.
    if (line <= last) ++out_of_order;
    last = line;
    ++kept;
  }
  CHECK(kept == kLines);
  CHECK(out_of_order == 0);
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
