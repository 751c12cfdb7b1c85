// Between the messages of penstock.v1 and the values of the public headers. Payload bytes are
// moved, never copied. Pure functions; a message that breaks the API's promises gives an INTERNAL
// error.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "penstock/records.h"
#include "penstock/streams.h"
#include "penstock/v1/records.pb.h"
#include "penstock/v1/streams.pb.h"

namespace penstock::rpc {

// INVALID_ARGUMENT where an entry cannot be sent, "records[3]: partition_key ...": proto3 strings
// are UTF-8, and what is not would be refused unread.
absl::StatusOr<v1::PutRecordsRequest> ToRequest(std::string_view stream_name,
                                                std::vector<PutRecordsEntry> entries);
absl::StatusOr<v1::PutRecordRequest> ToRequest(std::string_view stream_name, PutRecordsEntry entry);
v1::GetShardIteratorRequest ToRequest(std::string_view stream_name, std::string_view shard_id,
                                      const IteratorPosition& position);

// INTERNAL unless there is one result for each of `entry_count` records.
absl::StatusOr<PutRecordsResult> FromResponse(v1::PutRecordsResponse response, int entry_count);
GetRecordsResult FromResponse(v1::GetRecordsResponse response);

StreamListPage FromResponse(v1::ListStreamsResponse response);
StreamDescription FromSummary(v1::StreamDescriptionSummary summary);
StreamPage FromResponse(v1::DescribeStreamResponse response);
ShardListPage FromResponse(v1::ListShardsResponse response);

}  // namespace penstock::rpc
