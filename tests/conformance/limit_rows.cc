// What a node takes of streams, a stream of consumers and changes, a shard of records and reads.

#include <string>

#include "tests/conformance/rows.h"

namespace penstock::conformance {
namespace {

using enum ErrorReason;

// "flights" is one of the 50 that a node takes.
constexpr int kOnDemandStreamsLeft = 49;
// "audit" and "bill" are two of the 20 that a stream takes without a commitment.
constexpr int kConsumersLeft = 18;
constexpr int kEncryptionStartsADay = 25;
constexpr int kReadsASecond = 5;

Row OnDemandStream(int i) {
  const std::string name = "fill-" + std::to_string(i);
  return Succeeds(
      "CreateStream",
      R"({"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "StreamName": ")" + name + "\"}",
      R"({"stream_mode": "STREAM_MODE_ON_DEMAND", "stream_name": ")" + name +
          R"(", "limits": {"profile": "LIMITS_PROFILE_KINESIS"}})");
}

Row Consumer(const std::string& operation, int i) {
  const std::string name = "many-" + std::to_string(i);
  return Succeeds(operation, R"({"StreamARN": "${arn}orders", "ConsumerName": ")" + name + "\"}",
                  R"({"stream_name": "orders", "consumer_name": ")" + name + "\"}");
}

Row Encrypt(int i) {
  const std::string key = i % 2 == 0 ? "main" : "other";
  return Succeeds("StartStreamEncryption",
                  R"({"StreamName": "gone", "EncryptionType": "KMS", "KeyId": ")" + key + "\"}",
                  R"({"stream_name": "gone", "encryption_type": "ENCRYPTION_TYPE_KMS",
                      "key_id": ")" +
                      key + "\"}");
}

// So many records for the one shard of "narrow".
Row Put(int records) {
  std::string aws;
  std::string grpc;
  for (int i = 0; i < records; ++i) {
    const std::string comma = i == 0 ? "" : ",";
    aws += comma + R"({"Data": "eA==", "PartitionKey": "k"})";
    grpc += comma + R"({"data": "eA==", "partition_key": "k"})";
  }
  return Succeeds("PutRecords", R"({"StreamName": "narrow", "Records": [)" + aws + "]}",
                  R"({"stream_name": "narrow", "records": [)" + grpc + "]}");
}

Row Failing(Row row, ErrorReason error) {
  row.error = error;
  return row;
}

void AddThroughput(std::vector<Row>* rows) {
  rows->push_back(Put(500).After(10'000));
  rows->push_back(Put(499).After(0));
  // One of them is the last that fits into this second.
  rows->push_back(Put(3).After(0));
  // All of them fail, and the call succeeds.
  rows->push_back(Put(2).After(0));
  rows->push_back(Fails(kThroughputExceeded, "PutRecord",
                        R"({"StreamName": "narrow", "Data": "eA==", "PartitionKey": "k"})",
                        R"({"stream_name": "narrow", "data": "eA==", "partition_key": "k"})")
                      .After(0));
  rows->push_back(Succeeds("GetShardIterator",
                           R"({"StreamName": "narrow", "ShardId": "shardId-000000000000",
                               "ShardIteratorType": "TRIM_HORIZON"})",
                           R"({"stream_name": "narrow", "shard_id": "shardId-000000000000",
                               "shard_iterator_type": "SHARD_ITERATOR_TYPE_TRIM_HORIZON"})")
                      .Keep("narrow", "/ShardIterator", "/shard_iterator"));
  const Row get = Succeeds("GetRecords", R"({"ShardIterator": "${narrow}", "Limit": 1})",
                           R"({"shard_iterator": "${narrow}", "limit": 1})")
                      .After(0);
  for (int i = 0; i < kReadsASecond; ++i) rows->push_back(get);
  rows->push_back(Failing(get, kThroughputExceeded));
}

}  // namespace

std::vector<Row> LimitRows() {
  std::vector<Row> rows;
  AddThroughput(&rows);
  for (int i = 0; i < kConsumersLeft; ++i) rows.push_back(Consumer("RegisterStreamConsumer", i));
  rows.push_back(Failing(Consumer("RegisterStreamConsumer", kConsumersLeft), kLimitExceeded));
  for (int i = 0; i < kConsumersLeft; ++i) rows.push_back(Consumer("DeregisterStreamConsumer", i));
  for (int i = 0; i < kEncryptionStartsADay; ++i) rows.push_back(Encrypt(i));
  rows.push_back(Failing(Encrypt(kEncryptionStartsADay), kLimitExceeded));
  for (int i = 0; i < kOnDemandStreamsLeft; ++i) rows.push_back(OnDemandStream(i));
  rows.push_back(Failing(OnDemandStream(kOnDemandStreamsLeft), kLimitExceeded));
  rows.push_back(Succeeds("DescribeLimits", "{}", "{}"));
  rows.push_back(Fails(kLimitExceeded, "UpdateStreamMode",
                       R"({"StreamARN": "${arn}orders",
                           "StreamModeDetails": {"StreamMode": "ON_DEMAND"}})",
                       R"({"stream_name": "orders", "stream_mode": "STREAM_MODE_ON_DEMAND"})"));
  for (int i = 0; i < kOnDemandStreamsLeft; ++i) {
    const std::string name = "fill-" + std::to_string(i);
    rows.push_back(Succeeds("DeleteStream", R"({"StreamName": ")" + name + "\"}",
                            R"({"stream_name": ")" + name + "\"}"));
  }
  return rows;
}

}  // namespace penstock::conformance
