// Expiry of closed shards: a shard whose records are all past the retention period goes.
//
//   closed ─▶ past retention ─▶ no longer the stream's, but noted ─▶ removed from the log ─▶ forgotten
//             (ExpireShards, stored)                                                (ForgetExpired, stored)
//
// Noted first and removed then: after a crash in between the next pass removes it, and the stream
// never names a shard that is not there. Pure functions; RetentionJob calls them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "broker/stream/stream_snapshot.h"

namespace penstock::broker {

// `stream` itself if there is nothing to expire.
std::shared_ptr<const StreamSnapshot> ExpireShards(
    const std::shared_ptr<const StreamSnapshot>& stream, int64_t now_ms);

// After `removed` have left the log. `stream` itself if it notes none of them.
std::shared_ptr<const StreamSnapshot> ForgetExpired(
    const std::shared_ptr<const StreamSnapshot>& stream, const std::vector<ShardIndex>& removed);

}  // namespace penstock::broker
