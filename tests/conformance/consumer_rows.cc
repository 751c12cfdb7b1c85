// Registered consumers.

#include "tests/conformance/rows.h"

namespace penstock::conformance {
namespace {

using enum ErrorReason;

// What the three doors say of one consumer by name.
Row Of(const std::string& operation, const std::string& stream, const std::string& consumer) {
  return Succeeds(
      operation, R"({"StreamARN": "${arn})" + stream + R"(", "ConsumerName": ")" + consumer + "\"}",
      R"({"stream_name": ")" + stream + R"(", "consumer_name": ")" + consumer + "\"}");
}

Row Failing(Row row, ErrorReason error, const std::string& aws_error = "") {
  row.error = error;
  row.aws_error = aws_error;
  return row;
}

void AddRegister(std::vector<Row>* rows) {
  const std::string operation = "RegisterStreamConsumer";
  rows->push_back(Of(operation, "orders", "audit")
                      .Keep("audit_arn", "/Consumer/ConsumerARN", "/consumer/consumer_name"));
  rows->push_back(Succeeds(operation,
                           R"({"StreamARN": "${arn}orders", "ConsumerName": "bill",
                               "Tags": {"team": "money"}})",
                           R"({"stream_name": "orders", "consumer_name": "bill",
                               "tags": [{"key": "team", "value": "money"}]})")
                      .Keep("bill_arn", "/Consumer/ConsumerARN", "/consumer/consumer_name"));
  rows->push_back(Of(operation, "orders", "copy"));
  rows->push_back(Failing(Of(operation, "orders", "audit"), kConsumerAlreadyExists));
  rows->push_back(Failing(Of(operation, "nowhere", "audit"), kStreamNotFound));
  rows->push_back(Failing(Of(operation, "orders", "a b"), kInvalidArgument, "ValidationException"));
  rows->push_back(Fails(kInvalidArgument, operation,
                        R"({"StreamARN": "${arn}orders", "ConsumerName": "dora",
                            "Tags": {"aws:a": "b"}})",
                        R"({"stream_name": "orders", "consumer_name": "dora",
                            "tags": [{"key": "aws:a", "value": "b"}]})"));
}

void AddDescribe(std::vector<Row>* rows) {
  const std::string operation = "DescribeStreamConsumer";
  rows->push_back(Of(operation, "orders", "audit"));
  rows->push_back(Succeeds(operation, R"({"ConsumerARN": "${bill_arn}"})",
                           R"({"stream_name": "orders", "consumer_name": "${bill_arn}"})"));
  rows->push_back(Failing(Of(operation, "orders", "nobody"), kConsumerNotFound));
  rows->push_back(Failing(Of(operation, "nowhere", "audit"), kStreamNotFound));
  rows->push_back(Fails(kInvalidArgument, operation, "{}", "{}"));
  // Of the name, but of an earlier one: gRPC has no name for it.
  rows->push_back(Fails(kConsumerNotFound, operation,
                        R"({"ConsumerARN": "${arn}orders/consumer/audit:1600000000"})", ""));
}

void AddList(std::vector<Row>* rows) {
  const std::string operation = "ListStreamConsumers";
  rows->push_back(
      Succeeds(operation, R"({"StreamARN": "${arn}orders"})", R"({"stream_name": "orders"})"));
  rows->push_back(Succeeds(operation, R"({"StreamARN": "${arn}orders", "MaxResults": 2})",
                           R"({"stream_name": "orders", "max_results": 2})")
                      .Keep("consumers", "/NextToken", "/next_token"));
  // StreamARN is required here, also with a token.
  rows->push_back(Succeeds(operation,
                           R"({"StreamARN": "${arn}orders", "NextToken": "${consumers}"})",
                           R"({"next_token": "${consumers}"})"));
  rows->push_back(Fails(kInvalidArgument, operation,
                        R"({"StreamARN": "${arn}orders", "NextToken": "made-up"})",
                        R"({"next_token": "made-up"})"));
  rows->push_back(Fails(kExpiredNextToken, operation,
                        R"({"StreamARN": "${arn}orders", "NextToken": "${consumers}"})",
                        R"({"next_token": "${consumers}"})")
                      .After(301'000));
  rows->push_back(Fails(kStreamNotFound, operation,
                        R"({"StreamARN": "${arn}orders", "StreamCreationTimestamp": 1600000000})",
                        R"({"stream_name": "orders",
                            "stream_creation_timestamp_ms": "1600000000000"})"));
  rows->push_back(Fails(kStreamNotFound, operation, R"({"StreamARN": "${arn}nowhere"})",
                        R"({"stream_name": "nowhere"})"));
  rows->push_back(FailsModel(operation, R"({"StreamARN": "${arn}orders", "MaxResults": 10001})",
                             R"({"stream_name": "orders", "max_results": 10001})"));
}

void AddDeregister(std::vector<Row>* rows) {
  const std::string operation = "DeregisterStreamConsumer";
  rows->push_back(Of(operation, "orders", "copy"));
  rows->push_back(Failing(Of(operation, "orders", "copy"), kConsumerNotFound));
  rows->push_back(Failing(Of(operation, "nowhere", "copy"), kStreamNotFound));
  rows->push_back(Fails(kInvalidArgument, operation, R"({"StreamARN": "${arn}orders"})",
                        R"({"stream_name": "orders"})"));
  rows->push_back(Of("RegisterStreamConsumer", "orders", "copy")
                      .Keep("copy_arn", "/Consumer/ConsumerARN", "/consumer/consumer_name"));
  rows->push_back(Succeeds(operation, R"({"ConsumerARN": "${copy_arn}"})",
                           R"({"stream_name": "orders", "consumer_name": "${copy_arn}"})"));
}

}  // namespace

std::vector<Row> ConsumerRows() {
  std::vector<Row> rows;
  AddRegister(&rows);
  AddDescribe(&rows);
  AddList(&rows);
  AddDeregister(&rows);
  return rows;
}

}  // namespace penstock::conformance
