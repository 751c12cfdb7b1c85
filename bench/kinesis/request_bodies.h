// Bodies of requests of the Kinesis API, in either format.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/kinesis/test_records.h"
#include "broker/aws/aws_format.h"

namespace penstock::bench {

std::string PutRecordsBody(broker::AwsFormat format, std::string_view stream,
                           const std::vector<TestRecord>& records);
std::string PutRecordBody(broker::AwsFormat format, std::string_view stream,
                          const TestRecord& record);
std::string GetRecordsBody(broker::AwsFormat format, std::string_view iterator, size_t limit);
// {"StreamName": ..., "ShardCount": ...}
std::string CreateStreamBody(broker::AwsFormat format, std::string_view stream, size_t shards);
// {"StreamName": ...}
std::string StreamNameBody(broker::AwsFormat format, std::string_view stream);

// What an answer says where no record has failed.
std::string_view NoneFailedText(broker::AwsFormat format);

}  // namespace penstock::bench
