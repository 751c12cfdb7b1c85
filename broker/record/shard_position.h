// ShardPosition: a place in a shard, and the shard iterator that is its sealed form.
//
// Payload of the iterator, little-endian: stream id (8 bytes), shard index (4), next sequence
// number (8). It names the stream by id, so that an iterator of a deleted stream does not read from
// a new one of the same name.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "broker/token/token_codec.h"
#include "common/clock.h"
#include "common/ids.h"

namespace penstock::broker {

struct ShardPosition {
  ShardKey shard;
  // Number of the next record to give.
  SequenceNumber next;

  friend bool operator==(const ShardPosition&, const ShardPosition&) = default;
};

std::string SealShardIterator(const TokenCodec& tokens, const ShardPosition& position);

// INVALID_ARGUMENT (INVALID_ITERATOR) unless SealShardIterator made it with the same key;
// FAILED_PRECONDITION (EXPIRED_ITERATOR) when it is older than kIteratorLifetimeMs.
absl::StatusOr<ShardPosition> OpenShardIterator(const TokenCodec& tokens, const Clock& clock,
                                                std::string_view iterator);

}  // namespace penstock::broker
