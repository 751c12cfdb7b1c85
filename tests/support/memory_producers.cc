#include "tests/support/memory_producers.h"

#include <algorithm>

#include "common/error.h"

namespace penstock::testing {
namespace {

bool Disjoint(const HashKeyRange& a, const HashKeyRange& b) {
  return a.last < b.first || b.last < a.first;
}

}  // namespace

absl::StatusOr<std::optional<storage::AppendResult>> MemoryProducers::Check(
    const RecordBatchHeader& header, std::optional<uint64_t> previous) const {
  const auto found = producers_.find(header.producer_id);
  const bool known = found != producers_.end();
  if (known && header.producer_epoch < found->second.epoch)
    return MakeError(ErrorReason::kProducerFenced, "a higher epoch was seen");
  uint64_t last = 0;
  if (known && header.producer_epoch == found->second.epoch) {
    const Results& results = found->second.results;
    bool in_parts = false;
    for (const auto& [age, stored] : results) {
      last = std::get<0>(age);
      if (last != header.producer_sequence || Disjoint(stored.hash_keys, header.hash_keys))
        continue;
      in_parts = true;
      if (!stored.hash_keys.Contains(header.hash_keys)) continue;
      storage::AppendResult result = stored.result;
      result.duplicate = true;
      return result;
    }
    if (in_parts) return MakeError(ErrorReason::kProducerSequenceForgotten, "stored in parts");
    if (results.size() == storage::kProducerResultsKept &&
        header.producer_sequence <= std::get<0>(results.begin()->first)) {
      return MakeError(ErrorReason::kProducerSequenceForgotten, "too old");
    }
  }
  if (previous.has_value() && *previous != last)
    return MakeError(ErrorReason::kProducerSequenceGap, "not behind the one before");
  return std::nullopt;
}

void MemoryProducers::Remember(const RecordBatchHeader& header,
                               const storage::AppendResult& result) {
  if (!producers_.contains(header.producer_id) &&
      producers_.size() == storage::kProducersPerShardMax) {
    ForgetIdle();
  }
  Producer& producer = producers_[header.producer_id];
  if (producer.epoch != header.producer_epoch) producer = {header.producer_epoch, {}};
  producer.results.insert({{header.producer_sequence, result.shard, result.first_sequence_number},
                           {result, header.hash_keys}});
  DropOldest(producer.results);
}

void MemoryProducers::Inherit(const MemoryProducers& parent) {
  for (const auto& [id, inherited] : parent.producers_) {
    Producer& producer = producers_[id];
    if (producer.results.empty() || inherited.epoch > producer.epoch) {
      producer = inherited;
    } else if (inherited.epoch == producer.epoch) {
      producer.results.insert(inherited.results.begin(), inherited.results.end());
      DropOldest(producer.results);
    }
  }
  while (producers_.size() > storage::kProducersPerShardMax) ForgetIdle();
}

void MemoryProducers::DropOldest(Results& results) {
  while (results.size() > storage::kProducerResultsKept) results.erase(results.begin());
}

void MemoryProducers::ForgetIdle() {
  auto idle = producers_.end();
  int64_t idle_since_ms = 0;
  for (auto it = producers_.begin(); it != producers_.end(); ++it) {
    int64_t last_ms = 0;
    for (const auto& [age, stored] : it->second.results)
      last_ms = std::max(last_ms, stored.result.append_time_ms);
    if (idle != producers_.end() && last_ms >= idle_since_ms) continue;
    idle = it;
    idle_since_ms = last_ms;
  }
  producers_.erase(idle);
}

}  // namespace penstock::testing
