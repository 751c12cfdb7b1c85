// Fixture: a broker over a fresh directory, a client of it, and the program `penstock` at its side.
//
// Made anew for each test. REQUIREs that what has to work for the test to begin does work. One
// thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "penstock/client.h"
#include "tests/support/broker_process.h"
#include "tests/support/temp_directory.h"

namespace penstock::test {

class Fixture {
 public:
  // With a broker that is up.
  Fixture();

  BrokerProcess& broker() { return *broker_; }
  // Connected to the broker that runs now.
  Client& client() { return *client_; }
  const std::filesystem::path& path() const { return temp_.path(); }

  // Starts it again over the same data, after it has ended.
  void StartBroker();
  // SIGTERM, exit code 0, and started again.
  void Restart();

  // `penstock --endpoint <this broker> arguments...`, run to its end.
  RunResult Cli(std::vector<std::string> arguments, const std::string& input = "") const;
  // The same, and it must end with 0; what it printed.
  std::string CliOk(std::vector<std::string> arguments, const std::string& input = "") const;
  // For what is not run to its end.
  std::vector<std::string> CliCommand(std::vector<std::string> arguments) const;

  // An ACTIVE stream.
  void CreateStream(const std::string& name, uint32_t shard_count = 1);
  // Every record of a stream, shard by shard, in order.
  std::vector<std::pair<std::string, ReceivedRecord>> GetAll(const std::string& stream_name);

  // `text` written to a file of that name.
  std::filesystem::path WriteFile(const std::string& name, const std::string& text) const;

 private:
  TempDirectory temp_;
  std::unique_ptr<BrokerProcess> broker_;
  std::unique_ptr<Client> client_;
};

std::vector<std::string> SplitLines(const std::string& text);

}  // namespace penstock::test
