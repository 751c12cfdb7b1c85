// Streams: made, listed, described, deleted.

#include "tests/conformance/rows.h"

namespace penstock::conformance {
namespace {

using enum ErrorReason;

void AddCreate(std::vector<Row>* rows) {
  rows->push_back(Succeeds("CreateStream", R"({"StreamName": "orders", "ShardCount": 2})",
                           R"({"stream_name": "orders", "shard_count": 2,
                               "limits": {"profile": "LIMITS_PROFILE_KINESIS"}})"));
  rows->push_back(Succeeds("CreateStream",
                           R"({"StreamName": "flights", "MaxRecordSizeInKiB": 2048,
                               "StreamModeDetails": {"StreamMode": "ON_DEMAND"},
                               "Tags": {"team": "tower", "stage": ""}})",
                           R"({"stream_name": "flights", "max_record_size_in_kib": 2048,
                               "stream_mode": "STREAM_MODE_ON_DEMAND",
                               "tags": [{"key": "team", "value": "tower"}, {"key": "stage"}],
                               "limits": {"profile": "LIMITS_PROFILE_KINESIS"}})"));
  for (const std::string name : {"narrow", "sealed", "gone"}) {
    rows->push_back(Succeeds("CreateStream", R"({"ShardCount": 1, "StreamName": ")" + name + "\"}",
                             R"({"limits": {"profile": "LIMITS_PROFILE_KINESIS"},
                                 "stream_name": ")" +
                                 name + "\"}"));
  }
  rows->push_back(Fails(kStreamAlreadyExists, "CreateStream",
                        R"({"StreamName": "orders", "ShardCount": 1})",
                        R"({"stream_name": "orders", "shard_count": 1})"));
  rows->push_back(FailsModel("CreateStream", R"({"StreamName": "two words", "ShardCount": 1})",
                             R"({"stream_name": "two words", "shard_count": 1})"));
  rows->push_back(FailsModel("CreateStream", R"({"ShardCount": 1})", R"({"shard_count": 1})"));
  rows->push_back(Fails(kInvalidArgument, "CreateStream",
                        R"({"StreamName": "wide", "ShardCount": 10001})",
                        R"({"stream_name": "wide", "shard_count": 10001})"));
  rows->push_back(
      Fails(kInvalidArgument, "CreateStream",
            R"({"StreamName": "warm", "ShardCount": 1, "WarmThroughputMiBps": 8})",
            R"({"stream_name": "warm", "shard_count": 1, "warm_throughput_mibps": 8})"));
  // gRPC has a default for it.
  rows->push_back(Fails(kInvalidArgument, "CreateStream", R"({"StreamName": "none"})", ""));
  Row wrong_type = Fails(kInvalidArgument, "CreateStream",
                         R"({"StreamName": "orders", "ShardCount": "two"})", "");
  wrong_type.aws_error = "SerializationException";
  rows->push_back(wrong_type);
}

void AddList(std::vector<Row>* rows) {
  rows->push_back(Succeeds("ListStreams", "{}", "{}"));
  rows->push_back(Succeeds("ListStreams", R"({"Limit": 2})", R"({"limit": 2})")
                      .Keep("streams", "/NextToken", "/next_token"));
  rows->push_back(
      Succeeds("ListStreams", R"({"NextToken": "${streams}"})", R"({"next_token": "${streams}"})"));
  rows->push_back(Succeeds("ListStreams", R"({"ExclusiveStartStreamName": "gone"})",
                           R"({"exclusive_start_stream_name": "gone"})"));
  rows->push_back(Fails(kInvalidArgument, "ListStreams",
                        R"({"NextToken": "${streams}", "ExclusiveStartStreamName": "gone"})",
                        R"({"next_token": "${streams}", "exclusive_start_stream_name": "gone"})"));
  rows->push_back(Fails(kInvalidArgument, "ListStreams", R"({"NextToken": "made-up"})",
                        R"({"next_token": "made-up"})"));
  rows->push_back(FailsModel("ListStreams", R"({"Limit": 10001})", R"({"limit": 10001})"));
  rows->push_back(Fails(kExpiredNextToken, "ListStreams", R"({"NextToken": "${streams}"})",
                        R"({"next_token": "${streams}"})")
                      .After(301'000));
}

void AddDescribe(std::vector<Row>* rows) {
  for (const std::string name : {"orders", "flights"}) {
    for (const char* const operation : {"DescribeStream", "DescribeStreamSummary"}) {
      rows->push_back(Succeeds(operation, R"({"StreamName": ")" + name + "\"}",
                               R"({"stream_name": ")" + name + "\"}"));
    }
  }
  rows->push_back(Succeeds("DescribeStreamSummary", R"({"StreamARN": "${arn}orders"})",
                           R"({"stream_name": "orders"})"));
  rows->push_back(Succeeds("DescribeStream", R"({"StreamName": "flights", "Limit": 1})",
                           R"({"stream_name": "flights", "limit": 1})"));
  rows->push_back(Succeeds(
      "DescribeStream",
      R"({"StreamName": "flights", "ExclusiveStartShardId": "shardId-000000000001"})",
      R"({"stream_name": "flights", "exclusive_start_shard_id": "shardId-000000000001"})"));
  rows->push_back(Fails(kInvalidArgument, "DescribeStream",
                        R"({"StreamName": "orders", "ExclusiveStartShardId": "first"})",
                        R"({"stream_name": "orders", "exclusive_start_shard_id": "first"})"));
  rows->push_back(FailsModel("DescribeStream", R"({"StreamName": "orders", "Limit": 10001})",
                             R"({"stream_name": "orders", "limit": 10001})"));
  for (const char* const operation : {"DescribeStream", "DescribeStreamSummary"}) {
    rows->push_back(Fails(kStreamNotFound, operation, R"({"StreamName": "nowhere"})",
                          R"({"stream_name": "nowhere"})"));
    rows->push_back(Fails(kInvalidArgument, operation, "{}", "{}"));
  }
  // Of another account: the stream of that name here is not it.
  rows->push_back(Fails(kStreamNotFound, "DescribeStreamSummary",
                        R"({"StreamARN": "arn:aws:kinesis:us-east-1:999999999999:stream/orders"})",
                        ""));
  rows->push_back(Fails(kInvalidArgument, "DescribeStreamSummary",
                        R"({"StreamName": "orders", "StreamARN": "${arn}flights"})", ""));
}

}  // namespace

std::vector<Row> StreamRows() {
  std::vector<Row> rows;
  AddCreate(&rows);
  AddList(&rows);
  AddDescribe(&rows);
  return rows;
}

std::vector<Row> DeleteRows() {
  return {
      Fails(kStreamNotFound, "DeleteStream", R"({"StreamName": "nowhere"})",
            R"({"stream_name": "nowhere"})"),
      Fails(kInvalidArgument, "DeleteStream", "{}", "{}"),
      FailsModel("DeleteStream", R"({"StreamName": "two words"})",
                 R"({"stream_name": "two words"})"),
      Succeeds("GetShardIterator",
               R"({"StreamName": "gone", "ShardId": "shardId-000000000000",
                   "ShardIteratorType": "TRIM_HORIZON"})",
               R"({"stream_name": "gone", "shard_id": "shardId-000000000000",
                   "shard_iterator_type": "SHARD_ITERATOR_TYPE_TRIM_HORIZON"})")
          .Keep("of_gone", "/ShardIterator", "/shard_iterator"),
      Succeeds("DeleteStream", R"({"StreamName": "gone"})", R"({"stream_name": "gone"})"),
      Fails(kStreamNotFound, "GetRecords", R"({"ShardIterator": "${of_gone}"})",
            R"({"shard_iterator": "${of_gone}"})"),
      Fails(kStreamNotFound, "DescribeStream", R"({"StreamName": "gone"})",
            R"({"stream_name": "gone"})"),
      Succeeds("RegisterStreamConsumer", R"({"StreamARN": "${arn}narrow", "ConsumerName": "last"})",
               R"({"stream_name": "narrow", "consumer_name": "last"})"),
      Fails(kStreamHasConsumers, "DeleteStream", R"({"StreamName": "narrow"})",
            R"({"stream_name": "narrow"})"),
      Succeeds("DeleteStream", R"({"StreamARN": "${arn}narrow", "EnforceConsumerDeletion": true})",
               R"({"stream_name": "narrow", "enforce_consumer_deletion": true})"),
      Succeeds("ListStreams", "{}", "{}"),
  };
}

}  // namespace penstock::conformance
