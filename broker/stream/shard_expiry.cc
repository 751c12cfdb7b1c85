#include "broker/stream/shard_expiry.h"

#include <algorithm>
#include <utility>

#include "broker/stream/shard_filter.h"

namespace penstock::broker {

std::shared_ptr<const StreamSnapshot> ExpireShards(
    const std::shared_ptr<const StreamSnapshot>& stream, int64_t now_ms) {
  StreamConfig config = stream->config();
  std::vector<ShardInfo> kept;
  for (const ShardInfo& shard : stream->shards()) {
    if (HasExpired(config, shard, now_ms)) {
      config.expired_shards.push_back(shard.index);
    } else {
      kept.push_back(shard);
    }
  }
  if (kept.size() == stream->shards().size()) return stream;
  return std::make_shared<const StreamSnapshot>(std::move(config), std::move(kept));
}

std::shared_ptr<const StreamSnapshot> ForgetExpired(
    const std::shared_ptr<const StreamSnapshot>& stream, const std::vector<ShardIndex>& removed) {
  StreamConfig config = stream->config();
  const size_t forgotten = std::erase_if(config.expired_shards, [&](ShardIndex noted) {
    return std::find(removed.begin(), removed.end(), noted) != removed.end();
  });
  if (forgotten == 0) return stream;
  return std::make_shared<const StreamSnapshot>(std::move(config), stream->shards());
}

}  // namespace penstock::broker
