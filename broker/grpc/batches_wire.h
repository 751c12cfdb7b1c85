// The messages of penstock.v1.Batches, to and from what the record plane takes and gives.
//
// Requests are read by hand, field by field over the slices in which they came, so that the bytes of
// a batch are copied once, into the string that becomes the stored batch. Any order of the fields
// is read, unknown ones are skipped, and the last of a repeated single field counts, as protobuf
// has it. Answers are small and go through the generated class. Thread-safe, as nothing is kept.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include <grpcpp/support/byte_buffer.h>

#include "broker/record/put_batch.h"
#include "broker/stream/stream_snapshot.h"
#include "penstock/v1/batches.pb.h"

namespace penstock::broker {

struct PutBatchesMessage {
  uint64_t call_id = 0;
  // INVALID_ARGUMENT where the shard id or the sampled hash keys cannot be such: of this batch, not
  // of the call.
  absl::StatusOr<PutBatchRequest> request;
};

// INVALID_ARGUMENT where the bytes are not a PutBatchesRequest; INTERNAL (INTERNAL_FAILURE) where
// gRPC cannot give them.
absl::StatusOr<PutBatchesMessage> ParsePutBatches(const ::grpc::ByteBuffer& message);

// A PutBatchesResponse.
std::string EncodePutBatches(uint64_t call_id, const PutBatchResult& result);

// The open shards of `stream`, and its limits.
v1::ShardMap ToShardMap(const StreamSnapshot& stream);

}  // namespace penstock::broker
