#include "client/producer/reshard.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/check.h"

namespace penstock::producer {
namespace {

bool Overlap(const HashKeyRange& a, const HashKeyRange& b) {
  return a.first <= b.last && b.first <= a.last;
}

}  // namespace

QueueSet::QueueSet(const Options& options, Aggregator& aggregator)
    : options_(options), aggregator_(aggregator), random_(options.seed) {}

ShardQueue* QueueSet::Find(QueueId id) {
  const auto found = queues_.find(id);
  return found == queues_.end() ? nullptr : found->second.get();
}

ShardQueue& QueueSet::Make(const MappedShard& shard, bool is_rest) {
  ShardQueue::Options options;
  options.id = ++last_id_;
  options.shard = {map_->stream, shard.index};
  options.hash_keys = shard.hash_keys;
  // 0 would be none.
  do {
    options.producer_id = random_();
  } while (options.producer_id == 0);
  options.window = options_.window;
  options.fail_if_throttled = options_.fail_if_throttled;
  options.delays = options_.delays;
  options.seed = random_();
  options.limiter = LimiterOf(*map_);
  const QueueId id = options.id;
  links_[id].is_rest = is_rest;
  auto& queue = queues_[id];
  queue = std::make_unique<ShardQueue>(options);
  return *queue;
}

void QueueSet::Block(QueueId blocker, ShardQueue& blocked) {
  blocked.AddBlocker();
  links_[blocker].blocks.push_back(blocked.options().id);
}

std::vector<ClosedBatch> QueueSet::Install(const ShardMapPtr& map) {
  CHECK(map != nullptr && !map->shards.empty());
  if (map_ != nullptr && map_->stream == map->stream && map->version <= map_->version) {
    // The same shards; the stream's settings may be others.
    if (map->version == map_->version) Adapt(map);
    return {};
  }
  map_ = map;
  absl::flat_hash_map<ShardKey, QueueId> kept;
  for (const MappedShard& shard : map->shards) {
    const ShardKey key{map->stream, shard.index};
    if (const auto found = current_.find(key); found != current_.end()) kept[key] = found->second;
  }
  // Of shards that are no more, the rests of earlier reshards included.
  std::vector<ShardQueue*> ended;
  for (const auto& [id, queue] : queues_) {
    const ShardKey& key = queue->options().shard;
    if (key.stream == map->stream && map->Has(key.shard)) continue;
    ended.push_back(queue.get());
    if (key.stream != map->stream) queue->ForgetStored();
    if (links_[id].is_rest) queue->EndShard(links_[id].batches);
    changed_.push_back(id);
  }
  std::vector<Aggregator::Place> places;
  places.reserve(map->shards.size());
  current_.clear();
  for (const MappedShard& shard : map->shards) {
    const ShardKey key{map->stream, shard.index};
    QueueId& id = current_[key];
    if (const auto found = kept.find(key); found != kept.end()) {
      id = found->second;
      queues_[id]->SetLimiter(LimiterOf(*map));
    } else {
      ShardQueue& made = Make(shard, /*is_rest=*/false);
      id = made.options().id;
      for (ShardQueue* blocker : ended) {
        if (Overlap(blocker->options().hash_keys, shard.hash_keys))
          Block(blocker->options().id, made);
      }
    }
    places.push_back({shard, id, queues_[id]->options().producer_id});
  }
  Aggregator::Installed installed = aggregator_.Install(map->stream, places, map->record_bytes_max);
  for (const auto& [id, total] : installed.ended) {
    if (ShardQueue* const queue = Find(id); queue != nullptr) queue->EndShard(total);
  }
  return std::move(installed.closed);
}

bool QueueSet::WaitsForMap() const {
  return std::any_of(queues_.begin(), queues_.end(),
                     [](const auto& entry) { return entry.second->WaitsForMap(); });
}

RateLimiter QueueSet::LimiterOf(const ShardMap& map) const {
  return RateLimiter(map.write_records_per_second, map.write_bytes_per_second, options_.rate_limit);
}

void QueueSet::Adapt(const ShardMapPtr& map) {
  const bool other_limits = map->write_records_per_second != map_->write_records_per_second ||
                            map->write_bytes_per_second != map_->write_bytes_per_second;
  map_ = map;
  aggregator_.SetRecordBytesMax(map->record_bytes_max);
  if (!other_limits) return;
  for (const auto& [id, queue] : queues_) {
    queue->SetLimiter(LimiterOf(*map));
    changed_.push_back(id);
  }
}

std::vector<QueueId> QueueSet::Move(ShardQueue& from) {
  // By position in the map.
  struct Rest {
    ShardQueue* queue = nullptr;
    OpenBatch batch;
  };
  std::map<size_t, Rest> rests;
  const auto seal = [&](Rest& rest) {
    Links& links = links_[rest.queue->options().id];
    const ProducerStamp stamp{rest.queue->options().producer_id, 1, ++links.batches};
    rest.queue->Push(
        std::exchange(rest.batch, OpenBatch(options_.limits.For(map_->record_bytes_max)))
            .Seal(rest.queue->options().shard, stamp, options_.codec));
  };
  for (SealedBatch& batch : from.TakeLeft()) {
    Reopen(std::move(batch), [&](const RecordView& record, HashKey hash_key,
                                 PendingRecord pending) {
      const size_t position = map_->Route(hash_key);
      auto found = rests.find(position);
      if (found == rests.end()) {
        ShardQueue& made = Make(map_->shards[position], /*is_rest=*/true);
        found = rests
                    .emplace(position,
                             Rest{&made, OpenBatch(options_.limits.For(map_->record_bytes_max))})
                    .first;
      }
      Rest& rest = found->second;
      if (!rest.batch.Fits(record)) seal(rest);
      rest.batch.Add(record, hash_key, std::move(pending));
    });
  }
  std::vector<QueueId> made;
  for (auto& [position, rest] : rests) {
    seal(rest);
    made.push_back(rest.queue->options().id);
    changed_.push_back(made.back());
  }
  return made;
}

void QueueSet::Remove(QueueId id, const std::vector<QueueId>& instead) {
  for (const QueueId blocked_id : links_[id].blocks) {
    ShardQueue* const blocked = Find(blocked_id);
    if (blocked == nullptr) continue;
    blocked->RemoveBlocker();
    for (const QueueId rest : instead) {
      if (Overlap(queues_[rest]->options().hash_keys, blocked->options().hash_keys))
        Block(rest, *blocked);
    }
    changed_.push_back(blocked_id);
  }
  links_.erase(id);
  queues_.erase(id);
}

bool QueueSet::Advance(QueueId id) {
  ShardQueue* const queue = Find(id);
  if (queue == nullptr) return true;
  if (queue->IsSettled()) {
    const std::vector<QueueId> rests = Move(*queue);
    Remove(id, rests);
    return true;
  }
  if (links_[id].is_rest && queue->empty()) {
    Remove(id, {});
    return true;
  }
  return false;
}

}  // namespace penstock::producer
