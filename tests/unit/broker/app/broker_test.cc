#include "broker/app/broker.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <grpcpp/create_channel.h>

#include "common/error.h"
#include "penstock/v1/records.grpc.pb.h"
#include "penstock/v1/streams.grpc.pb.h"
#include "tests/support/control_pool.h"
#include "tests/support/http_connection.h"
#include "tests/support/temporary_folder.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;

class BrokerFixture {
 protected:
  BrokerFixture() {
    config_.data_dir = folder_.path() + "/data";
    config_.endpoint_file = folder_.path() + "/endpoint.json";
    config_.grpc_listen.port = 0;
    config_.admin_listen->port = 0;
    config_.kinesis_listen->port = 0;
  }

  absl::Status Start() {
    auto started = Broker::Start(config_);
    if (!started.ok()) return started.status();
    broker_ = *std::move(started);
    const auto channel = ::grpc::CreateChannel(broker_->grpc_address().ToString(),
                                               ::grpc::InsecureChannelCredentials());
    streams_ = v1::Streams::NewStub(channel);
    records_ = v1::Records::NewStub(channel);
    return absl::OkStatus();
  }

  template <typename Service, typename Request, typename Response>
  static ::grpc::Status Call(Service& service,
                             ::grpc::Status (Service::*method)(::grpc::ClientContext*,
                                                               const Request&, Response*),
                             const Request& request, Response* response) {
    ::grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + testing::kTestDeadline);
    return (service.*method)(&context, request, response);
  }

  void CreateStream(const std::string& name) {
    v1::CreateStreamRequest create;
    create.set_stream_name(name);
    v1::CreateStreamResponse created;
    REQUIRE(Call(*streams_, &v1::Streams::Stub::CreateStream, create, &created).ok());
    REQUIRE(testing::WaitUntil([&] {
      v1::DescribeStreamSummaryRequest describe;
      describe.set_stream_name(name);
      v1::DescribeStreamSummaryResponse described;
      return Call(*streams_, &v1::Streams::Stub::DescribeStreamSummary, describe, &described)
                 .ok() &&
             described.summary().stream_status() == v1::STREAM_STATUS_ACTIVE;
    }));
  }

  void Put(const std::string& stream, const std::string& data) {
    v1::PutRecordRequest put;
    put.set_stream_name(stream);
    put.set_partition_key("key");
    put.set_data(data);
    v1::PutRecordResponse response;
    REQUIRE(Call(*records_, &v1::Records::Stub::PutRecord, put, &response).ok());
  }

  v1::GetRecordsResponse GetAll(const std::string& stream) {
    v1::GetShardIteratorRequest begin;
    begin.set_stream_name(stream);
    begin.set_shard_id("shardId-000000000000");
    begin.set_shard_iterator_type(v1::SHARD_ITERATOR_TYPE_TRIM_HORIZON);
    v1::GetShardIteratorResponse iterator;
    REQUIRE(Call(*records_, &v1::Records::Stub::GetShardIterator, begin, &iterator).ok());
    v1::GetRecordsRequest get;
    get.set_shard_iterator(iterator.shard_iterator());
    v1::GetRecordsResponse got;
    REQUIRE(Call(*records_, &v1::Records::Stub::GetRecords, get, &got).ok());
    return got;
  }

  std::string StartError() {
    const absl::Status started = Start();
    return started.ok() ? "no error" : std::string(started.message());
  }

  testing::TemporaryFolder folder_;
  BrokerConfig config_;
  std::unique_ptr<Broker> broker_;
  std::unique_ptr<v1::Streams::Stub> streams_;
  std::unique_ptr<v1::Records::Stub> records_;
};

TEST_CASE_METHOD(BrokerFixture, "records outlive a restart", "[app]") {
  REQUIRE(Start().ok());
  CreateStream("orders");
  Put("orders", "first");
  REQUIRE(broker_->Stop().ok());
  REQUIRE(broker_->Stop().ok());
  broker_.reset();
  REQUIRE(Start().ok());
  Put("orders", "second");
  const v1::GetRecordsResponse got = GetAll("orders");
  REQUIRE(got.records_size() == 2);
  CHECK(got.records(0).data() == "first");
  CHECK(got.records(1).data() == "second");
}

TEST_CASE_METHOD(BrokerFixture, "the endpoint file is there while the broker serves", "[app]") {
  // Of a broker that crashed.
  std::ofstream(config_.endpoint_file) << "old";
  REQUIRE(Start().ok());
  std::string line;
  std::ifstream file(config_.endpoint_file);
  REQUIRE(std::getline(file, line));
  CHECK_THAT(line, ContainsSubstring(broker_->grpc_address().ToString()));
  CHECK(broker_->grpc_address().port != 0);
  REQUIRE(broker_->Stop().ok());
  CHECK_FALSE(std::filesystem::exists(config_.endpoint_file));
}

TEST_CASE_METHOD(BrokerFixture, "a data directory in use is named and left alone", "[app]") {
  REQUIRE(Start().ok());
  const auto second = Broker::Start(config_);
  REQUIRE_FALSE(second.ok());
  CHECK(ReasonOf(second.status()) == ErrorReason::kDataDirectoryInUse);
  CHECK_THAT(std::string(second.status().message()), ContainsSubstring(config_.data_dir));
  // Not taken away by the one that was refused.
  CHECK(std::filesystem::exists(config_.endpoint_file));
  CreateStream("orders");
}

TEST_CASE_METHOD(BrokerFixture, "a port in use is named, and the data directory given back",
                 "[app]") {
  REQUIRE(Start().ok());
  BrokerConfig other = config_;
  other.data_dir = folder_.path() + "/other";
  other.endpoint_file = "";
  other.grpc_listen = broker_->grpc_address();
  const auto second = Broker::Start(other);
  REQUIRE_FALSE(second.ok());
  CHECK_THAT(std::string(second.status().message()),
             ContainsSubstring(broker_->grpc_address().ToString()));
  other.grpc_listen.port = 0;
  CHECK(Broker::Start(other).ok());
}

TEST_CASE_METHOD(BrokerFixture, "the admin port tells what the broker does", "[app]") {
  REQUIRE(Start().ok());
  testing::HttpConnection admin(broker_->admin_address()->port);
  CHECK(admin.Get("/healthz").status == 200);
  CHECK(admin.Get("/readyz").body == "ready\n");
  CHECK(admin.Get("/version").status == 200);
  CreateStream("orders");
  Put("orders", "data");
  const std::string scrape = admin.Get("/metrics").body;
  CHECK_THAT(scrape, ContainsSubstring("\npenstock_ready 1\n"));
  CHECK_THAT(scrape, ContainsSubstring("\npenstock_streams{status=\"ACTIVE\"} 1\n"));
  CHECK_THAT(scrape, ContainsSubstring("\npenstock_lane_appends_total{lane=\"0\"} 1\n"));
  CHECK_THAT(scrape, ContainsSubstring("method=\"PutRecord\",code=\"OK\",reason=\"\"} 1\n"));
  CHECK_THAT(scrape, ContainsSubstring("method=\"CreateStream\",code=\"OK\",reason=\"\"} 1\n"));
  CHECK_THAT(scrape, ContainsSubstring("\npenstock_data_disk_free_bytes "));

  std::string line;
  std::ifstream file(config_.endpoint_file);
  REQUIRE(std::getline(file, line));
  CHECK_THAT(line, ContainsSubstring("\"admin\":\"" + broker_->admin_address()->ToString()));
  REQUIRE(broker_->Stop().ok());
  CHECK(admin.IsClosedByPeer());
}

TEST_CASE_METHOD(BrokerFixture, "an admin port in use is named with its setting", "[app]") {
  REQUIRE(Start().ok());
  BrokerConfig other = config_;
  other.data_dir = folder_.path() + "/other";
  other.endpoint_file = "";
  other.kinesis_listen = std::nullopt;
  other.admin_listen = broker_->admin_address();
  const auto second = Broker::Start(other);
  REQUIRE_FALSE(second.ok());
  const std::string message(second.status().message());
  CHECK_THAT(message, ContainsSubstring(broker_->admin_address()->ToString()));
  CHECK_THAT(message, ContainsSubstring("admin-listen"));
  // Off, it is in nobody's way.
  other.admin_listen = std::nullopt;
  CHECK(Broker::Start(other).ok());
}

TEST_CASE_METHOD(BrokerFixture, "a foreign directory is refused and left as it is", "[app]") {
  std::filesystem::create_directory(config_.data_dir);
  std::ofstream(config_.data_dir + "/letter.txt") << "dear";
  CHECK_THAT(StartError(), ContainsSubstring(config_.data_dir));
  const std::filesystem::directory_iterator files(config_.data_dir);
  CHECK(std::distance(begin(files), end(files)) == 1);
}

TEST_CASE_METHOD(BrokerFixture, "parts missing from a used directory are not made anew", "[app]") {
  REQUIRE(Start().ok());
  CreateStream("orders");
  broker_.reset();
  const std::string part = GENERATE("metadata", "lane-0");
  std::filesystem::rename(config_.data_dir + "/" + part, folder_.path() + "/" + part);
  CHECK_THAT(StartError(), ContainsSubstring(part));
  std::filesystem::remove_all(config_.data_dir + "/" + part);
  std::filesystem::rename(folder_.path() + "/" + part, config_.data_dir + "/" + part);
  CHECK(StartError() == "no error");
}

TEST_CASE_METHOD(BrokerFixture, "an endpoint file that cannot be written is named", "[app]") {
  config_.endpoint_file = folder_.path() + "/none/endpoint.json";
  CHECK_THAT(StartError(), ContainsSubstring("/none/endpoint.json"));
}

}  // namespace
}  // namespace penstock::broker
