// What the broker's errors are on the Kinesis wire: the exception comes from the one table of
// errors (common/error.h), the words from AWS where they are known (kinesalite, whose tests ran
// against AWS), because people search for them and some clients look into them. Fields are named as
// Kinesis names them. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

#include "broker/aws/aws_error.h"
#include "broker/aws/shape.h"

namespace penstock::broker {

// What a call was about, as far as it is known; empty where it is not.
struct CallSubject {
  std::string_view account_id;
  std::string_view stream_name;
  std::string_view shard_id;
};

AwsError DescribeError(const absl::Status& status, const AwsOperation& operation,
                       const CallSubject& subject);

// "records[3].partition_key" is "Records[3].PartitionKey".
std::string KinesisFieldName(std::string_view field);

// The ErrorCode and ErrorMessage of a record that PutRecords has not stored: one of the two that
// Kinesis has (Kinesis API, PutRecordsResultEntry).
AwsError DescribeRecordError(const absl::Status& status, const CallSubject& subject);

}  // namespace penstock::broker
