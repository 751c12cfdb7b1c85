// A producer whose broker's address leads to another cluster: an empty disk after an accident, a
// failover by name. Its streams are not those that the producer knows, though they have the same name.
#include <chrono>
#include <future>
#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "penstock/producer.h"
#include "tests/integration/fixture.h"
#include "tests/support/tcp_proxy.h"

namespace penstock::test {
namespace {

constexpr const char* kStream = "orders";

PutOutcome PutOne(Producer& producer, const std::string& data) {
  std::future<PutOutcome> outcome = producer.Put({data, "key"});
  REQUIRE(outcome.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
  return outcome.get();
}

TEST_CASE("a producer that is led to another cluster puts into the stream that is there") {
  Fixture old_cluster;
  old_cluster.CreateStream(kStream, 1);
  // So that its shards are younger than those of the other one.
  REQUIRE(old_cluster.client().UpdateShardCount(kStream, 2).ok());
  REQUIRE(old_cluster.client().WaitUntilActive(kStream, absl::Seconds(30)).ok());
  Fixture new_cluster;
  new_cluster.CreateStream(kStream, 1);

  TcpProxy proxy;
  proxy.SetTarget(old_cluster.broker().endpoint());
  ProducerOptions options;
  options.stream_name = kStream;
  options.client.endpoint = proxy.endpoint();
  auto producer = Producer::Create(options);
  REQUIRE(producer.ok());
  REQUIRE(PutOne(**producer, "for the old one").ok());

  proxy.SetTarget(new_cluster.broker().endpoint());
  proxy.CutAll();
  const PutOutcome outcome = PutOne(**producer, "for the new one");
  CHECK(outcome.ok());
  CHECK(outcome.shard_id() == "shardId-000000000000");
  const auto records = new_cluster.GetAll(kStream);
  REQUIRE(records.size() == 1);
  CHECK(records[0].second.data == "for the new one");
  CHECK(old_cluster.GetAll(kStream).size() == 1);
}

}  // namespace
}  // namespace penstock::test
