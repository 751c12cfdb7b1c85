// What was acknowledged is there: after kill -9, after SIGTERM under load.
#include <csignal>
#include <map>
#include <random>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "client/cli/line_reader.h"
#include "tests/integration/fixture.h"

namespace penstock::test {
namespace {

using nlohmann::json;

constexpr int kKeys = 17;
constexpr int kLines = 60'000;

struct Place {
  std::string shard_id;
  uint64_t sequence_number;
};

// What the program said of the lines that it sent.
struct Report {
  std::map<uint64_t, Place> acknowledged;
  std::set<uint64_t> unknown;
};

// "<round>-<line>-<padding>" with one of kKeys keys.
std::string LinesOf(int round) {
  std::string lines;
  for (int i = 1; i <= kLines; ++i) {
    lines += R"({"k":)" + std::to_string(i % kKeys) + R"(,"id":")" + std::to_string(round) + "-" +
             std::to_string(i) + R"(","pad":")" +
             std::string(static_cast<size_t>(i * 7 % 200), 'p') + "\"}\n";
  }
  return lines;
}

// Runs `penstock put --json` and calls `strike` once when `after` lines are acknowledged; what the
// program said.
template <typename Strike>
Report PutUntil(Fixture& fixture, const std::string& file, size_t after, Strike strike) {
  Pipe output = MakePipe();
  ChildProcess put({.command = fixture.CliCommand({"put", "orders", file, "--key-field", "k",
                                                   "--json", "--batch", "50", "--timeout", "5"}),
                    .standard_output = output.writer.value()});
  output.writer.Close();
  cli::LineReader reader(output.reader.value(), 10'000);
  Report report;
  bool has_struck = false;
  while (true) {
    const auto line = reader.Next();
    REQUIRE(line.ok());
    if (!line->has_value()) break;
    const json result = json::parse(**line);
    const uint64_t number = result["line"];
    if (result.contains("error")) {
      if (result["outcome"] == "unknown") report.unknown.insert(number);
      continue;
    }
    report.acknowledged[number] = {result["shard_id"], result["sequence_number"]};
    if (!has_struck && report.acknowledged.size() == after) {
      strike();
      has_struck = true;
    }
  }
  CHECK(has_struck);
  // It cannot have put everything.
  CHECK(put.WaitFor(std::chrono::seconds(60)) == ExitStatus{.code = 1});
  CHECK(report.acknowledged.size() < kLines);
  return report;
}

using Kept = std::map<std::pair<std::string, uint64_t>, std::string>;

// Every acknowledged line at its sequence number, no line twice, and the lines of each key in
// order.
void CheckKept(const Kept& kept, int round, const std::string& lines, const Report& report) {
  const std::vector<std::string> sent = SplitLines(lines);
  size_t lost = 0;
  for (const auto& [line, place] : report.acknowledged) {
    const auto found = kept.find({place.shard_id, place.sequence_number});
    if (found == kept.end() || found->second != sent[line - 1]) ++lost;
  }
  CHECK(lost == 0);

  std::map<std::string, uint64_t> last_of_key;
  std::map<std::string, int> times;
  size_t out_of_order = 0;
  size_t unaccounted = 0;
  for (const auto& [place, data] : kept) {
    const json record = json::parse(data);
    const std::string id = record["id"];
    if (id.substr(0, id.find('-')) != std::to_string(round)) continue;
    const uint64_t line = std::stoull(id.substr(id.find('-') + 1));
    uint64_t& last = last_of_key[record["k"].dump()];
    if (line <= last) ++out_of_order;
    last = line;
    if (report.acknowledged.count(line) == 0 && report.unknown.count(line) == 0) ++unaccounted;
    ++times[id];
  }
  CHECK(out_of_order == 0);
  CHECK(unaccounted == 0);
  size_t twice = 0;
  for (const auto& [id, count] : times) {
    if (count > 1) ++twice;
  }
  CHECK(twice == 0);
}

Kept KeptBy(Fixture& fixture) {
  Kept kept;
  std::map<std::string, uint64_t> last;
  for (auto& [shard_id, record] : fixture.GetAll("orders")) {
    // Contiguous from the first on.
    CHECK(record.sequence_number == ++last[shard_id]);
    kept[{shard_id, record.sequence_number}] = std::move(record.data);
  }
  return kept;
}

TEST_CASE("a broker that is killed keeps what it acknowledged") {
  Fixture fixture;
  fixture.CreateStream("orders", 4);
  const auto seed = Catch::getSeed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  std::map<int, Report> rounds;
  for (int round = 1; round <= 4; ++round) {
    const std::string file = fixture.WriteFile("lines.ndjson", LinesOf(round)).string();
    const size_t after = std::uniform_int_distribution<size_t>(1, 8'000)(random);
    CAPTURE(round, after);
    rounds[round] = PutUntil(fixture, file, after, [&] { fixture.broker().Kill9(); });
    fixture.StartBroker();
    // Earlier rounds, too: a restart must not take back what one before it kept.
    const Kept kept = KeptBy(fixture);
    for (const auto& [earlier, report] : rounds) CheckKept(kept, earlier, LinesOf(earlier), report);
  }
}

TEST_CASE("a broker that is told to stop under load ends with 0 and loses nothing") {
  Fixture fixture;
  fixture.CreateStream("orders", 4);
  const std::string lines = LinesOf(1);
  const std::string file = fixture.WriteFile("lines.ndjson", lines).string();
  std::optional<ExitStatus> ended;
  const Report report =
      PutUntil(fixture, file, 3'000, [&] { ended = fixture.broker().Terminate(); });
  INFO(fixture.broker().Log());
  CHECK(ended == ExitStatus{.code = 0});
  fixture.StartBroker();
  CheckKept(KeptBy(fixture), 1, lines, report);
}

}  // namespace
}  // namespace penstock::test
