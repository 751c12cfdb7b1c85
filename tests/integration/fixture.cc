#include "tests/integration/fixture.h"

#include <fstream>
#include <sstream>

#include <catch2/catch_test_macros.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>

namespace penstock::test {
namespace {

// A test that failed leaves its directories, with the brokers' logs, to look at.
class KeepWhatFailed : public Catch::EventListenerBase {
 public:
  using Catch::EventListenerBase::EventListenerBase;
  void assertionEnded(const Catch::AssertionStats& stats) override {
    if (!stats.assertionResult.isOk()) TempDirectory::KeepAll();
  }
};
CATCH_REGISTER_LISTENER(KeepWhatFailed)

}  // namespace

Fixture::Fixture() {
  StartBroker();
}

void Fixture::StartBroker() {
  broker_.reset();
  auto broker = BrokerProcess::Start({.work_dir = temp_.path()});
  INFO(broker.status().ToString());
  REQUIRE(broker.ok());
  broker_ = *std::move(broker);
  ClientOptions options;
  options.endpoint = broker_->endpoint();
  auto client = Client::Connect(options);
  REQUIRE(client.ok());
  client_ = *std::move(client);
}

void Fixture::Restart() {
  const std::optional<ExitStatus> ended = broker_->Terminate();
  INFO(broker_->Log());
  REQUIRE(ended == ExitStatus{.code = 0});
  StartBroker();
}

std::vector<std::string> Fixture::CliCommand(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {PENSTOCK_CLI_PATH, "--endpoint", broker_->endpoint()});
  return arguments;
}

RunResult Fixture::Cli(std::vector<std::string> arguments, const std::string& input) const {
  return RunToEnd(CliCommand(std::move(arguments)), input);
}

std::string Fixture::CliOk(std::vector<std::string> arguments, const std::string& input) const {
  const RunResult result = Cli(std::move(arguments), input);
  INFO(result.errors);
  REQUIRE(result.status == ExitStatus{.code = 0});
  return result.output;
}

void Fixture::CreateStream(const std::string& name, uint32_t shard_count) {
  CreateStreamOptions options;
  options.shard_count = shard_count;
  const absl::Status created = client_->CreateStream(name, options);
  INFO(created.ToString());
  REQUIRE(created.ok());
  REQUIRE(client_->WaitUntilActive(name, absl::Seconds(30)).ok());
}

std::vector<std::pair<std::string, ReceivedRecord>> Fixture::GetAll(
    const std::string& stream_name) {
  const auto shards = client_->ListAllShards(stream_name);
  INFO(shards.status().ToString());
  REQUIRE(shards.ok());
  std::vector<std::pair<std::string, ReceivedRecord>> records;
  for (const ShardDescription& shard : *shards) {
    auto iterator =
        client_->GetShardIterator(stream_name, shard.shard_id, IteratorPosition::TrimHorizon());
    while (true) {
      REQUIRE(iterator.ok());
      auto result = client_->GetRecords(*iterator);
      INFO(result.status().ToString());
      REQUIRE(result.ok());
      for (ReceivedRecord& record : result->records)
        records.emplace_back(shard.shard_id, std::move(record));
      if (result->records_behind_latest == 0) break;
      iterator = result->next_shard_iterator;
    }
  }
  return records;
}

std::filesystem::path Fixture::WriteFile(const std::string& name, const std::string& text) const {
  std::filesystem::path path = temp_.path() / name;
  std::ofstream file(path, std::ios::binary);
  file << text;
  REQUIRE(file.flush().good());
  return path;
}

std::vector<std::string> SplitLines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace penstock::test
