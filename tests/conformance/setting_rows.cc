// What is set of a stream: mode, record size, retention, encryption, shard metrics.

#include "tests/conformance/broker_under_test.h"
#include "tests/conformance/rows.h"

namespace penstock::conformance {
namespace {

using enum ErrorReason;

// Longer than the key ring waits before it looks at its file again.
constexpr int64_t kKeysAreReadAgainMs = 120'000;

void AddMode(std::vector<Row>* rows) {
  const auto to = [](const std::string& stream, const std::string& mode) {
    return Succeeds(
        "UpdateStreamMode",
        R"({"StreamARN": "${arn})" + stream + R"(", "StreamModeDetails": {"StreamMode": ")" + mode +
            "\"}}",
        R"({"stream_name": ")" + stream + R"(", "stream_mode": "STREAM_MODE_)" + mode + "\"}");
  };
  rows->push_back(to("gone", "ON_DEMAND"));
  rows->push_back(to("gone", "PROVISIONED"));
  // As it is already: no change, and not counted.
  rows->push_back(to("gone", "PROVISIONED"));
  Row third = to("gone", "ON_DEMAND");
  third.error = kLimitExceeded;
  rows->push_back(third);
  Row none = to("nowhere", "ON_DEMAND");
  none.error = kStreamNotFound;
  rows->push_back(none);
  rows->push_back(Fails(kInvalidArgument, "UpdateStreamMode",
                        R"({"StreamARN": "${arn}orders", "WarmThroughputMiBps": 8,
                            "StreamModeDetails": {"StreamMode": "PROVISIONED"}})",
                        R"({"stream_name": "orders", "warm_throughput_mibps": 8,
                            "stream_mode": "STREAM_MODE_PROVISIONED"})"));
  rows->push_back(FailsModel("UpdateStreamMode",
                             R"({"StreamARN": "${arn}orders",
                                 "StreamModeDetails": {"StreamMode": "SOMETIMES"}})",
                             R"({"stream_name": "orders", "stream_mode": 9})"));
}

void AddRecordSize(std::vector<Row>* rows) {
  rows->push_back(Succeeds("UpdateMaxRecordSize",
                           R"({"StreamARN": "${arn}orders", "MaxRecordSizeInKiB": 1536})",
                           R"({"stream_name": "orders", "max_record_size_in_kib": 1536})"));
  rows->push_back(FailsModel("UpdateMaxRecordSize",
                             R"({"StreamARN": "${arn}orders", "MaxRecordSizeInKiB": 512})",
                             R"({"stream_name": "orders", "max_record_size_in_kib": 512})"));
  rows->push_back(Fails(kStreamNotFound, "UpdateMaxRecordSize",
                        R"({"StreamARN": "${arn}nowhere", "MaxRecordSizeInKiB": 2048})",
                        R"({"stream_name": "nowhere", "max_record_size_in_kib": 2048})"));
  rows->push_back(Fails(kInvalidArgument, "UpdateMaxRecordSize", R"({"MaxRecordSizeInKiB": 2048})",
                        R"({"max_record_size_in_kib": 2048})"));
}

void AddRetention(std::vector<Row>* rows) {
  const auto set = [](const std::string& operation, const std::string& stream,
                      const std::string& hours) {
    return Succeeds(
        operation, R"({"StreamName": ")" + stream + R"(", "RetentionPeriodHours": )" + hours + "}",
        R"({"stream_name": ")" + stream + R"(", "retention_period_hours": )" + hours + "}");
  };
  const auto refused = [&](ErrorReason reason, const std::string& operation,
                           const std::string& stream, const std::string& hours) {
    Row row = set(operation, stream, hours);
    row.error = reason;
    return row;
  };
  const std::string increase = "IncreaseStreamRetentionPeriod";
  const std::string decrease = "DecreaseStreamRetentionPeriod";
  rows->push_back(set(increase, "orders", "72"));
  rows->push_back(refused(kInvalidArgument, increase, "orders", "48"));
  rows->push_back(refused(kInvalidArgument, increase, "orders", "8761"));
  rows->push_back(refused(kStreamNotFound, increase, "nowhere", "48"));
  rows->push_back(set(decrease, "orders", "48"));
  rows->push_back(refused(kInvalidArgument, decrease, "orders", "96"));
  rows->push_back(refused(kInvalidArgument, decrease, "orders", "23"));
  rows->push_back(refused(kStreamNotFound, decrease, "nowhere", "24"));
}

void AddMonitoring(std::vector<Row>* rows) {
  rows->push_back(Succeeds("EnableEnhancedMonitoring",
                           R"({"StreamName": "orders",
                               "ShardLevelMetrics": ["OutgoingBytes", "IncomingBytes"]})",
                           R"({"stream_name": "orders",
                               "shard_level_metrics": ["SHARD_LEVEL_METRIC_OUTGOING_BYTES",
                                                       "SHARD_LEVEL_METRIC_INCOMING_BYTES"]})"));
  rows->push_back(Succeeds("EnableEnhancedMonitoring",
                           R"({"StreamName": "flights", "ShardLevelMetrics": ["ALL"]})",
                           R"({"stream_name": "flights",
                               "shard_level_metrics": ["SHARD_LEVEL_METRIC_ALL"]})"));
  rows->push_back(Succeeds("DisableEnhancedMonitoring",
                           R"({"StreamName": "orders", "ShardLevelMetrics": ["IncomingBytes"]})",
                           R"({"stream_name": "orders",
                               "shard_level_metrics": ["SHARD_LEVEL_METRIC_INCOMING_BYTES"]})"));
  for (const char* const operation : {"EnableEnhancedMonitoring", "DisableEnhancedMonitoring"}) {
    rows->push_back(Fails(kStreamNotFound, operation,
                          R"({"StreamName": "nowhere", "ShardLevelMetrics": ["ALL"]})",
                          R"({"stream_name": "nowhere",
                              "shard_level_metrics": ["SHARD_LEVEL_METRIC_ALL"]})"));
    rows->push_back(FailsModel(operation, R"({"StreamName": "orders", "ShardLevelMetrics": []})",
                               R"({"stream_name": "orders"})"));
    rows->push_back(FailsModel(operation,
                               R"({"StreamName": "orders", "ShardLevelMetrics": ["Weather"]})",
                               R"({"stream_name": "orders", "shard_level_metrics": [77]})"));
  }
}

Row Encryption(const std::string& operation, const std::string& stream, const std::string& key) {
  return Succeeds(
      operation,
      R"({"EncryptionType": "KMS", "StreamName": ")" + stream + R"(", "KeyId": ")" + key + "\"}",
      R"({"encryption_type": "ENCRYPTION_TYPE_KMS", "stream_name": ")" + stream +
          R"(", "key_id": ")" + key + "\"}");
}

Row EncryptionFails(ErrorReason error, const std::string& operation, const std::string& stream,
                    const std::string& key) {
  Row row = Encryption(operation, stream, key);
  row.error = error;
  return row;
}

void AddEncryptionErrors(std::vector<Row>* rows) {
  const std::string start = "StartStreamEncryption";
  const std::string stop = "StopStreamEncryption";
  rows->push_back(EncryptionFails(kStreamNotFound, start, "nowhere", "main"));
  rows->push_back(EncryptionFails(kKmsNotFound, start, "sealed", "lost"));
  rows->push_back(EncryptionFails(kKmsNotFound, start, "sealed", "alias/aws/s3"));
  rows->push_back(EncryptionFails(kKmsDisabled, start, "sealed", "off"));
  rows->push_back(EncryptionFails(kInvalidArgument, start, "sealed", "no key!"));
  rows->push_back(EncryptionFails(kInvalidArgument, stop, "sealed", "other"));
  rows->push_back(EncryptionFails(kStreamNotFound, stop, "nowhere", "main"));
  for (const auto& operation : {start, stop}) {
    rows->push_back(Fails(kInvalidArgument, operation,
                          R"({"StreamName": "sealed", "EncryptionType": "NONE", "KeyId": "main"})",
                          R"({"stream_name": "sealed", "encryption_type": "ENCRYPTION_TYPE_NONE",
            "key_id": "main"})"));
    rows->push_back(
        FailsModel(operation, R"({"StreamName": "sealed", "EncryptionType": "KMS", "KeyId": ""})",
                   R"({"stream_name": "sealed", "encryption_type": "ENCRYPTION_TYPE_KMS"})"));
  }
}

// What puts and reads say while the key of the stream cannot be used.
void AddKeyStates(std::vector<Row>* rows) {
  struct State {
    MainKey key;
    unsigned file_mode;
    std::optional<ErrorReason> error;
  };
  for (const State& state :
       {State{MainKey::kDisabled, 0600, kKmsDisabled}, State{MainKey::kAbsent, 0600, kKmsNotFound},
        State{MainKey::kEnabled, 0600, std::nullopt}}) {
    Row put = Succeeds("PutRecord",
                       R"({"StreamName": "sealed", "PartitionKey": "k", "Data": "c2VjcmV0"})",
                       R"({"stream_name": "sealed", "partition_key": "k", "data": "c2VjcmV0"})")
                  .Before([state](BrokerUnderTest& broker) {
                    broker.SetMainKey(state.key, state.file_mode);
                  })
                  .After(kKeysAreReadAgainMs);
    Row iterator = Succeeds("GetShardIterator",
                            R"({"StreamName": "sealed", "ShardId": "shardId-000000000000",
                                "ShardIteratorType": "TRIM_HORIZON"})",
                            R"({"stream_name": "sealed", "shard_id": "shardId-000000000000",
                                "shard_iterator_type": "SHARD_ITERATOR_TYPE_TRIM_HORIZON"})")
                       .Keep("of_sealed", "/ShardIterator", "/shard_iterator");
    Row get = Succeeds("GetRecords", R"({"ShardIterator": "${of_sealed}"})",
                       R"({"shard_iterator": "${of_sealed}"})");
    put.error = state.error;
    get.error = state.error;
    rows->push_back(put);
    rows->push_back(iterator);
    rows->push_back(get);
  }
  // Others may read the keys: nobody's use of it is allowed until that is mended.
  rows->push_back(
      EncryptionFails(kKmsAccessDenied, "StartStreamEncryption", "sealed", "main")
          .Before([](BrokerUnderTest& broker) { broker.SetMainKey(MainKey::kEnabled, 0644); })
          .After(kKeysAreReadAgainMs));
  rows->push_back(Encryption("StartStreamEncryption", "sealed", "alias/aws/kinesis")
                      .Before([](BrokerUnderTest& broker) { broker.SetMainKey(MainKey::kEnabled); })
                      .After(kKeysAreReadAgainMs));
}

}  // namespace

std::vector<Row> SettingRows() {
  std::vector<Row> rows;
  AddMode(&rows);
  AddRecordSize(&rows);
  AddRetention(&rows);
  AddMonitoring(&rows);
  return rows;
}

std::vector<Row> EncryptionRows() {
  std::vector<Row> rows;
  rows.push_back(Encryption("StartStreamEncryption", "sealed", "main"));
  rows.push_back(Succeeds("DescribeStreamSummary", R"({"StreamName": "sealed"})",
                          R"({"stream_name": "sealed"})"));
  AddEncryptionErrors(&rows);
  rows.push_back(Succeeds("PutRecord",
                          R"({"StreamName": "sealed", "PartitionKey": "k", "Data": "c2VjcmV0"})",
                          R"({"stream_name": "sealed", "partition_key": "k",
                              "data": "c2VjcmV0"})"));
  AddKeyStates(&rows);
  rows.push_back(Encryption("StopStreamEncryption", "sealed", "alias/aws/kinesis"));
  // It is not encrypted any more: nothing to do.
  rows.push_back(Encryption("StopStreamEncryption", "sealed", "main"));
  return rows;
}

}  // namespace penstock::conformance
