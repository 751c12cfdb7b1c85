// Records in and out of a real broker, through the client and through the program.
#include <map>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "penstock/errors.h"
#include "tests/integration/fixture.h"

namespace penstock::test {
namespace {

using nlohmann::json;

constexpr char kShard[] = "shardId-000000000000";

std::vector<uint64_t> NumbersFrom(Client& client, const IteratorPosition& position) {
  const auto iterator = client.GetShardIterator("orders", kShard, position);
  INFO(iterator.status().ToString());
  REQUIRE(iterator.ok());
  const auto result = client.GetRecords(*iterator);
  INFO(result.status().ToString());
  REQUIRE(result.ok());
  std::vector<uint64_t> numbers;
  for (const ReceivedRecord& record : result->records) numbers.push_back(record.sequence_number);
  return numbers;
}

TEST_CASE("each type of iterator begins where it says") {
  Fixture fixture;
  Client& client = fixture.client();
  fixture.CreateStream("orders");
  for (int i = 1; i <= 5; ++i) {
    const auto put = client.PutRecord("orders", {std::to_string(i), "key"});
    REQUIRE(put.ok());
    CHECK(put->shard_id == kShard);
    CHECK(put->sequence_number == static_cast<uint64_t>(i));
  }
  using Numbers = std::vector<uint64_t>;
  CHECK(NumbersFrom(client, IteratorPosition::TrimHorizon()) == Numbers{1, 2, 3, 4, 5});
  CHECK(NumbersFrom(client, IteratorPosition::AtSequenceNumber(4)) == Numbers{4, 5});
  CHECK(NumbersFrom(client, IteratorPosition::AfterSequenceNumber(4)) == Numbers{5});
  CHECK(NumbersFrom(client, IteratorPosition::Latest()).empty());
  const auto records = fixture.GetAll("orders");
  REQUIRE(records.size() == 5);
  const absl::Time third = records[2].second.approximate_arrival_time;
  const Numbers from_third = NumbersFrom(client, IteratorPosition::AtTimestamp(third));
  REQUIRE_FALSE(from_third.empty());
  // Records of the same millisecond belong to it, too.
  CHECK(from_third.front() <= 3);
  CHECK(records[from_third.front() - 1].second.approximate_arrival_time == third);
  CHECK(from_third.back() == 5);
  CHECK(NumbersFrom(client, IteratorPosition::AtTimestamp(absl::UnixEpoch())) ==
        Numbers{1, 2, 3, 4, 5});
}

TEST_CASE("bytes of every kind come back as they were, after a restart, too") {
  Fixture fixture;
  fixture.CreateStream("orders", 3);
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes += static_cast<char>(i);
  const std::vector<PutRecordsEntry> entries = {
      {"", "empty"},
      {all_bytes, "gr\xc3\xbcn"},
      {std::string(1'000'000, 'x'), std::string(256, 'k')},
      {"explicit", "key", "340282366920938463463374607431768211455"}};
  const auto put = fixture.client().PutRecords("orders", entries);
  REQUIRE(put.ok());
  CHECK(put->failed_record_count == 0);
  CHECK(put->records[3].shard_id == "shardId-000000000002");
  fixture.Restart();
  std::map<std::string, ReceivedRecord> got;
  for (const auto& [shard_id, record] : fixture.GetAll("orders"))
    got[record.partition_key] = record;
  REQUIRE(got.size() == entries.size());
  for (const PutRecordsEntry& entry : entries) {
    CHECK(got[entry.partition_key].data == entry.data);
    CHECK(got[entry.partition_key].explicit_hash_key == entry.explicit_hash_key);
  }
}

TEST_CASE("a long-poll is answered when a record comes") {
  Fixture fixture;
  fixture.CreateStream("orders");
  const auto iterator =
      fixture.client().GetShardIterator("orders", kShard, IteratorPosition::Latest());
  REQUIRE(iterator.ok());
  // Through the program, so that the wait and the put are at once.
  const Pipe output = MakePipe();
  ChildProcess tail(
      {.command = fixture.CliCommand({"tail", "orders", "--from", "trim-horizon", "--json"}),
       .standard_output = output.writer.value()});
  const auto waits = fixture.client().GetRecords(*iterator, {.max_wait = absl::Milliseconds(50)});
  REQUIRE(waits.ok());
  CHECK(waits->records.empty());
  REQUIRE(fixture.client().PutRecord("orders", {"first", "key"}).ok());
  const auto answered =
      fixture.client().GetRecords(waits->next_shard_iterator, {.max_wait = absl::Seconds(30)});
  REQUIRE(answered.ok());
  REQUIRE(answered->records.size() == 1);
  std::string line(200, '\0');
  line.resize(static_cast<size_t>(read(output.reader.value(), line.data(), line.size())));
  CHECK(json::parse(line)["data"] == "first");
}

TEST_CASE("what the program puts, the program gets and tails") {
  Fixture fixture;
  fixture.CliOk({"stream", "create", "orders", "--shards", "2"});
  std::string lines;
  for (int i = 0; i < 1'200; ++i)
    lines +=
        R"({"id":)" + std::to_string(i) + R"(,"customer":"c)" + std::to_string(i % 7) + "\"}\n";
  const std::string file = fixture.WriteFile("lines.ndjson", lines).string();
  const auto put =
      SplitLines(fixture.CliOk({"put", "orders", file, "--key-field", "customer", "--json"}));
  REQUIRE(put.size() == 1'200);
  std::map<std::pair<std::string, uint64_t>, size_t> line_at;
  for (const std::string& text : put) {
    const json result = json::parse(text);
    line_at[{result["shard_id"], result["sequence_number"]}] = result["line"].get<size_t>() - 1;
  }
  CHECK(line_at.size() == 1'200);

  const std::vector<std::string> sent = SplitLines(lines);
  const auto tailed = SplitLines(
      fixture.CliOk({"tail", "orders", "--from", "trim-horizon", "--until-caught-up", "--json"}));
  CHECK(tailed.size() == 1'200);
  std::map<std::string, size_t> last_of_key;
  size_t in_first_shard = 0;
  for (const std::string& text : tailed) {
    const json record = json::parse(text);
    const size_t line = line_at.at({record["shard_id"], record["sequence_number"]});
    CHECK(record["data"] == sent[line]);
    const std::string key = record["partition_key"];
    CHECK(key == json::parse(sent[line])["customer"]);
    if (last_of_key.count(key) > 0) CHECK(last_of_key[key] < line);
    last_of_key[key] = line;
    if (record["shard_id"] == kShard) ++in_first_shard;
  }
  const auto got = SplitLines(fixture.CliOk({"get", "orders", "--shard", kShard, "--json"}));
  CHECK(got.size() == in_first_shard);
  CHECK(SplitLines(fixture.CliOk({"get", "orders", "--shard", kShard, "--limit", "3", "--json"}))
            .size() == 3);
  CHECK(fixture.CliOk({"get", "orders", "--shard", kShard, "--from", "latest"}).empty());
  const auto after = SplitLines(
      fixture.CliOk({"get", "orders", "--shard", kShard, "--from", "after:2", "--json"}));
  REQUIRE_FALSE(after.empty());
  CHECK(json::parse(after[0])["sequence_number"] == 3);
}

TEST_CASE("standard input is put as it comes, without waiting for more") {
  Fixture fixture;
  fixture.CreateStream("orders");
  Pipe input = MakePipe();
  const Pipe output = MakePipe();
  ChildProcess put({.command = fixture.CliCommand({"put", "orders", "--key", "k", "--json"}),
                    .standard_input = input.reader.value(),
                    .standard_output = output.writer.value()});
  for (int i = 1; i <= 3; ++i) {
    REQUIRE(write(input.writer.value(), "line\n", 5) == 5);
    std::string line(200, '\0');
    line.resize(static_cast<size_t>(read(output.reader.value(), line.data(), line.size())));
    CHECK(json::parse(line)["sequence_number"] == i);
  }
  input.writer.Close();
  CHECK(put.WaitFor(std::chrono::seconds(30)) == ExitStatus{.code = 0});
}

TEST_CASE("a reader that goes away ends the program without a word") {
  Fixture fixture;
  fixture.CreateStream("orders");
  std::string lines;
  for (int i = 0; i < 5'000; ++i) lines += std::string(100, 'x') + "\n";
  fixture.CliOk({"put", "orders", "--key", "k"}, lines);
  Pipe output = MakePipe();
  const std::filesystem::path errors = fixture.path() / "errors";
  const Descriptor error_file = OpenLog(errors);
  ChildProcess get({.command = fixture.CliCommand({"get", "orders", "--shard", kShard}),
                    .standard_output = output.writer.value(),
                    .standard_error = error_file.value()});
  output.writer.Close();
  char first = 0;
  REQUIRE(read(output.reader.value(), &first, 1) == 1);
  output.reader.Close();
  CHECK(get.WaitFor(std::chrono::seconds(30)).has_value());
  CHECK(ReadFile(errors).empty());
}

}  // namespace
}  // namespace penstock::test
