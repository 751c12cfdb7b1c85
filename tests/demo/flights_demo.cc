// penstock-demo: a broker, 20,000 real records, a restart, and proof that nothing was lost or
// reordered.
//
// Starts penstockd on a free loopback port over a fresh directory, puts the sample file through the
// client library, restarts the broker, reads everything back, and compares count, bytes and order
// per partition key with the file. Prints a table and what to type next. With --keep the broker then
// runs on until Enter is pressed. Exit codes: 0 all was well, 1 otherwise, 2 wrong usage.
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "client/cli/key_field.h"
#include "client/cli/number_text.h"
#include "client/cli/table.h"
#include "common/status_macros.h"
#include "penstock/client.h"
#include "tests/support/broker_process.h"
#include "tests/support/temp_directory.h"

namespace penstock::demo {
namespace {

using test::BrokerProcess;

constexpr char kStream[] = "flights";
constexpr uint32_t kShards = 4;
constexpr size_t kRecords = 20'000;
constexpr size_t kRecordsPerPut = 500;

struct Flight {
  std::string line;
  std::string origin;
};

struct ShardCount {
  uint64_t records = 0;
  uint64_t bytes = 0;
  size_t airports = 0;
};

// Lines of each airport in order.
using LinesByAirport = std::map<std::string, std::vector<std::string_view>>;

absl::StatusOr<std::vector<Flight>> ReadFlights() {
  const std::string text = test::ReadFile(PENSTOCK_DEMO_FILE);
  cli::KeyField origin("origin");
  std::vector<Flight> flights;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    Flight flight;
    flight.line = text.substr(begin, end - begin);
    ASSIGN_OR_RETURN(flight.origin, origin.KeyOf(flight.line));
    flights.push_back(std::move(flight));
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  if (flights.size() != kRecords)
    return absl::DataLossError(
        absl::StrCat(PENSTOCK_DEMO_FILE, " has ", flights.size(), " lines, not ", kRecords));
  return flights;
}

absl::StatusOr<std::unique_ptr<BrokerProcess>> StartBroker(const test::TempDirectory& temp) {
  return BrokerProcess::Start({.work_dir = temp.path()});
}

absl::StatusOr<std::unique_ptr<Client>> ConnectTo(const BrokerProcess& broker) {
  ClientOptions options;
  options.endpoint = broker.endpoint();
  return Client::Connect(options);
}

absl::Status PutAll(Client& client, const std::vector<Flight>& flights) {
  for (size_t begin = 0; begin < flights.size(); begin += kRecordsPerPut) {
    std::vector<PutRecordsEntry> entries;
    for (size_t i = begin; i < std::min(begin + kRecordsPerPut, flights.size()); ++i)
      entries.push_back({flights[i].line, flights[i].origin});
    ASSIGN_OR_RETURN(const PutRecordsResult result, client.PutRecords(kStream, std::move(entries)));
    for (const PutRecordsResultEntry& entry : result.records) {
      if (!entry.ok())
        return absl::AbortedError(absl::StrCat("a record was not stored: ", entry.error_message));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ReceivedRecord>> GetAll(Client& client, const std::string& shard_id) {
  std::vector<ReceivedRecord> records;
  ASSIGN_OR_RETURN(std::string iterator,
                   client.GetShardIterator(kStream, shard_id, IteratorPosition::TrimHorizon()));
  while (!iterator.empty()) {
    ASSIGN_OR_RETURN(GetRecordsResult result, client.GetRecords(iterator));
    for (ReceivedRecord& record : result.records) records.push_back(std::move(record));
    if (result.records_behind_latest == 0) break;
    iterator = std::move(result.next_shard_iterator);
  }
  return records;
}

// Sequence numbers without a gap, and partition keys that are what the lines say.
absl::Status CheckShard(const std::string& shard_id, const std::vector<ReceivedRecord>& records) {
  for (size_t i = 0; i < records.size(); ++i) {
    if (records[i].sequence_number != records.front().sequence_number + i)
      return absl::DataLossError(
          absl::StrCat(shard_id, " has a gap before ", records[i].sequence_number));
  }
  return absl::OkStatus();
}

absl::Status CheckOrder(const LinesByAirport& put, const LinesByAirport& got) {
  for (const auto& [airport, lines] : put) {
    const auto found = got.find(airport);
    if (found == got.end())
      return absl::DataLossError(absl::StrCat("nothing came back for ", airport));
    if (found->second != lines)
      return absl::DataLossError(
          absl::StrCat("the records of ", airport, " came back other than they were put"));
  }
  if (got.size() != put.size()) return absl::DataLossError("records came back that were not put");
  return absl::OkStatus();
}

void PrintShards(const std::map<std::string, ShardCount>& shards) {
  using cli::Table;
  Table table({{"SHARD"},
               {"RECORDS", Table::Align::kRight},
               {"BYTES", Table::Align::kRight},
               {"AIRPORTS", Table::Align::kRight}});
  ShardCount all;
  for (const auto& [id, count] : shards) {
    table.AddRow({id, cli::FormatCount(count.records), cli::FormatCount(count.bytes),
                  cli::FormatCount(count.airports)});
    all.records += count.records;
    all.bytes += count.bytes;
    all.airports += count.airports;
  }
  table.AddRow({"all", cli::FormatCount(all.records), cli::FormatCount(all.bytes),
                cli::FormatCount(all.airports)});
  std::printf("%s\n", table.Text().c_str());
}

void PrintStep(const char* what, absl::Duration time, size_t records) {
  const std::string rate = records > 0 ? cli::FormatRate(records, time) : "";
  absl::PrintF("%-42s %7.3f s  %s\n", what, absl::ToDoubleSeconds(time), rate);
  std::fflush(stdout);
}

// Runs `step` and prints how long it took.
template <typename Step>
auto Timed(const char* what, size_t records, Step step) {
  const absl::Time start = absl::Now();
  auto result = step();
  if (result.ok()) PrintStep(what, absl::Now() - start, records);
  return result;
}

absl::Status Restart(const test::TempDirectory& temp, std::unique_ptr<BrokerProcess>* broker) {
  const std::optional<test::ExitStatus> ended = (*broker)->Terminate();
  if (ended != test::ExitStatus{.code = 0})
    return absl::InternalError(absl::StrCat("penstockd did not end with 0:\n", (*broker)->Log()));
  ASSIGN_OR_RETURN(*broker, StartBroker(temp));
  return absl::OkStatus();
}

absl::Status CreateStream(Client& client) {
  CreateStreamOptions options;
  options.shard_count = kShards;
  RETURN_IF_ERROR(client.CreateStream(kStream, options));
  return client.WaitUntilActive(kStream, absl::Seconds(10)).status();
}

// The broker of the demonstration, for whoever wants to try it, until a line comes or none can.
void Keep(const BrokerProcess& broker) {
  std::printf(
      "The broker runs on, at %s, and for AWS clients at http://%s. In another terminal:\n\n"
      "  export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_REGION=us-east-1\n"
      "  aws --endpoint-url http://%s kinesis put-record \\\n"
      "      --stream-name flights --partition-key DTW --data aGVsbG8=\n\n"
      "Press Enter to stop it.\n",
      broker.endpoint().c_str(), broker.kinesis_endpoint().c_str(),
      broker.kinesis_endpoint().c_str());
  std::fflush(stdout);
  int c = 0;
  while ((c = std::getchar()) != EOF && c != '\n') {
  }
}

absl::Status Run(bool keep) {
  const absl::Time start = absl::Now();
  const test::TempDirectory temp;
  ASSIGN_OR_RETURN(const std::vector<Flight> flights, ReadFlights());
  LinesByAirport put;
  for (const Flight& flight : flights) put[flight.origin].push_back(flight.line);

  ASSIGN_OR_RETURN(std::unique_ptr<BrokerProcess> broker,
                   Timed("start penstockd", 0, [&] { return StartBroker(temp); }));
  ASSIGN_OR_RETURN(std::unique_ptr<Client> client, ConnectTo(*broker));
  RETURN_IF_ERROR(
      Timed("create stream flights with 4 shards", 0, [&] { return CreateStream(*client); }));
  RETURN_IF_ERROR(Timed("put 20,000 records, synced to disk", kRecords,
                        [&] { return PutAll(*client, flights); }));
  RETURN_IF_ERROR(Timed("restart penstockd", 0, [&] { return Restart(temp, &broker); }));
  ASSIGN_OR_RETURN(client, ConnectTo(*broker));

  std::map<std::string, std::vector<ReceivedRecord>> records;
  RETURN_IF_ERROR(Timed("get 20,000 records", kRecords, [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<ShardDescription> shards, client->ListAllShards(kStream));
    for (const ShardDescription& shard : shards) {
      ASSIGN_OR_RETURN(records[shard.shard_id], GetAll(*client, shard.shard_id));
    }
    return absl::OkStatus();
  }));

  LinesByAirport got;
  std::map<std::string, ShardCount> counts;
  for (const auto& [shard_id, shard_records] : records) {
    RETURN_IF_ERROR(CheckShard(shard_id, shard_records));
    ShardCount& count = counts[shard_id];
    const size_t airports_before = got.size();
    for (const ReceivedRecord& record : shard_records) {
      got[record.partition_key].push_back(record.data);
      count.records += 1;
      count.bytes += record.data.size();
    }
    count.airports = got.size() - airports_before;
  }
  RETURN_IF_ERROR(CheckOrder(put, got));
  std::printf("\n");
  PrintShards(counts);
  absl::PrintF(
      "All %s records came back, byte for byte, in order for each of %d airports, in %.1f s.\n\n",
      cli::FormatCount(kRecords), put.size(), absl::ToDoubleSeconds(absl::Now() - start));
  if (keep) Keep(*broker);
  return absl::OkStatus();
}

void PrintWhatNext() {
  std::printf(
      "Next, from the folder of the repository:\n\n"
      "  %s/penstockd &        # data in ./penstock-data\n"
      "  export PATH=\"$PWD/%s:$PATH\"\n"
      "  penstock stream create flights --shards 4\n"
      "  penstock put flights tests/demo/data/flights-20k.ndjson --key-field origin\n"
      "  penstock tail flights --from trim-horizon --until-caught-up\n",
      PENSTOCK_BIN_DIR, PENSTOCK_BIN_DIR);
}

}  // namespace
}  // namespace penstock::demo

int main(int argc, char** argv) {
  const bool keep = argc == 2 && std::string_view(argv[1]) == "--keep";
  if (argc > 1 && !keep) {
    std::fprintf(stderr, "penstock-demo: the one argument is --keep\n");
    return 2;
  }
  const absl::Status status = penstock::demo::Run(keep);
  if (!status.ok()) {
    std::fprintf(stderr, "penstock-demo: %s\n", status.ToString().c_str());
    return 1;
  }
  if (!keep) penstock::demo::PrintWhatNext();
  return 0;
}
