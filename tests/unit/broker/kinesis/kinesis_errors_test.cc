#include "broker/kinesis/kinesis_errors.h"

#include <array>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "broker/kinesis/kinesis_model.h"
#include "common/error.h"

namespace penstock::broker {
namespace {

constexpr CallSubject kSubject{"000000000000", "orders", "shardId-000000000007"};

const AwsOperation& Operation(std::string_view name) {
  const AwsOperation* const operation = KinesisModel().Find(name);
  REQUIRE(operation != nullptr);
  return *operation;
}

AwsError Describe(ErrorReason reason, std::string_view operation = "PutRecord") {
  return DescribeError(MakeError(reason, "our own words"), Operation(operation), kSubject);
}

TEST_CASE("errors: in the words of AWS where they are known", "[kinesis]") {
  CHECK(Describe(ErrorReason::kStreamNotFound).type == "ResourceNotFoundException");
  CHECK(Describe(ErrorReason::kStreamNotFound).message ==
        "Stream orders under account 000000000000 not found.");
  CHECK(Describe(ErrorReason::kStreamAlreadyExists).type == "ResourceInUseException");
  CHECK(Describe(ErrorReason::kStreamAlreadyExists).message ==
        "Stream orders under account 000000000000 already exists.");
  CHECK(Describe(ErrorReason::kShardNotFound).message ==
        "Could not find shard shardId-000000000007 in stream orders under account 000000000000.");
  CHECK(Describe(ErrorReason::kThroughputExceeded).message ==
        "Rate exceeded for shard shardId-000000000007 in stream orders under account "
        "000000000000.");
  CHECK(Describe(ErrorReason::kDryRun).type == "DryRunOperationException");
  CHECK(Describe(ErrorReason::kLimitExceeded).message == "our own words");
}

TEST_CASE("errors: faults of the broker are 500, all others 400", "[kinesis]") {
  CHECK(Describe(ErrorReason::kStorageFailed).http_status == 500);
  CHECK(Describe(ErrorReason::kStorageFailed).type == "InternalFailureException");
  CHECK(Describe(ErrorReason::kExpiredIterator).http_status == 400);
}

TEST_CASE("errors: the data plane has no error for a stream that is made or deleted", "[kinesis]") {
  for (const std::string_view operation :
       {"PutRecord", "PutRecords", "GetRecords", "GetShardIterator"}) {
    INFO(operation);
    CHECK(Describe(ErrorReason::kStreamNotActive, operation).type == "ResourceNotFoundException");
  }
  for (const std::string_view operation : {"SplitShard", "ListShards", "SubscribeToShard"}) {
    INFO(operation);
    CHECK(Describe(ErrorReason::kStreamNotActive, operation).type == "ResourceInUseException");
  }
}

TEST_CASE("errors: fields are named as Kinesis names them", "[kinesis]") {
  CHECK(KinesisFieldName("stream_name") == "StreamName");
  CHECK(KinesisFieldName("records[3].partition_key") == "Records[3].PartitionKey");
  CHECK(KinesisFieldName("shard_filter.type") == "ShardFilter.Type");
  CHECK(KinesisFieldName("max_record_size_in_kib") == "MaxRecordSizeInKiB");
  CHECK(KinesisFieldName("timestamp_ms") == "Timestamp");
  const absl::Status status =
      WithField(MakeError(ErrorReason::kInvalidArgument, "new_starting_hash_key is out of range"),
                "new_starting_hash_key");
  CHECK(DescribeError(status, Operation("SplitShard"), kSubject).message ==
        "NewStartingHashKey is out of range");
}

TEST_CASE("errors: what the wire made is told as it was made", "[kinesis]") {
  const absl::Status status = MakeAwsError("SerializationException", "no JSON");
  const AwsError error = DescribeError(status, Operation("PutRecord"), kSubject);
  CHECK(error.type == "SerializationException");
  CHECK(error.message == "no JSON");
}

TEST_CASE("errors: a record that was not stored has one of two codes", "[kinesis]") {
  const auto describe = [](ErrorReason reason) {
    return DescribeRecordError(MakeError(reason, "our own words"), kSubject);
  };
  CHECK(describe(ErrorReason::kThroughputExceeded).type ==
        "ProvisionedThroughputExceededException");
  CHECK(describe(ErrorReason::kOverloaded).type == "ProvisionedThroughputExceededException");
  for (const ErrorReason reason :
       {ErrorReason::kStreamNotFound, ErrorReason::kStorageFailed, ErrorReason::kShuttingDown}) {
    CHECK(describe(reason).type == "InternalFailure");
    CHECK(describe(reason).message == "Internal Service Failure");
  }
}

}  // namespace
}  // namespace penstock::broker
