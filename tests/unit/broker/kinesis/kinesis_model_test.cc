#include "broker/kinesis/kinesis_model.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "broker/kinesis/kinesis_patterns.h"
#include "tests/unit/broker/aws/test_model.h"

namespace penstock::broker {
namespace {

const StructureShape& InputOf(std::string_view operation) {
  const AwsOperation* found = KinesisModel().Find(operation);
  REQUIRE(found != nullptr);
  return *found->input;
}

const Shape& MemberOf(std::string_view operation, std::string_view member) {
  const MemberShape* found = InputOf(operation).Find(member);
  REQUIRE(found != nullptr);
  return *found->shape;
}

// Every structure and shape that operations reach, inputs and outputs.
void ForEachShape(const std::function<void(const Shape&)>& visit) {
  std::set<const Shape*> seen;
  std::function<void(const StructureShape&)> structure;
  const std::function<void(const Shape*)> shape = [&](const Shape* found) {
    if (found == nullptr || !seen.insert(found).second) return;
    visit(*found);
    shape(found->member);
    shape(found->key);
    if (found->structure != nullptr) structure(*found->structure);
  };
  structure = [&](const StructureShape& found) {
    for (const MemberShape& member : found.members) shape(member.shape);
  };
  for (const AwsOperation& operation : KinesisModel().operations) {
    structure(*operation.input);
    if (operation.output != nullptr) structure(*operation.output);
  }
}

TEST_CASE("the model has the 39 operations, by name", "[kinesis]") {
  const AwsModel& model = KinesisModel();
  CHECK(model.target_prefix == "Kinesis_20131202");
  CHECK(model.operations.size() == 39);
  CHECK(std::is_sorted(model.operations.begin(), model.operations.end(),
                       [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const AwsOperation& operation : model.operations) {
    INFO(operation.name);
    CHECK(model.Find(operation.name) == &operation);
    REQUIRE(operation.input != nullptr);
    CHECK(operation.input->name == std::string(operation.name) + "Input");
    CHECK_FALSE(operation.errors.empty());
  }
  CHECK(std::count_if(model.operations.begin(), model.operations.end(),
                      [](const AwsOperation& o) { return o.output != nullptr; }) == 22);
  CHECK(model.Find("putRecord") == nullptr);
  CHECK(model.Find("") == nullptr);
}

TEST_CASE("PutRecords has its shapes and limits", "[kinesis]") {
  const Shape& records = MemberOf("PutRecords", "Records");
  CHECK(records.kind == ShapeKind::kList);
  CHECK(records.min == 1);
  CHECK(records.max == 500);
  CHECK(InputOf("PutRecords").Find("Records")->required);
  CHECK_FALSE(InputOf("PutRecords").Find("StreamName")->required);
  const StructureShape& entry = *records.member->structure;
  CHECK(entry.name == "PutRecordsRequestEntry");
  CHECK(entry.Find("Data")->shape->kind == ShapeKind::kBlob);
  CHECK(entry.Find("Data")->shape->min == 0);
  CHECK(entry.Find("Data")->shape->max == 10485760);
  CHECK(entry.Find("PartitionKey")->shape->max == 256);
  CHECK(entry.Find("PartitionKey")->required);
  CHECK(entry.Find("ExplicitHashKey")->shape->matches == &IsHashKeyText);
}

TEST_CASE("shapes of every kind are as the model has them", "[kinesis]") {
  CHECK(MemberOf("GetRecords", "Limit").kind == ShapeKind::kInteger);
  CHECK(MemberOf("GetRecords", "Limit").max == 10000);
  CHECK(MemberOf("GetShardIterator", "Timestamp").kind == ShapeKind::kTimestamp);
  CHECK(MemberOf("GetShardIterator", "ShardIteratorType").values.size() == 5);
  CHECK(MemberOf("DeleteStream", "EnforceConsumerDeletion").kind == ShapeKind::kBoolean);
  const Shape& tags = MemberOf("AddTagsToStream", "Tags");
  CHECK(tags.kind == ShapeKind::kMap);
  CHECK(tags.key->max == 128);
  CHECK(tags.member->max == 256);
  CHECK(tags.min == 1);
  CHECK(tags.max == 200);
  CHECK_FALSE(MemberOf("IncreaseStreamRetentionPeriod", "RetentionPeriodHours").max.has_value());
  const MemberShape* behind = KinesisModel().Find("GetRecords")->output->Find("MillisBehindLatest");
  REQUIRE(behind != nullptr);
  CHECK(behind->shape->kind == ShapeKind::kLong);
}

TEST_CASE("five operations have DryRun, and its error", "[kinesis]") {
  const std::set<std::string_view> with = {"PutRecord", "PutRecords", "GetRecords",
                                           "GetShardIterator", "SubscribeToShard"};
  for (const AwsOperation& operation : KinesisModel().operations) {
    INFO(operation.name);
    const MemberShape* dry_run = operation.input->Find("DryRun");
    const auto& errors = operation.errors;
    CHECK((dry_run != nullptr) == with.contains(operation.name));
    CHECK((std::find(errors.begin(), errors.end(), "DryRunOperationException") != errors.end()) ==
          with.contains(operation.name));
    if (dry_run != nullptr) CHECK(dry_run->shape->kind == ShapeKind::kBoolean);
  }
}

TEST_CASE("every pattern has a matcher, and every matcher a pattern of the model", "[kinesis]") {
  std::set<std::string_view> used;
  ForEachShape([&used](const Shape& shape) {
    INFO(shape.name);
    CHECK(shape.pattern.empty() == (shape.matches == nullptr));
    if (shape.pattern.empty()) return;
    used.insert(shape.pattern);
    const auto* const found =
        std::find_if(std::begin(kKinesisPatterns), std::end(kKinesisPatterns),
                     [&shape](const auto& known) { return known.first == shape.pattern; });
    REQUIRE(found != std::end(kKinesisPatterns));
    CHECK(found->second == shape.matches);
  });
  CHECK(used.size() == std::size(kKinesisPatterns));
}

TEST_CASE("shapes are whole", "[kinesis]") {
  size_t count = 0;
  ForEachShape([&count](const Shape& shape) {
    ++count;
    INFO(shape.name);
    CHECK_FALSE(shape.name.empty());
    CHECK((shape.structure != nullptr) == (shape.kind == ShapeKind::kStructure));
    CHECK((shape.key != nullptr) == (shape.kind == ShapeKind::kMap));
    CHECK((shape.member != nullptr) ==
          (shape.kind == ShapeKind::kMap || shape.kind == ShapeKind::kList));
    if (shape.min && shape.max) CHECK(*shape.min <= *shape.max);
  });
  CHECK(count > 60);
}

TEST_CASE("calls of Kinesis are bound and checked", "[kinesis]") {
  using test_model::BindJson;
  CHECK(BindJson(R"({"StreamName":"s","StreamId":"abcdefghij0123456789-abc","ShardCount":1})",
                 InputOf("CreateStream")) == "OK");
  CHECK(BindJson(R"({"StreamName":"s","Records":[]})", InputOf("PutRecords")) ==
        "ValidationException: 1 validation error detected: Value '[]' at 'records' failed to "
        "satisfy constraint: Member must have length greater than or equal to 1");
  CHECK(BindJson(R"({"StreamName":"a b"})", InputOf("DescribeStream")) ==
        "ValidationException: 1 validation error detected: Value 'a b' at 'streamName' failed to "
        "satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
  CHECK(BindJson(R"({"Records":[{"Data":"","PartitionKey":"k"},{"Data":"","PartitionKey":""}]})",
                 InputOf("PutRecords")) ==
        "ValidationException: 1 validation error detected: Value '' at "
        "'records.2.member.partitionKey' failed to satisfy constraint: Member must have length "
        "greater than or equal to 1");
}

}  // namespace
}  // namespace penstock::broker
