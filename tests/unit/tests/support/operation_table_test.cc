// The operation tables, run; and whether they are complete: each error that the Kinesis API lists
// for an operation is reached in its table, or cannot arise here for a reason that is given.
#include "tests/support/operation_table.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"

namespace penstock::testing {
namespace {

using Names = std::vector<std::string_view>;

const std::vector<OperationTable>& AllTables() {
  static const std::vector<OperationTable> tables = [] {
    std::vector<OperationTable> all;
    for (const auto& make : {StreamLifeTables, ReshardTables, SettingsTables, TagsTables,
                             ConsumerTables, AccountTables, PutTables, ReadTables}) {
      for (OperationTable& table : make()) all.push_back(std::move(table));
    }
    return all;
  }();
  return tables;
}

const OperationTable& TableNamed(std::string_view operation) {
  const auto found =
      std::find_if(AllTables().begin(), AllTables().end(),
                   [&](const OperationTable& table) { return table.operation() == operation; });
  REQUIRE(found != AllTables().end());
  return *found;
}

std::string ReasonIn(const absl::Status& status) {
  return status.ok() ? "OK" : std::string(TraitsOf(ReasonOf(status)).name);
}

void Run(std::string_view operation) {
  for (const OperationRow& row : TableNamed(operation).rows()) {
    const absl::Status status = row.run();
    INFO(operation << ", " << row.input << ": " << status.ToString());
    CHECK(ReasonIn(status) == row.expected);
    CHECK(FieldOf(status) == row.field);
    if (row.expected == "THROUGHPUT_EXCEEDED") CHECK(RetryAfterOf(status).value_or(0) > 0);
  }
}

TEST_CASE("table of PutRecord", "[operations]") {
  Run("PutRecord");
}
TEST_CASE("table of PutRecords", "[operations]") {
  Run("PutRecords");
}
TEST_CASE("table of GetShardIterator", "[operations]") {
  Run("GetShardIterator");
}
TEST_CASE("table of GetRecords", "[operations]") {
  Run("GetRecords");
}
TEST_CASE("table of ListShards", "[operations]") {
  Run("ListShards");
}
TEST_CASE("table of SubscribeToShard", "[operations]") {
  Run("SubscribeToShard");
}
TEST_CASE("table of RegisterStreamConsumer", "[operations]") {
  Run("RegisterStreamConsumer");
}
TEST_CASE("table of DeregisterStreamConsumer", "[operations]") {
  Run("DeregisterStreamConsumer");
}
TEST_CASE("table of DescribeStreamConsumer", "[operations]") {
  Run("DescribeStreamConsumer");
}
TEST_CASE("table of ListStreamConsumers", "[operations]") {
  Run("ListStreamConsumers");
}
TEST_CASE("table of CreateStream", "[operations]") {
  Run("CreateStream");
}
TEST_CASE("table of DeleteStream", "[operations]") {
  Run("DeleteStream");
}
TEST_CASE("table of DescribeStream", "[operations]") {
  Run("DescribeStream");
}
TEST_CASE("table of DescribeStreamSummary", "[operations]") {
  Run("DescribeStreamSummary");
}
TEST_CASE("table of ListStreams", "[operations]") {
  Run("ListStreams");
}
TEST_CASE("table of SplitShard", "[operations]") {
  Run("SplitShard");
}
TEST_CASE("table of MergeShards", "[operations]") {
  Run("MergeShards");
}
TEST_CASE("table of UpdateShardCount", "[operations]") {
  Run("UpdateShardCount");
}
TEST_CASE("table of UpdateStreamMode", "[operations]") {
  Run("UpdateStreamMode");
}
TEST_CASE("table of UpdateStreamWarmThroughput", "[operations]") {
  Run("UpdateStreamWarmThroughput");
}
TEST_CASE("table of UpdateMaxRecordSize", "[operations]") {
  Run("UpdateMaxRecordSize");
}
TEST_CASE("table of UpdateAccountSettings", "[operations]") {
  Run("UpdateAccountSettings");
}
TEST_CASE("table of DescribeAccountSettings", "[operations]") {
  Run("DescribeAccountSettings");
}
TEST_CASE("table of DescribeLimits", "[operations]") {
  Run("DescribeLimits");
}
TEST_CASE("table of IncreaseStreamRetentionPeriod", "[operations]") {
  Run("IncreaseStreamRetentionPeriod");
}
TEST_CASE("table of DecreaseStreamRetentionPeriod", "[operations]") {
  Run("DecreaseStreamRetentionPeriod");
}
TEST_CASE("table of AddTagsToStream", "[operations]") {
  Run("AddTagsToStream");
}
TEST_CASE("table of RemoveTagsFromStream", "[operations]") {
  Run("RemoveTagsFromStream");
}
TEST_CASE("table of ListTagsForStream", "[operations]") {
  Run("ListTagsForStream");
}
TEST_CASE("table of TagResource", "[operations]") {
  Run("TagResource");
}
TEST_CASE("table of UntagResource", "[operations]") {
  Run("UntagResource");
}
TEST_CASE("table of ListTagsForResource", "[operations]") {
  Run("ListTagsForResource");
}
TEST_CASE("table of EnableEnhancedMonitoring", "[operations]") {
  Run("EnableEnhancedMonitoring");
}
TEST_CASE("table of DisableEnhancedMonitoring", "[operations]") {
  Run("DisableEnhancedMonitoring");
}
TEST_CASE("table of StartStreamEncryption", "[operations]") {
  Run("StartStreamEncryption");
}
TEST_CASE("table of StopStreamEncryption", "[operations]") {
  Run("StopStreamEncryption");
}

// Errors by operation: Kinesis API reference (apiVersion 2013-12-02), without the suffix.
const std::vector<std::pair<std::string_view, Names>>& KinesisErrors() {
  static const std::vector<std::pair<std::string_view, Names>> errors = {
      {"PutRecord",
       {"ResourceNotFound", "InvalidArgument", "ProvisionedThroughputExceeded", "KMSDisabled",
        "KMSInvalidState", "KMSAccessDenied", "KMSNotFound", "KMSOptInRequired", "KMSThrottling",
        "AccessDenied", "InternalFailure"}},
      {"PutRecords",
       {"ResourceNotFound", "InvalidArgument", "ProvisionedThroughputExceeded", "KMSDisabled",
        "KMSInvalidState", "KMSAccessDenied", "KMSNotFound", "KMSOptInRequired", "KMSThrottling",
        "AccessDenied", "InternalFailure"}},
      {"GetShardIterator",
       {"ResourceNotFound", "InvalidArgument", "ProvisionedThroughputExceeded", "AccessDenied",
        "InternalFailure"}},
      {"GetRecords",
       {"ResourceNotFound", "InvalidArgument", "ProvisionedThroughputExceeded", "ExpiredIterator",
        "KMSDisabled", "KMSInvalidState", "KMSAccessDenied", "KMSNotFound", "KMSOptInRequired",
        "KMSThrottling", "AccessDenied", "InternalFailure"}},
      {"ListShards",
       {"ResourceNotFound", "InvalidArgument", "LimitExceeded", "ExpiredNextToken", "ResourceInUse",
        "AccessDenied"}},
      {"SubscribeToShard",
       {"ResourceNotFound", "InvalidArgument", "ResourceInUse", "LimitExceeded", "AccessDenied"}},
      {"RegisterStreamConsumer",
       {"InvalidArgument", "LimitExceeded", "ResourceInUse", "ResourceNotFound"}},
      {"DeregisterStreamConsumer", {"LimitExceeded", "ResourceNotFound", "InvalidArgument"}},
      {"DescribeStreamConsumer", {"LimitExceeded", "ResourceNotFound", "InvalidArgument"}},
      {"ListStreamConsumers",
       {"ResourceNotFound", "InvalidArgument", "LimitExceeded", "ExpiredNextToken",
        "ResourceInUse"}},
      {"CreateStream", {"ResourceInUse", "LimitExceeded", "InvalidArgument", "Validation"}},
      {"DeleteStream",
       {"ResourceNotFound", "LimitExceeded", "ResourceInUse", "InvalidArgument", "AccessDenied"}},
      {"DescribeStream", {"ResourceNotFound", "LimitExceeded", "InvalidArgument", "AccessDenied"}},
      {"DescribeStreamSummary",
       {"ResourceNotFound", "LimitExceeded", "InvalidArgument", "AccessDenied"}},
      {"ListStreams", {"LimitExceeded", "ExpiredNextToken", "InvalidArgument"}},
      {"SplitShard",
       {"ResourceNotFound", "ResourceInUse", "InvalidArgument", "LimitExceeded", "Validation",
        "AccessDenied"}},
      {"MergeShards",
       {"ResourceNotFound", "ResourceInUse", "InvalidArgument", "LimitExceeded", "Validation",
        "AccessDenied"}},
      {"UpdateShardCount",
       {"InvalidArgument", "LimitExceeded", "ResourceInUse", "ResourceNotFound", "Validation",
        "AccessDenied"}},
      {"UpdateStreamMode",
       {"InvalidArgument", "LimitExceeded", "ResourceInUse", "ResourceNotFound", "Validation"}},
      {"UpdateStreamWarmThroughput",
       {"AccessDenied", "ResourceNotFound", "LimitExceeded", "InvalidArgument", "ResourceInUse",
        "Validation"}},
      {"UpdateMaxRecordSize",
       {"ResourceInUse", "ResourceNotFound", "LimitExceeded", "InvalidArgument", "AccessDenied",
        "Validation"}},
      {"UpdateAccountSettings", {"InvalidArgument", "Validation", "LimitExceeded"}},
      {"DescribeAccountSettings", {"LimitExceeded"}},
      {"DescribeLimits", {"LimitExceeded"}},
      {"IncreaseStreamRetentionPeriod",
       {"ResourceInUse", "ResourceNotFound", "LimitExceeded", "InvalidArgument", "AccessDenied"}},
      {"DecreaseStreamRetentionPeriod",
       {"ResourceInUse", "ResourceNotFound", "LimitExceeded", "InvalidArgument", "AccessDenied"}},
      {"AddTagsToStream",
       {"ResourceNotFound", "ResourceInUse", "InvalidArgument", "LimitExceeded", "AccessDenied"}},
      {"RemoveTagsFromStream",
       {"ResourceNotFound", "ResourceInUse", "InvalidArgument", "LimitExceeded", "AccessDenied"}},
      {"ListTagsForStream",
       {"ResourceNotFound", "InvalidArgument", "LimitExceeded", "AccessDenied"}},
      {"TagResource",
       {"ResourceNotFound", "ResourceInUse", "InvalidArgument", "LimitExceeded", "AccessDenied"}},
      {"UntagResource",
       {"ResourceNotFound", "ResourceInUse", "InvalidArgument", "LimitExceeded", "AccessDenied"}},
      {"ListTagsForResource",
       {"ResourceNotFound", "ResourceInUse", "InvalidArgument", "LimitExceeded", "AccessDenied"}},
      {"EnableEnhancedMonitoring",
       {"InvalidArgument", "LimitExceeded", "ResourceInUse", "ResourceNotFound", "AccessDenied"}},
      {"DisableEnhancedMonitoring",
       {"InvalidArgument", "LimitExceeded", "ResourceInUse", "ResourceNotFound", "AccessDenied"}},
      {"StartStreamEncryption",
       {"InvalidArgument", "LimitExceeded", "ResourceInUse", "ResourceNotFound", "KMSDisabled",
        "KMSInvalidState", "KMSAccessDenied", "KMSNotFound", "KMSOptInRequired", "KMSThrottling",
        "AccessDenied"}},
      {"StopStreamEncryption",
       {"InvalidArgument", "LimitExceeded", "ResourceInUse", "ResourceNotFound", "AccessDenied"}},
  };
  return errors;
}

struct Exemption {
  std::string_view error;
  std::string_view why;
  // Empty: all.
  Names operations;
};

const std::vector<Exemption>& Exemptions() {
  static const std::vector<Exemption> exemptions = {
      {"AccessDenied", "comes with authorization", {}},
      {"KMSOptInRequired", "a subscription of AWS: no key service here asks for one", {}},
      {"LimitExceeded",
       "Kinesis limits calls of the control plane by their rate; here they are answered from "
       "memory, or one by one, and no other limit of these is told so",
       {"ListShards",
        "DeregisterStreamConsumer",
        "DescribeStreamConsumer",
        "ListStreamConsumers",
        "DeleteStream",
        "DescribeStream",
        "DescribeStreamSummary",
        "ListStreams",
        "UpdateStreamWarmThroughput",
        "UpdateMaxRecordSize",
        "UpdateAccountSettings",
        "DescribeAccountSettings",
        "DescribeLimits",
        "IncreaseStreamRetentionPeriod",
        "DecreaseStreamRetentionPeriod",
        "AddTagsToStream",
        "RemoveTagsFromStream",
        "ListTagsForStream",
        "TagResource",
        "UntagResource",
        "ListTagsForResource",
        "EnableEnhancedMonitoring",
        "DisableEnhancedMonitoring"}},
      {"Validation",
       "of values of the wrong form, which the AWS wire refuses before it calls the operation",
       {"CreateStream", "UpdateStreamMode", "UpdateMaxRecordSize", "UpdateAccountSettings"}},
      {"ResourceInUse",
       "reads what is stored, whatever state the stream is in",
       {"ListStreamConsumers", "ListTagsForResource"}},
  };
  return exemptions;
}

bool IsExempt(std::string_view operation, std::string_view error) {
  return std::any_of(Exemptions().begin(), Exemptions().end(), [&](const Exemption& exemption) {
    const Names& of = exemption.operations;
    return exemption.error == error &&
           (of.empty() || std::find(of.begin(), of.end(), operation) != of.end());
  });
}

std::set<std::string_view> ErrorsReached(const OperationTable& table) {
  std::set<std::string_view> errors;
  for (const OperationRow& row : table.rows()) {
    if (const auto reason = ParseErrorReason(row.expected))
      errors.insert(TraitsOf(*reason).kinesis_name);
  }
  return errors;
}

TEST_CASE("there is one table for each operation of Kinesis, and no other", "[operations]") {
  std::multiset<std::string_view> tables;
  for (const OperationTable& table : AllTables()) tables.insert(table.operation());
  std::multiset<std::string_view> operations;
  for (const auto& [operation, errors] : KinesisErrors()) operations.insert(operation);
  CHECK(operations.size() == 36);
  CHECK(tables == operations);
}

TEST_CASE("each error of each operation is reached, or cannot arise", "[operations]") {
  for (const auto& [operation, errors] : KinesisErrors()) {
    const std::set<std::string_view> reached = ErrorsReached(TableNamed(operation));
    for (const std::string_view error : errors) {
      INFO(operation << ": " << error);
      // One of the two: an exemption for what is reached is out of date.
      CHECK(reached.contains(error) != IsExempt(operation, error));
    }
  }
}

TEST_CASE("no operation has an error that Kinesis does not list for it", "[operations]") {
  for (const auto& [operation, errors] : KinesisErrors()) {
    for (const std::string_view error : ErrorsReached(TableNamed(operation))) {
      INFO(operation << ": " << error);
      const bool is_listed = std::find(errors.begin(), errors.end(), error) != errors.end();
      // Newer than the lists; and any call may fail within.
      CHECK((is_listed || error == "DryRunOperation" || error == "InternalFailure"));
    }
  }
}

TEST_CASE("exemptions name operations that have the error", "[operations]") {
  const auto lists = [](std::string_view operation, std::string_view error) {
    return std::any_of(KinesisErrors().begin(), KinesisErrors().end(), [&](const auto& entry) {
      const Names& errors = entry.second;
      return entry.first == operation &&
             std::find(errors.begin(), errors.end(), error) != errors.end();
    });
  };
  for (const Exemption& exemption : Exemptions()) {
    for (const std::string_view operation : exemption.operations) {
      INFO(exemption.error << ": " << operation);
      CHECK(lists(operation, exemption.error));
    }
  }
}

}  // namespace
}  // namespace penstock::testing
