// Between the messages of penstock.v1.Batches and the producer's types.
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "client/producer/transport.h"
#include "penstock/v1/batches.pb.h"

namespace penstock::rpc {

// INTERNAL where the shards of the map do not tile all hash keys.
absl::StatusOr<producer::ShardMapPtr> FromShardMap(const v1::ShardMap& map);

producer::BatchAnswer FromPutBatchesResponse(const v1::PutBatchesResponse& response);

// A PutBatchesRequest up to the bytes of the batch, which are to follow.
std::string EncodePutBatchesPrefix(const producer::BatchToSend& batch);

}  // namespace penstock::rpc
