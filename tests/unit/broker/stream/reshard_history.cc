#include "tests/unit/broker/stream/reshard_history.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "common/hash_key.h"

namespace penstock::broker {
namespace {

// A run that goes wrong goes wrong all over: the first faults tell.
constexpr size_t kFaultsMax = 20;

// Of the open shards, in words; nothing if they are all hash keys, each once.
std::optional<std::string> TilingFault(const StreamSnapshot& stream) {
  std::vector<HashKeyRange> ranges;
  for (const ShardInfo& shard : stream.shards()) {
    if (shard.open()) ranges.push_back(shard.hash_keys);
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const HashKeyRange& a, const HashKeyRange& b) { return a.first < b.first; });
  if (ranges.empty()) return "no shard is open";
  if (ranges.front().first != HashKey()) return "the lowest hash keys are nobody's";
  if (ranges.back().last != HashKey::Max()) return "the highest hash keys are nobody's";
  for (size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].first.value() == ranges[i - 1].last.value() + 1) continue;
    return absl::StrCat("a gap or an overlap below ", ranges[i].first.ToDecimal());
  }
  return std::nullopt;
}

}  // namespace

std::string ReshardHistory::DataOf(std::string_view partition_key, uint64_t n) {
  return std::string(partition_key).append("/").append(std::to_string(n));
}

std::string ReshardHistory::Describe(const std::string& data, const Place& place) {
  return absl::StrCat("record ", data, " at ", FormatShardId(place.shard), " ",
                      place.number.value());
}

void ReshardHistory::Acknowledge(const std::string& data, ShardIndex shard, SequenceNumber number) {
  MutexLock lock(mutex_);
  const Place place{shard, number};
  const auto [known, is_new] = acknowledged_.emplace(data, place);
  if (is_new || known->second == place) return;
  AddFaultLocked(absl::StrCat(Describe(data, known->second), " was put again and acknowledged at ",
                              FormatShardId(shard), " ", number.value()));
}

void ReshardHistory::AddFault(std::string fault) {
  MutexLock lock(mutex_);
  AddFaultLocked(std::move(fault));
}

void ReshardHistory::AddFaultLocked(std::string fault) {
  if (faults_.size() < kFaultsMax) faults_.push_back(std::move(fault));
}

void ReshardHistory::AddSnapshot(const StreamSnapshot& stream) {
  MutexLock lock(mutex_);
  if (auto fault = TilingFault(stream)) AddFaultLocked(*std::move(fault));
  for (const ShardInfo& shard : stream.shards()) {
    for (const ShardIndex index : shard.parents) {
      const ShardInfo* const parent = stream.FindShard(index);
      if (parent == nullptr) continue;
      if (!parent->open() && *parent->ending_sequence_number < shard.starting_sequence_number)
        continue;
      AddFaultLocked(absl::StrCat(FormatShardId(shard.index), " does not begin above its parent ",
                                  FormatShardId(index)));
    }
  }
}

size_t ReshardHistory::acknowledged() const {
  MutexLock lock(mutex_);
  return acknowledged_.size();
}

std::vector<std::string> ReshardHistory::Check(const StreamSnapshot& stream,
                                               const KeptShards& kept) {
  MutexLock lock(mutex_);
  found_.clear();
  last_of_key_.clear();
  // Shards are numbered in order of creation: parents come first.
  for (const ShardInfo& shard : stream.shards()) {
    const auto records = kept.find(shard.index);
    if (records != kept.end()) CheckShard(shard, records->second);
  }
  for (const auto& [data, place] : acknowledged_) {
    const auto found = found_.find(data);
    if (found == found_.end()) {
      AddFaultLocked(absl::StrCat(Describe(data, place), " was acknowledged and is not there"));
    } else if (!(found->second == place)) {
      AddFaultLocked(absl::StrCat(Describe(data, found->second), " was acknowledged at ",
                                  FormatShardId(place.shard), " ", place.number.value()));
    }
  }
  return faults_;
}

void ReshardHistory::CheckShard(const ShardInfo& shard, const std::vector<KeptRecord>& records) {
  SequenceNumber next = shard.starting_sequence_number;
  for (const KeptRecord& record : records) {
    const Place place{shard.index, record.sequence_number};
    if (record.sequence_number != next) {
      AddFaultLocked(
          absl::StrCat(Describe(record.data, place), " should be number ", next.value()));
    }
    next = record.sequence_number.Plus(1);
    if (!shard.open() && record.sequence_number >= *shard.ending_sequence_number)
      AddFaultLocked(absl::StrCat(Describe(record.data, place), " is past the shard's end"));
    if (!shard.hash_keys.Contains(HashKey::FromPartitionKey(record.partition_key)))
      AddFaultLocked(absl::StrCat(Describe(record.data, place), " is another shard's"));
    const auto [first, is_new] = found_.emplace(record.data, place);
    if (!is_new)
      AddFaultLocked(absl::StrCat(Describe(record.data, place), " is also at ",
                                  FormatShardId(first->second.shard), " ",
                                  first->second.number.value()));
    CheckOrder(record, place);
  }
}

void ReshardHistory::CheckOrder(const KeptRecord& record, const Place& place) {
  uint64_t n = 0;
  const size_t slash = record.data.rfind('/');
  if (slash != record.partition_key.size() ||
      record.data.compare(0, slash, record.partition_key) != 0 ||
      !absl::SimpleAtoi(record.data.substr(slash + 1), &n)) {
    AddFaultLocked(absl::StrCat(Describe(record.data, place), " was never put"));
    return;
  }
  Last& last = last_of_key_[record.partition_key];
  if (n <= last.n || record.sequence_number <= last.number)
    AddFaultLocked(absl::StrCat(Describe(record.data, place), " comes after ", last.n, " at ",
                                last.number.value()));
  last = {n, record.sequence_number};
}

}  // namespace penstock::broker
