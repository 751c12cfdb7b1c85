// Tags, of streams by name and of streams and consumers by ARN.

#include "tests/conformance/rows.h"

namespace penstock::conformance {
namespace {

using enum ErrorReason;

constexpr const char* kNobody = "${arn}orders/consumer/nobody:1750000000";

void AddOfStreams(std::vector<Row>* rows) {
  rows->push_back(Succeeds(
      "AddTagsToStream",
      R"({"StreamName": "orders", "Tags": {"team": "sales", "stage": "test", "ümlaut": "é"}})",
      R"({"stream_name": "orders", "tags": [{"key": "team", "value": "sales"},
          {"key": "stage", "value": "test"}, {"key": "ümlaut", "value": "é"}]})"));
  rows->push_back(
      Succeeds("ListTagsForStream", R"({"StreamName": "orders"})", R"({"stream_name": "orders"})"));
  rows->push_back(Succeeds("ListTagsForStream", R"({"StreamName": "orders", "Limit": 1})",
                           R"({"stream_name": "orders", "limit": 1})"));
  rows->push_back(Succeeds("ListTagsForStream",
                           R"({"StreamName": "orders", "ExclusiveStartTagKey": "stage"})",
                           R"({"stream_name": "orders", "exclusive_start_tag_key": "stage"})"));
  rows->push_back(Succeeds("RemoveTagsFromStream",
                           R"({"StreamName": "orders", "TagKeys": ["stage", "other"]})",
                           R"({"stream_name": "orders", "tag_keys": ["stage", "other"]})"));
  rows->push_back(Fails(kInvalidArgument, "AddTagsToStream",
                        R"({"StreamName": "orders", "Tags": {"aws:team": "x"}})",
                        R"({"stream_name": "orders",
                            "tags": [{"key": "aws:team", "value": "x"}]})"));
  rows->push_back(FailsModel("AddTagsToStream", R"({"StreamName": "orders", "Tags": {}})",
                             R"({"stream_name": "orders"})"));
  rows->push_back(Fails(kStreamNotFound, "AddTagsToStream",
                        R"({"StreamName": "nowhere", "Tags": {"a": "b"}})",
                        R"({"stream_name": "nowhere", "tags": [{"key": "a", "value": "b"}]})"));
  rows->push_back(FailsModel("ListTagsForStream", R"({"StreamName": "orders", "Limit": 51})",
                             R"({"stream_name": "orders", "limit": 51})"));
  rows->push_back(Fails(kStreamNotFound, "ListTagsForStream", R"({"StreamName": "nowhere"})",
                        R"({"stream_name": "nowhere"})"));
  rows->push_back(Fails(kStreamNotFound, "RemoveTagsFromStream",
                        R"({"StreamName": "nowhere", "TagKeys": ["a"]})",
                        R"({"stream_name": "nowhere", "tag_keys": ["a"]})"));
  rows->push_back(Fails(kInvalidArgument, "RemoveTagsFromStream",
                        R"({"StreamName": "orders", "TagKeys": ["a*b"]})",
                        R"({"stream_name": "orders", "tag_keys": ["a*b"]})"));
  rows->push_back(FailsModel("RemoveTagsFromStream", R"({"StreamName": "orders", "TagKeys": []})",
                             R"({"stream_name": "orders"})"));
}

// More than a stream may have, less than the model's limit.
Row TooManyTags() {
  std::string aws;
  std::string grpc;
  for (int i = 0; i <= 50; ++i) {
    const std::string key = "k" + std::to_string(i);
    const std::string comma = i == 0 ? "" : ", ";
    aws += comma + "\"" + key + R"(": "v")";
    grpc += comma + R"({"key": ")" + key + R"(", "value": "v"})";
  }
  return Fails(kInvalidArgument, "AddTagsToStream",
               R"({"StreamName": "orders", "Tags": {)" + aws + "}}",
               R"({"stream_name": "orders", "tags": [)" + grpc + "]}");
}

void AddOfResources(std::vector<Row>* rows) {
  const auto aws = [](const std::string& arn, const std::string& more) {
    return R"({"ResourceARN": ")" + arn + "\"" + more + "}";
  };
  const std::string tags = R"(, "Tags": {"owner": "me"})";
  const std::string keys = R"(, "TagKeys": ["owner"])";
  const std::string grpc_tags = R"("tags": [{"key": "owner", "value": "me"}]})";
  const std::string grpc_keys = R"("tag_keys": ["owner"]})";
  struct Resource {
    std::string arn;
    std::string grpc;
    std::optional<ErrorReason> error;
  };
  for (const Resource& resource :
       {Resource{"${arn}orders", R"({"stream_name": "orders", )", std::nullopt},
        Resource{"${audit_arn}", R"({"stream_name": "orders", "consumer_name": "audit", )",
                 std::nullopt},
        Resource{"${arn}nowhere", R"({"stream_name": "nowhere", )", kStreamNotFound},
        Resource{kNobody, R"({"stream_name": "orders", "consumer_name": "nobody", )",
                 kConsumerNotFound}}) {
    const std::string list = resource.grpc.substr(0, resource.grpc.size() - 2) + "}";
    Row add = Succeeds("TagResource", aws(resource.arn, tags), resource.grpc + grpc_tags);
    Row listed = Succeeds("ListTagsForResource", aws(resource.arn, ""), list);
    Row remove = Succeeds("UntagResource", aws(resource.arn, keys), resource.grpc + grpc_keys);
    for (Row row : {add, listed, remove, listed, add}) {
      row.error = resource.error;
      rows->push_back(row);
    }
  }
  rows->push_back(FailsModel("TagResource", R"({"ResourceARN": "orders", "Tags": {"a": "b"}})",
                             R"({"stream_name": "", "tags": [{"key": "a", "value": "b"}]})"));
  rows->push_back(FailsModel("UntagResource", R"({"ResourceARN": "orders", "TagKeys": ["a"]})",
                             R"({"stream_name": "", "tag_keys": ["a"]})"));
  rows->push_back(
      FailsModel("ListTagsForResource", R"({"ResourceARN": "orders"})", R"({"stream_name": ""})"));
  rows->push_back(Fails(kInvalidArgument, "TagResource",
                        R"({"ResourceARN": "${arn}orders", "Tags": {"AWS:a": "b"}})",
                        R"({"stream_name": "orders", "tags": [{"key": "AWS:a", "value": "b"}]})"));
}

}  // namespace

std::vector<Row> TagRows() {
  std::vector<Row> rows;
  AddOfStreams(&rows);
  rows.push_back(TooManyTags());
  AddOfResources(&rows);
  return rows;
}

}  // namespace penstock::conformance
