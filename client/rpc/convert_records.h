// Between the messages of penstock.v1 and the values of the public headers: records. Payload bytes
// are moved, never copied. Pure functions; a message that breaks the API's promises gives an
// INTERNAL error.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "penstock/records.h"
#include "penstock/subscription.h"
#include "penstock/v1/records.pb.h"

namespace penstock::rpc {

// INVALID_ARGUMENT where an entry cannot be sent, "records[3]: partition_key ...": proto3 strings
// are UTF-8, and what is not would be refused unread.
absl::StatusOr<v1::PutRecordsRequest> ToRequest(std::string_view stream_name,
                                                std::vector<PutRecordsEntry> entries,
                                                const PutRecordsOptions& options);
absl::StatusOr<v1::PutRecordRequest> ToRequest(std::string_view stream_name, PutRecordsEntry entry,
                                               const PutRecordOptions& options);
v1::GetShardIteratorRequest ToRequest(std::string_view stream_name, std::string_view shard_id,
                                      const IteratorPosition& position,
                                      const GetShardIteratorOptions& options);
v1::SubscribeToShardRequest ToRequest(const SubscribeToShardOptions& options);

PutRecordResult FromResponse(v1::PutRecordResponse response);
// INTERNAL unless there is one result for each of `entry_count` records.
absl::StatusOr<PutRecordsResult> FromResponse(v1::PutRecordsResponse response, int entry_count);
GetRecordsResult FromResponse(v1::GetRecordsResponse response);
SubscriptionEvent FromEvent(v1::SubscribeToShardEvent event);

// Of a record, a put or a stream; what is not said is none.
EncryptionType FromEncryption(v1::EncryptionType type);

}  // namespace penstock::rpc
