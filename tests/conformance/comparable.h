// What the doors give, in words that are the same for all of them.
//
// Names lose case and underscores, and a time its unit ("StreamCreationTimestamp" and
// "stream_creation_timestamp_ms" become "streamcreationtimestamp"); numbers become texts, times
// milliseconds, sequence numbers those of the shard, members of enums their name without prefix.
// Tokens say no more than that there is one. What one door nests and the other does not is brought
// up a level; what only one of them can say, ARNs and the fields that Kinesis does not know, is
// left out; so is what is empty, which gRPC says and AWS does not. Functions without state.
#pragma once

#include <nlohmann/json.hpp>

#include "broker/aws/shape.h"

namespace penstock::conformance {

// Checks the output against the model on the way: its types, what is required, patterns, names.
nlohmann::json ComparableOfAws(const broker::StructureShape& shape, const nlohmann::json& output);

// `output` as GrpcDoor gives it; `shape` is that of the same operation of Kinesis.
nlohmann::json ComparableOfGrpc(const broker::StructureShape& shape, const nlohmann::json& output);

}  // namespace penstock::conformance
