#include "broker/stream/reshard_plan.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

#include "common/check.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

absl::Status Invalid(std::string_view what) {
  return MakeError(ErrorReason::kInvalidArgument, what);
}

HashKey Before(HashKey key) {
  return HashKey(key.value() - 1);
}

// Gives the children of a switch their indexes, and keeps each parent to one use.
class SwitchBuilder {
 public:
  explicit SwitchBuilder(const StreamSnapshot& stream)
      : stream_(stream), next_index_(stream.config().next_shard_index) {}

  absl::StatusOr<const ShardInfo*> Take(ShardIndex index) {
    const ShardInfo* const shard = stream_.FindShard(index);
    const std::string& name = stream_.config().name;
    if (shard == nullptr) {
      return MakeError(
          ErrorReason::kShardNotFound,
          absl::StrCat("shard ", FormatShardId(index), " does not exist in stream ", name));
    }
    if (!shard->open()) {
      return Invalid(
          absl::StrCat("shard ", FormatShardId(index), " of stream ", name, " is closed"));
    }
    if (!taken_.insert(index).second) {
      return Invalid(absl::StrCat("shard ", FormatShardId(index), " is named twice"));
    }
    return shard;
  }

  void AddChild(HashKeyRange hash_keys, std::vector<ShardIndex> parents) {
    plan_.children.push_back({next_index_, hash_keys, std::move(parents)});
    next_index_ = next_index_.Next();
  }

  void Split(const ShardInfo& shard, HashKey at) {
    AddChild({shard.hash_keys.first, Before(at)}, {shard.index});
    AddChild({at, shard.hash_keys.last}, {shard.index});
  }

  ReshardPlan Build() && { return std::move(plan_); }

 private:
  const StreamSnapshot& stream_;
  ShardIndex next_index_;
  std::set<ShardIndex> taken_;
  ReshardPlan plan_;
};

std::vector<const ShardInfo*> OpenByRange(const StreamSnapshot& stream) {
  std::vector<const ShardInfo*> open;
  for (const ShardInfo& shard : stream.shards()) {
    if (shard.open()) open.push_back(&shard);
  }
  std::sort(open.begin(), open.end(), [](const ShardInfo* a, const ShardInfo* b) {
    return a->hash_keys.first < b->hash_keys.first;
  });
  return open;
}

// The first hash keys of the targets that lie inside the range and are not its own first.
std::vector<HashKey> BordersInside(const HashKeyRange& range,
                                   const std::vector<HashKeyRange>& targets) {
  std::vector<HashKey> borders;
  const auto above =
      std::upper_bound(targets.begin(), targets.end(), range.first,
                       [](HashKey key, const HashKeyRange& target) { return key < target.first; });
  for (auto it = above; it != targets.end() && it->first <= range.last; ++it) {
    borders.push_back(it->first);
  }
  return borders;
}

bool SameTarget(const HashKeyRange& a, const HashKeyRange& b,
                const std::vector<HashKeyRange>& targets) {
  return BordersInside({a.first, b.last}, targets).empty();
}

}  // namespace

absl::StatusOr<ReshardPlan> PlanSwitch(const StreamSnapshot& stream,
                                       const std::vector<ShardSplit>& splits,
                                       const std::vector<ShardMerge>& merges) {
  SwitchBuilder builder(stream);
  for (const ShardSplit& split : splits) {
    ASSIGN_OR_RETURN(const ShardInfo* const shard, builder.Take(split.shard));
    if (split.new_starting_hash_key <= shard->hash_keys.first ||
        split.new_starting_hash_key > shard->hash_keys.last) {
      return Invalid(absl::StrCat("hash key ", split.new_starting_hash_key.ToDecimal(),
                                  " does not split shard ", FormatShardId(split.shard),
                                  ", which has ", shard->hash_keys.first.ToDecimal(), " to ",
                                  shard->hash_keys.last.ToDecimal()));
    }
    builder.Split(*shard, split.new_starting_hash_key);
  }
  for (const auto& [merged, adjacent] : merges) {
    ASSIGN_OR_RETURN(const ShardInfo* const a, builder.Take(merged));
    ASSIGN_OR_RETURN(const ShardInfo* const b, builder.Take(adjacent));
    const ShardInfo& low = a->hash_keys.first < b->hash_keys.first ? *a : *b;
    const ShardInfo& high = &low == a ? *b : *a;
    // Both are open, so that the lower one does not end at the highest hash key.
    if (low.hash_keys.last.value() + 1 != high.hash_keys.first.value()) {
      return Invalid(absl::StrCat("shards ", FormatShardId(merged), " and ",
                                  FormatShardId(adjacent), " of stream ", stream.config().name,
                                  " are not an adjacent pair of shards eligible for merging"));
    }
    builder.AddChild({low.hash_keys.first, high.hash_keys.last}, {merged, adjacent});
  }
  return std::move(builder).Build();
}

std::optional<ReshardPlan> PlanShardCount(const StreamSnapshot& stream, uint32_t target) {
  const std::vector<HashKeyRange> targets = UniformRanges(target);
  const std::vector<const ShardInfo*> open = OpenByRange(stream);
  SwitchBuilder builder(stream);
  for (size_t i = 0; i < open.size(); ++i) {
    const ShardInfo& shard = *open[i];
    const std::vector<HashKey> borders = BordersInside(shard.hash_keys, targets);
    if (!borders.empty()) {
      builder.Split(shard, borders[borders.size() / 2]);
      continue;
    }
    if (i + 1 < open.size() && SameTarget(shard.hash_keys, open[i + 1]->hash_keys, targets)) {
      const ShardInfo& next = *open[++i];
      builder.AddChild({shard.hash_keys.first, next.hash_keys.last}, {shard.index, next.index});
    }
  }
  ReshardPlan plan = std::move(builder).Build();
  if (plan.children.empty()) return std::nullopt;
  plan.target_shard_count = target;
  return plan;
}

SequenceNumber FirstNumberOf(const PlannedShard& child, const ParentEnds& ends) {
  SequenceNumber last;
  for (const ShardIndex parent : child.parents) {
    const auto end = ends.find(parent);
    CHECK(end != ends.end());
    last = std::max(last, end->second);
  }
  return last.Next();
}

std::shared_ptr<const StreamSnapshot> ApplySwitch(const StreamSnapshot& stream,
                                                  const ParentEnds& ends, int64_t now_ms) {
  StreamConfig config = stream.config();
  CHECK(config.reshard.has_value());
  const ReshardPlan plan = *std::move(config.reshard);
  config.reshard.reset();
  config.status = StreamStatus::kActive;

  std::vector<ShardInfo> shards = stream.shards();
  for (ShardInfo& shard : shards) {
    const auto end = ends.find(shard.index);
    if (end == ends.end()) continue;
    shard.ending_sequence_number = end->second;
    shard.closed_timestamp_ms = now_ms;
  }
  for (const PlannedShard& child : plan.children) {
    shards.push_back({child.index, child.hash_keys, FirstNumberOf(child, ends), std::nullopt,
                      child.parents, now_ms, std::nullopt});
    config.next_shard_index = child.index.Next();
  }
  return std::make_shared<const StreamSnapshot>(std::move(config), std::move(shards));
}

}  // namespace penstock::broker
