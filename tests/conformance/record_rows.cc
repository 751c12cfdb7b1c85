// Records in and out.

#include <string>

#include "tests/conformance/rows.h"

namespace penstock::conformance {
namespace {

using enum ErrorReason;

constexpr const char* kFirstShard = "shardId-000000000000";
constexpr const char* kSecondShard = "shardId-000000000001";
// One more than the highest hash key, and as long.
constexpr const char* kNoHashKey = "340282366920938463463374607431768211456";
constexpr const char* kHighHashKey = "340282366920938463463374607431768211455";

Row Failing(Row row, ErrorReason error, const std::string& aws_error = "") {
  row.error = error;
  row.aws_error = aws_error;
  return row;
}

Row Put(const std::string& more_aws, const std::string& more_grpc) {
  return Succeeds("PutRecord", R"({"StreamName": "orders")" + more_aws + "}",
                  R"({"stream_name": "orders")" + more_grpc + "}");
}

void AddPutRecord(std::vector<Row>* rows) {
  rows->push_back(Put(R"(, "PartitionKey": "DTW", "Data": "AP+A")",
                      R"(, "partition_key": "DTW", "data": "AP+A")"));
  rows->push_back(Put(R"(, "PartitionKey": "k", "Data": "", "ExplicitHashKey": "0")",
                      R"(, "partition_key": "k", "explicit_hash_key": "0")")
                      .Keep("first", "/SequenceNumber", "/sequence_number"));
  rows->push_back(Put(R"(, "PartitionKey": "ключ", "Data": "aGk=", "ExplicitHashKey": "0",
                         "SequenceNumberForOrdering": "${first}")",
                      R"(, "partition_key": "ключ", "data": "aGk=", "explicit_hash_key": "0",
                         "sequence_number_for_ordering": "${first}")"));
  rows->push_back(Put(R"(, "PartitionKey": "k", "Data": "aGk=", "ExplicitHashKey": ")" +
                          std::string(kHighHashKey) + "\"",
                      R"(, "partition_key": "k", "data": "aGk=", "explicit_hash_key": ")" +
                          std::string(kHighHashKey) + "\"")
                      .Keep("second", "/SequenceNumber", "/sequence_number"));
  rows->push_back(Failing(Put(R"(, "PartitionKey": "k", "Data": "aGk=", "DryRun": true)",
                              R"(, "partition_key": "k", "data": "aGk=", "dry_run": true)"),
                          kDryRun));
  // A number that nobody gave.
  rows->push_back(Failing(Put(R"(, "PartitionKey": "k", "Data": "aGk=",
                                 "SequenceNumberForOrdering": "77")",
                              R"(, "partition_key": "k", "data": "aGk=",
                                 "sequence_number_for_ordering": "77")"),
                          kInvalidArgument));
  rows->push_back(Failing(Put(R"(, "PartitionKey": "k", "Data": "aGk=", "ExplicitHashKey": ")" +
                                  std::string(kNoHashKey) + "\"",
                              R"(, "partition_key": "k", "data": "aGk=", "explicit_hash_key": ")" +
                                  std::string(kNoHashKey) + "\""),
                          kInvalidArgument));
  rows->push_back(Failing(
      Put(R"(, "PartitionKey": "", "Data": "aGk=")", R"(, "partition_key": "", "data": "aGk=")"),
      kInvalidArgument, "ValidationException"));
  // More than the stream takes, less than the model's 10 MiB.
  const std::string large(2 * 1024 * 1024, 'A');
  rows->push_back(Failing(Put(R"(, "PartitionKey": "k", "Data": ")" + large + "\"",
                              R"(, "partition_key": "k", "data": ")" + large + "\""),
                          kInvalidArgument));
  rows->push_back(Fails(kStreamNotFound, "PutRecord",
                        R"({"StreamName": "nowhere", "PartitionKey": "k", "Data": "aGk="})",
                        R"({"stream_name": "nowhere", "partition_key": "k", "data": "aGk="})"));
}

// `count` records of `bytes` each.
Row PutMany(int count, size_t bytes, const std::string& stream = "orders") {
  const std::string data(bytes / 3 * 4, 'A');
  std::string aws;
  std::string grpc;
  for (int i = 0; i < count; ++i) {
    const std::string key = "k" + std::to_string(i);
    aws += (i == 0 ? "" : ",") + (R"({"Data": ")" + data + R"(", "PartitionKey": ")" + key + "\"}");
    grpc +=
        (i == 0 ? "" : ",") + (R"({"data": ")" + data + R"(", "partition_key": ")" + key + "\"}");
  }
  return Succeeds("PutRecords", R"({"StreamName": ")" + stream + R"(", "Records": [)" + aws + "]}",
                  R"({"stream_name": ")" + stream + R"(", "records": [)" + grpc + "]}");
}

void AddPutRecords(std::vector<Row>* rows) {
  rows->push_back(PutMany(7, 30));
  rows->push_back(Failing(PutMany(0, 0), kInvalidArgument, "ValidationException"));
  rows->push_back(Failing(PutMany(501, 3), kInvalidArgument, "ValidationException"));
  rows->push_back(Failing(PutMany(1, 3, "nowhere"), kStreamNotFound));
  // Each is small enough, all of them are not.
  rows->push_back(Failing(PutMany(11, size_t{999} * 1024), kRequestTooLarge));
  rows->push_back(Fails(kDryRun, "PutRecords",
                        R"({"StreamName": "orders", "DryRun": true,
                            "Records": [{"Data": "aGk=", "PartitionKey": "k"}]})",
                        R"({"stream_name": "orders", "dry_run": true,
                            "records": [{"data": "aGk=", "partition_key": "k"}]})"));
  rows->push_back(Fails(kInvalidArgument, "PutRecords",
                        R"({"StreamName": "orders", "Records": [
                            {"Data": "aGk=", "PartitionKey": "k"},
                            {"Data": "aGk=", "PartitionKey": "k", "ExplicitHashKey": ")" +
                            std::string(kNoHashKey) + "\"}]}",
                        R"({"stream_name": "orders", "records": [
                            {"data": "aGk=", "partition_key": "k"},
                            {"data": "aGk=", "partition_key": "k", "explicit_hash_key": ")" +
                            std::string(kNoHashKey) + "\"}]}"));
}

Row Iterator(const std::string& type, const std::string& more_aws = "",
             const std::string& more_grpc = "", const std::string& shard = kFirstShard) {
  return Succeeds("GetShardIterator",
                  R"({"StreamName": "orders", "ShardId": ")" + shard +
                      R"(", "ShardIteratorType": ")" + type + "\"" + more_aws + "}",
                  R"({"stream_name": "orders", "shard_id": ")" + shard +
                      R"(", "shard_iterator_type": "SHARD_ITERATOR_TYPE_)" + type + "\"" +
                      more_grpc + "}");
}

Row Get(const std::string& iterator, const std::string& more_aws = "",
        const std::string& more_grpc = "") {
  return Succeeds("GetRecords", R"({"ShardIterator": "${)" + iterator + "}\"" + more_aws + "}",
                  R"({"shard_iterator": "${)" + iterator + "}\"" + more_grpc + "}");
}

void AddIterators(std::vector<Row>* rows) {
  const std::string first_aws = R"(, "StartingSequenceNumber": "${first}")";
  const std::string first_grpc = R"(, "starting_sequence_number": "${first}")";
  const std::vector<Row> iterators = {
      Iterator("TRIM_HORIZON"),
      Iterator("LATEST"),
      Iterator("TRIM_HORIZON", "", "", kSecondShard),
      Iterator("AT_SEQUENCE_NUMBER", first_aws, first_grpc),
      Iterator("AFTER_SEQUENCE_NUMBER", first_aws, first_grpc),
      Iterator("AT_TIMESTAMP", R"(, "Timestamp": ${now_s})", R"(, "timestamp_ms": "${now_ms}")"),
      Iterator("AT_TIMESTAMP", R"(, "Timestamp": 1.6e9)", R"(, "timestamp_ms": "1600000000000")")};
  for (Row row : iterators) {
    rows->push_back(row.Keep("iterator", "/ShardIterator", "/shard_iterator"));
    rows->push_back(Get("iterator"));
  }
}

void AddIteratorErrors(std::vector<Row>* rows) {
  rows->push_back(Failing(Iterator("AT_TIMESTAMP", R"(, "Timestamp": ${later_s})",
                                   R"(, "timestamp_ms": "${later_ms}")"),
                          kInvalidArgument));
  rows->push_back(Failing(Iterator("AT_TIMESTAMP"), kInvalidArgument));
  rows->push_back(Failing(Iterator("AT_SEQUENCE_NUMBER"), kInvalidArgument));
  rows->push_back(Failing(Iterator("LATEST", "", "", "shardId-000000000099"), kShardNotFound));
  // AWS reads a number in any form, and what is none as a shard that is not there.
  rows->push_back(
      Failing(Iterator("LATEST", "", "", "first"), kInvalidArgument, "ResourceNotFoundException"));
  rows->push_back(
      Failing(Iterator("LATEST", R"(, "DryRun": true)", R"(, "dry_run": true)"), kDryRun));
  rows->push_back(FailsModel("GetShardIterator",
                             R"({"StreamName": "orders", "ShardId": "shardId-000000000000",
                                 "ShardIteratorType": "SOON"})",
                             R"({"stream_name": "orders", "shard_id": "shardId-000000000000",
                                 "shard_iterator_type": 9})"));
  rows->push_back(Fails(kStreamNotFound, "GetShardIterator",
                        R"({"StreamName": "nowhere", "ShardId": "shardId-000000000000",
                            "ShardIteratorType": "LATEST"})",
                        R"({"stream_name": "nowhere", "shard_id": "shardId-000000000000",
                            "shard_iterator_type": "SHARD_ITERATOR_TYPE_LATEST"})"));
  // Of another shard: gRPC's numbers do not say which.
  Row other = Iterator("AT_SEQUENCE_NUMBER", R"(, "StartingSequenceNumber": "${second}")");
  other.grpc.clear();
  rows->push_back(Failing(other, kInvalidArgument));
}

void AddGetRecords(std::vector<Row>* rows) {
  rows->push_back(Iterator("TRIM_HORIZON").Keep("iterator", "/ShardIterator", "/shard_iterator"));
  rows->push_back(Get("iterator", R"(, "Limit": 1)", R"(, "limit": 1)")
                      .Keep("iterator", "/NextShardIterator", "/next_shard_iterator")
                      .Keep("read", "/Records/0/SequenceNumber", "/records/0/sequence_number"));
  rows->push_back(Get("iterator", R"(, "Limit": 2)", R"(, "limit": 2)"));
  // What a record is read with says where to go on.
  rows->push_back(Iterator("AFTER_SEQUENCE_NUMBER", R"(, "StartingSequenceNumber": "${read}")",
                           R"(, "starting_sequence_number": "${read}")")
                      .Keep("iterator", "/ShardIterator", "/shard_iterator"));
  rows->push_back(Get("iterator"));
  rows->push_back(Failing(Get("iterator", R"(, "DryRun": true)", R"(, "dry_run": true)"), kDryRun));
  rows->push_back(Failing(Get("iterator", R"(, "Limit": 10001)", R"(, "limit": 10001)"),
                          kInvalidArgument, "ValidationException"));
  rows->push_back(Fails(kInvalidIterator, "GetRecords", R"({"ShardIterator": "made-up"})",
                        R"({"shard_iterator": "made-up"})"));
  rows->push_back(Failing(Get("iterator"), kExpiredIterator).After(301'000));
}

Row Subscribe(const std::string& arn, const std::string& consumer, const std::string& position_aws,
              const std::string& position_grpc, const std::string& shard = kFirstShard) {
  return Succeeds("SubscribeToShard",
                  R"({"ConsumerARN": ")" + arn + R"(", "ShardId": ")" + shard +
                      R"(", "StartingPosition": {)" + position_aws + "}}",
                  R"({"stream_name": "orders", "consumer_name": ")" + consumer +
                      R"(", "shard_id": ")" + shard + "\", " + position_grpc + "}");
}

}  // namespace

std::vector<Row> PutRows() {
  std::vector<Row> rows;
  AddPutRecord(&rows);
  AddPutRecords(&rows);
  return rows;
}

std::vector<Row> ReadRows() {
  std::vector<Row> rows;
  AddIterators(&rows);
  AddIteratorErrors(&rows);
  AddGetRecords(&rows);
  return rows;
}

std::vector<Row> SubscribeRows() {
  const std::string horizon_aws = R"("Type": "TRIM_HORIZON")";
  const std::string horizon_grpc = R"("starting_position": "SHARD_ITERATOR_TYPE_TRIM_HORIZON")";
  const std::string audit = "${audit_arn}";
  const Row first = Subscribe(audit, "audit", horizon_aws, horizon_grpc);
  Row dry = Subscribe(audit, "audit", horizon_aws, horizon_grpc + R"(, "dry_run": true)");
  dry.aws.insert(1, R"("DryRun": true, )");
  Row nowhere =
      Subscribe("${arn}nowhere/consumer/audit:1750000000", "audit", horizon_aws, horizon_grpc);
  nowhere.grpc.replace(nowhere.grpc.find("orders"), 6, "nowhere");
  return {
      Failing(dry, kDryRun),
      first,
      Failing(first, kConsumerInUse),
      // Five seconds after it began another takes its place.
      Row(first).After(10'000),
      Subscribe(audit, "audit", R"("Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": "${second}")",
                R"("starting_position": "SHARD_ITERATOR_TYPE_AFTER_SEQUENCE_NUMBER",
                   "starting_sequence_number": "${second}")",
                kSecondShard),
      Failing(
          Subscribe("${arn}orders/consumer/nobody:1750000000", "nobody", horizon_aws, horizon_grpc),
          kConsumerNotFound),
      Failing(nowhere, kStreamNotFound),
      Failing(Subscribe(audit, "audit", horizon_aws, horizon_grpc, "shardId-000000000099"),
              kShardNotFound),
      Failing(Subscribe(audit, "audit", R"("Type": "AT_TIMESTAMP")",
                        R"("starting_position": "SHARD_ITERATOR_TYPE_AT_TIMESTAMP")"),
              kInvalidArgument),
      Failing(Subscribe(audit, "audit", R"("Type": "SOON")", R"("starting_position": 9)"),
              kInvalidArgument, "ValidationException"),
  };
}

}  // namespace penstock::conformance
