// The messages of the raw methods of penstock.v1.Records, read and written by hand.
//
// The wire is ordinary protobuf; what is gained is that payloads are not copied into a string each,
// and that a partition key which is not UTF-8 is answered by name instead of with a parser's
// failure. Unknown fields are skipped and the last of a repeated single field counts, as protobuf
// has it. records_wire_test.cc holds both directions against the generated classes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "broker/record/get_records_call.h"
#include "broker/record/put_call.h"
#include "broker/record/record_plane.h"
#include "broker/record/subscription.h"
#include "common/record.h"

namespace penstock::broker {

// Views into the message.
struct PutRecordMessage {
  std::string_view stream_name;
  RecordView record;
  PutOptions options;
};

struct PutRecordsMessage {
  std::string_view stream_name;
  std::vector<RecordView> records;
  PutOptions options;
};

// INVALID_ARGUMENT where `message` is not well-formed. ParsePutRecords: also where it has more
// records than a request may; they are counted before any is collected.
absl::StatusOr<PutRecordMessage> ParsePutRecord(std::string_view message);
absl::StatusOr<PutRecordsMessage> ParsePutRecords(std::string_view message);
absl::StatusOr<GetRecordsRequest> ParseGetRecords(std::string_view message);

// `result` and all results of a PutRecords as their responses.
std::string EncodePutRecord(const PutResult& result);
std::string EncodePutRecords(const std::vector<PutResult>& results);
// Copies each payload once, into the message.
std::string EncodeGetRecords(const GetRecordsResult& result);
std::string EncodeSubscriptionEvent(const SubscriptionEvent& event);

}  // namespace penstock::broker
