// Shards: listed, split, merged, scaled.

#include "tests/conformance/rows.h"

namespace penstock::conformance {
namespace {

using enum ErrorReason;

// A quarter and three quarters of the hash keys: the middle of each shard of two.
constexpr const char* kQuarter = "85070591730234615865843651857942052864";

Row Split(const std::string& stream, const std::string& shard, const std::string& at) {
  return Succeeds("SplitShard",
                  R"({"StreamName": ")" + stream + R"(", "ShardToSplit": ")" + shard +
                      R"(", "NewStartingHashKey": ")" + at + "\"}",
                  R"({"stream_name": ")" + stream + R"(", "shard_to_split": ")" + shard +
                      R"(", "new_starting_hash_key": ")" + at + "\"}");
}

Row Merge(const std::string& stream, const std::string& shard, const std::string& adjacent) {
  return Succeeds("MergeShards",
                  R"({"StreamName": ")" + stream + R"(", "ShardToMerge": ")" + shard +
                      R"(", "AdjacentShardToMerge": ")" + adjacent + "\"}",
                  R"({"stream_name": ")" + stream + R"(", "shard_to_merge": ")" + shard +
                      R"(", "adjacent_shard_to_merge": ")" + adjacent + "\"}");
}

Row Scale(const std::string& stream, int target) {
  const std::string count = std::to_string(target);
  return Succeeds("UpdateShardCount",
                  R"({"ScalingType": "UNIFORM_SCALING", "StreamName": ")" + stream +
                      R"(", "TargetShardCount": )" + count + "}",
                  R"({"scaling_type": "SCALING_TYPE_UNIFORM_SCALING", "stream_name": ")" + stream +
                      R"(", "target_shard_count": )" + count + "}");
}

Row Failing(Row row, ErrorReason error, const std::string& aws_error = "") {
  row.error = error;
  row.aws_error = aws_error;
  return row;
}

Row List(const std::string& aws, const std::string& grpc) {
  return Succeeds("ListShards", aws, grpc);
}

void AddList(std::vector<Row>* rows) {
  rows->push_back(List(R"({"StreamName": "orders"})", R"({"stream_name": "orders"})"));
  rows->push_back(List(R"({"StreamName": "orders", "MaxResults": 1})",
                       R"({"stream_name": "orders", "max_results": 1})")
                      .Keep("shards", "/NextToken", "/next_token"));
  const Row page = List(R"({"NextToken": "${shards}"})", R"({"next_token": "${shards}"})");
  rows->push_back(page);
  rows->push_back(List(R"({"StreamName": "orders",
                           "ExclusiveStartShardId": "shardId-000000000000"})",
                       R"({"stream_name": "orders",
                           "exclusive_start_shard_id": "shardId-000000000000"})"));
  for (const std::string type : {"AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST"}) {
    rows->push_back(List(R"({"StreamName": "orders", "ShardFilter": {"Type": ")" + type + "\"}}",
                         R"({"stream_name": "orders", "shard_filter": {"type":
                             "SHARD_FILTER_TYPE_)" +
                             type + "\"}}"));
  }
  for (const std::string type : {"AT_TIMESTAMP", "FROM_TIMESTAMP"}) {
    const Row at = List(R"({"StreamName": "orders", "ShardFilter": {"Timestamp": ${now_s},
                            "Type": ")" +
                            type + "\"}}",
                        R"({"stream_name": "orders", "shard_filter": {
                            "timestamp_ms": "${now_ms}", "type": "SHARD_FILTER_TYPE_)" +
                            type + "\"}}");
    rows->push_back(at);
    Row without = List(R"({"StreamName": "orders", "ShardFilter": {"Type": ")" + type + "\"}}",
                       R"({"stream_name": "orders", "shard_filter": {
                           "type": "SHARD_FILTER_TYPE_)" +
                           type + "\"}}");
    rows->push_back(Failing(without, kInvalidArgument));
  }
  rows->push_back(List(R"({"StreamName": "orders", "ShardFilter": {
                           "Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000000"}})",
                       R"({"stream_name": "orders", "shard_filter": {
                           "type": "SHARD_FILTER_TYPE_AFTER_SHARD_ID",
                           "shard_id": "shardId-000000000000"}})"));
  rows->push_back(Failing(List(R"({"StreamName": "orders", "ShardFilter": {
                                   "Type": "AT_TIMESTAMP", "Timestamp": ${later_s}}})",
                               R"({"stream_name": "orders", "shard_filter": {
                                   "type": "SHARD_FILTER_TYPE_AT_TIMESTAMP",
                                   "timestamp_ms": "${later_ms}"}})"),
                          kInvalidArgument));
  rows->push_back(Failing(List(R"({"StreamName": "orders", "StreamCreationTimestamp": 1.6e9})",
                               R"({"stream_name": "orders",
                                   "stream_creation_timestamp_ms": "1600000000000"})"),
                          kStreamNotFound));
  rows->push_back(Failing(List(R"({"StreamName": "orders", "NextToken": "${shards}"})",
                               R"({"stream_name": "orders", "next_token": "${shards}"})"),
                          kInvalidArgument));
  rows->push_back(Failing(List(R"({"StreamName": "nowhere"})", R"({"stream_name": "nowhere"})"),
                          kStreamNotFound));
  rows->push_back(Failing(List("{}", "{}"), kInvalidArgument));
  rows->push_back(Failing(page, kExpiredNextToken).After(301'000));
}

void AddSplit(std::vector<Row>* rows) {
  const std::string first = "shardId-000000000000";
  rows->push_back(Failing(Split("nowhere", first, kQuarter), kStreamNotFound));
  rows->push_back(Failing(Split("orders", "shardId-000000000099", kQuarter), kShardNotFound));
  rows->push_back(Failing(Split("orders", "first", kQuarter), kInvalidArgument));
  rows->push_back(Failing(Split("orders", first, "1"), kInvalidArgument));
  rows->push_back(Failing(Split("orders", first, "half"), kInvalidArgument, "ValidationException"));
  rows->push_back(Failing(Split("flights", first, kQuarter), kWrongStreamMode));
  rows->push_back(Split("orders", first, kQuarter));
  // It is closed.
  rows->push_back(Failing(Split("orders", first, kQuarter), kInvalidArgument));
}

void AddMerge(std::vector<Row>* rows) {
  const std::string second = "shardId-000000000001";
  const std::string low = "shardId-000000000002";
  const std::string high = "shardId-000000000003";
  rows->push_back(Failing(Merge("nowhere", low, high), kStreamNotFound));
  rows->push_back(Failing(Merge("orders", low, "shardId-000000000099"), kShardNotFound));
  rows->push_back(Failing(Merge("orders", low, "other"), kInvalidArgument));
  // Not adjacent.
  rows->push_back(Failing(Merge("orders", low, second), kInvalidArgument));
  rows->push_back(Failing(Merge("orders", low, low), kInvalidArgument));
  rows->push_back(
      Failing(Merge("orders", low, "a shard"), kInvalidArgument, "ValidationException"));
  rows->push_back(Failing(Merge("flights", "shardId-000000000000", second), kWrongStreamMode));
  // In this order the second parent is the one with the lower hash keys.
  rows->push_back(Merge("orders", second, high));
}

// What is in a closed shard, and where its end leads.
void AddReadOfClosed(std::vector<Row>* rows) {
  rows->push_back(Succeeds("GetShardIterator",
                           R"({"StreamName": "orders", "ShardId": "shardId-000000000000",
                               "ShardIteratorType": "TRIM_HORIZON"})",
                           R"({"stream_name": "orders", "shard_id": "shardId-000000000000",
                               "shard_iterator_type": "SHARD_ITERATOR_TYPE_TRIM_HORIZON"})")
                      .Keep("closed", "/ShardIterator", "/shard_iterator"));
  rows->push_back(Succeeds("GetRecords", R"({"ShardIterator": "${closed}"})",
                           R"({"shard_iterator": "${closed}"})"));
  rows->push_back(Succeeds("SubscribeToShard",
                           R"({"ConsumerARN": "${bill_arn}", "ShardId": "shardId-000000000000",
                               "StartingPosition": {"Type": "TRIM_HORIZON"}})",
                           R"({"stream_name": "orders", "consumer_name": "${bill_arn}",
                               "shard_id": "shardId-000000000000",
                               "starting_position": "SHARD_ITERATOR_TYPE_TRIM_HORIZON"})"));
}

void AddScale(std::vector<Row>* rows) {
  rows->push_back(Failing(Scale("nowhere", 2), kStreamNotFound));
  rows->push_back(Failing(Scale("orders", 10'001), kInvalidArgument));
  rows->push_back(Failing(Scale("orders", 5), kLimitExceeded));
  rows->push_back(Failing(Scale("flights", 2), kWrongStreamMode));
  rows->push_back(FailsModel("UpdateShardCount",
                             R"({"StreamName": "orders", "TargetShardCount": 2,
                                 "ScalingType": "RANDOM"})",
                             R"({"stream_name": "orders", "target_shard_count": 2,
                                 "scaling_type": 9})"));
  rows->push_back(FailsModel("UpdateShardCount",
                             R"({"StreamName": "orders", "TargetShardCount": 0,
                                 "ScalingType": "UNIFORM_SCALING"})",
                             R"({"stream_name": "orders"})"));
  rows->push_back(Scale("orders", 3));
}

}  // namespace

std::vector<Row> ShardRows() {
  std::vector<Row> rows;
  AddList(&rows);
  AddSplit(&rows);
  AddMerge(&rows);
  rows.push_back(List(R"({"StreamName": "orders"})", R"({"stream_name": "orders"})"));
  AddReadOfClosed(&rows);
  AddScale(&rows);
  rows.push_back(List(R"({"StreamName": "orders"})", R"({"stream_name": "orders"})"));
  rows.push_back(
      Succeeds("DescribeStream", R"({"StreamName": "orders"})", R"({"stream_name": "orders"})"));
  return rows;
}

}  // namespace penstock::conformance
