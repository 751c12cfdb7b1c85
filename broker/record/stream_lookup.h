// FindServing and the rest: the stream that a data-plane call is about, if it takes and gives
// records now, its shard and its consumer.
#pragma once

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"

#include "broker/record/consumer_key.h"
#include "broker/stream/stream_snapshot.h"
#include "common/ids.h"

namespace penstock::broker {

// NOT_FOUND (STREAM_NOT_FOUND), also for what can be no stream's name, and while the stream is being
// created or deleted, as in Kinesis; INVALID_ARGUMENT for an empty name.
absl::StatusOr<std::shared_ptr<const StreamSnapshot>> FindServing(const StreamDirectory& directory,
                                                                  std::string_view stream_name);
absl::StatusOr<std::shared_ptr<const StreamSnapshot>> FindServing(const StreamDirectory& directory,
                                                                  StreamId id);

// INVALID_ARGUMENT for an empty name; NOT_FOUND (CONSUMER_NOT_FOUND).
absl::StatusOr<ConsumerKey> FindConsumerOf(const StreamSnapshot& stream,
                                           std::string_view consumer_name);

// Never null. NOT_FOUND (SHARD_NOT_FOUND).
absl::StatusOr<const ShardInfo*> FindShardOf(const StreamSnapshot& stream, ShardIndex shard);

}  // namespace penstock::broker
