#include "bench/kinesis/bench_brokers.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/time/time.h"

#include "bench/kinesis/http_callers.h"
#include "bench/kinesis/request_bodies.h"
#include "bench/kinesis/test_records.h"
#include "common/check.h"
#include "penstock/client.h"

namespace penstock::bench {
namespace {

constexpr char kPutStream[] = "put";
constexpr char kGetStream[] = "get";
constexpr char kGetShard[] = "shardId-000000000000";
constexpr uint32_t kPutShards = 4;
// What one GetRecords may ask for.
constexpr size_t kRecordsToGet = 10'000;
constexpr size_t kRecordsPerPut = 500;
// As many as penstock::Client would have for so many calls; a connection a caller would cost gRPC
// more than it gains.
constexpr size_t kGrpcConnectionsMax = 8;

std::unique_ptr<test::BrokerProcess> StartBroker(const std::filesystem::path& path,
                                                 std::vector<std::string> flags) {
  std::filesystem::create_directories(path);
  auto broker = test::BrokerProcess::Start({.work_dir = path, .more_flags = std::move(flags)});
  if (!broker.ok()) std::fprintf(stderr, "%s\n", broker.status().ToString().c_str());
  CHECK(broker.ok());
  return *std::move(broker);
}

std::string WriteCredentials(const std::filesystem::path& path) {
  const std::filesystem::path file = path / "credentials.toml";
  std::ofstream(file) << "[[keys]]\nid = \"" << kAccessKeyId << "\"\nsecret = \""
                      << kAccessKeySecret << "\"\n";
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  return file.string();
}

std::unique_ptr<Client> Connect(const test::BrokerProcess& broker) {
  auto client = Client::Connect({.endpoint = broker.endpoint()});
  CHECK(client.ok());
  return *std::move(client);
}

void CreateStream(Client& client, const std::string& name, uint32_t shards) {
  CreateStreamOptions options;
  options.shard_count = shards;
  CHECK(client.CreateStream(name, options).ok());
  CHECK(client.WaitUntilActive(name, absl::Minutes(1)).ok());
}

void Fill(Client& client, const std::string& stream, size_t record_bytes) {
  for (size_t put = 0; put < kRecordsToGet / kRecordsPerPut; ++put) {
    std::vector<PutRecordsEntry> entries;
    for (TestRecord& record : MakeTestRecords(kRecordsPerPut, record_bytes, put))
      entries.push_back({std::move(record.data), std::move(record.partition_key)});
    const auto result = client.PutRecords(stream, std::move(entries));
    CHECK(result.ok());
    CHECK(result->failed_record_count == 0);
  }
}

uint16_t PortOf(const std::string& endpoint) {
  return static_cast<uint16_t>(std::stoul(endpoint.substr(endpoint.rfind(':') + 1)));
}

}  // namespace

BenchBrokers::BenchBrokers(const std::string& path) {
  const std::filesystem::path folder(path);
  open_ = StartBroker(folder / "open", {});
  strict_ = StartBroker(folder / "strict", {"--credentials-file", WriteCredentials(folder)});
  const std::unique_ptr<Client> client = Connect(*open_);
  CreateStream(*client, kPutStream, kPutShards);
  CreateStream(*client, kGetStream, 1);
  Fill(*client, kGetStream, Workload().record_bytes);
  CreateStream(*Connect(*strict_), kPutStream, kPutShards);
}

std::vector<std::unique_ptr<Caller>> BenchBrokers::NewCallers(const Workload& workload,
                                                              const Way& way) {
  if (workload.kind == WorkloadKind::kGetRecords) {
    // Good for five minutes; a measurement takes seconds.
    const auto iterator =
        Connect(*open_)->GetShardIterator(kGetStream, kGetShard, IteratorPosition::TrimHorizon());
    CHECK(iterator.ok());
    iterator_ = *iterator;
  }
  std::vector<std::unique_ptr<Caller>> callers;
  if (way.wire == Wire::kGrpc) {
    GrpcConnections connections(open_->endpoint(), std::min(workload.callers, kGrpcConnectionsMax));
    for (size_t i = 0; i < workload.callers; ++i)
      callers.push_back(NewGrpcCaller(connections, workload, i));
    return callers;
  }
  for (size_t i = 0; i < workload.callers; ++i) callers.push_back(NewCaller(workload, way, i));
  return callers;
}

std::unique_ptr<Caller> BenchBrokers::NewGrpcCaller(GrpcConnections& connections,
                                                    const Workload& workload, size_t caller) const {
  switch (workload.kind) {
    case WorkloadKind::kPutRecords:
      return connections.NewPutRecords(
          caller, kPutStream, MakeTestRecords(workload.records, workload.record_bytes, caller));
    case WorkloadKind::kPutRecord:
      return connections.NewPutRecord(caller, kPutStream,
                                      MakeTestRecords(1, workload.record_bytes, caller).front());
    case WorkloadKind::kGetRecords:
      break;
  }
  return connections.NewGetRecords(caller, iterator_, workload.records);
}

std::unique_ptr<Caller> BenchBrokers::NewCaller(const Workload& workload, const Way& way,
                                                size_t caller) const {
  HttpCallOptions options;
  options.port = PortOf(broker(way).kinesis_endpoint());
  options.http2 = way.wire == Wire::kHttp2;
  options.format = way.format;
  switch (workload.kind) {
    case WorkloadKind::kPutRecords:
      options.operation = "PutRecords";
      options.body = PutRecordsBody(
          way.format, kPutStream, MakeTestRecords(workload.records, workload.record_bytes, caller));
      options.expected_text = NoneFailedText(way.format);
      break;
    case WorkloadKind::kPutRecord:
      options.operation = "PutRecord";
      options.body = PutRecordBody(way.format, kPutStream,
                                   MakeTestRecords(1, workload.record_bytes, caller).front());
      options.expected_text = "SequenceNumber";
      break;
    case WorkloadKind::kGetRecords:
      options.operation = "GetRecords";
      options.body = GetRecordsBody(way.format, iterator_, workload.records);
      options.expected_text = "SequenceNumber";
      options.expected_count = workload.records;
      options.answer_bytes_min = workload.records * workload.record_bytes;
      break;
  }
  return NewHttpCaller(options);
}

}  // namespace penstock::bench
