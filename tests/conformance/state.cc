#include "tests/conformance/state.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "tests/conformance/grpc_door.h"

namespace penstock::conformance {
namespace {

using nlohmann::json;

class StateReader {
 public:
  explicit StateReader(BrokerUnderTest& broker) : broker_(broker), door_(broker.channel()) {}

  json Read() {
    json state;
    state["limits"] = Ask("DescribeLimits", json::object());
    state["account"] = Ask("DescribeAccountSettings", json::object());
    for (const json& name : Ask("ListStreams", {{"limit", 10'000}}).at("stream_names"))
      state["streams"].push_back(StreamOf(name));
    return state;
  }

 private:
  json Ask(const std::string& operation, const json& input) {
    Answer answer = door_.Call(operation, input);
    INFO(operation << " " << input << ": " << answer.message);
    REQUIRE(answer.error.empty());
    return std::move(answer.output);
  }

  json StreamOf(const std::string& name) {
    const json stream = {{"stream_name", name}};
    json state;
    state["summary"] = Ask("DescribeStreamSummary", stream).at("summary");
    state["summary"].erase("stream_id");
    state["tags"] = Ask("ListTagsForStream", stream).at("tags");
    state["shards"] = Ask("ListShards", stream).at("shards");
    for (const json& shard : state["shards"])
      state["records"].push_back(RecordsOf(name, shard.at("shard_id")));
    for (const json& consumer : Ask("ListStreamConsumers", stream).at("consumers")) {
      json described = consumer;
      const json resource = {{"stream_name", name}, {"consumer_name", consumer["consumer_name"]}};
      described["tags"] = Ask("ListTagsForResource", resource).at("tags");
      state["consumers"].push_back(described);
    }
    return state;
  }

  json RecordsOf(const std::string& stream, const std::string& shard) {
    json records = json::array();
    std::string iterator =
        Ask("GetShardIterator", {{"stream_name", stream},
                                 {"shard_id", shard},
                                 {"shard_iterator_type", "SHARD_ITERATOR_TYPE_TRIM_HORIZON"}})
            .at("shard_iterator");
    while (!iterator.empty()) {
      // So that a limit of reads never says no.
      broker_.clock().AdvanceMs(1'000);
      const json read = Ask("GetRecords", {{"shard_iterator", iterator}});
      for (const json& record : read.at("records")) records.push_back(record);
      if (read.at("records_behind_latest") == "0") break;
      iterator = read.at("next_shard_iterator");
    }
    return records;
  }

  BrokerUnderTest& broker_;
  GrpcDoor door_;
};

}  // namespace

json StateOf(BrokerUnderTest& broker) {
  return StateReader(broker).Read();
}

}  // namespace penstock::conformance
