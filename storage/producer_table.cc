#include "storage/producer_table.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"

#include "common/check.h"
#include "common/error.h"

namespace penstock::storage {
namespace {

using Producer = ProducerTable::Producer;

static_assert(kProducerResultsKept <= 255, "a row's number is one byte");

// One put may have a result from each of two shards that were merged.
auto AgeOf(const ProducerResult& result) {
  return std::tuple(result.sequence, result.shard, result.first_sequence_number);
}
bool Older(const ProducerResult& a, const ProducerResult& b) {
  return AgeOf(a) < AgeOf(b);
}

bool Overlap(const HashKeyRange& a, const HashKeyRange& b) {
  return a.first <= b.last && b.first <= a.last;
}

std::string NameOf(const ShardKey& shard, const RecordBatchHeader& header) {
  return absl::StrCat("put ", header.producer_sequence, " of producer ", header.producer_id,
                      " into shard ", ToString(shard));
}

// While the results are fewer than are kept, none was ever dropped.
bool WasDropped(const Producer& producer, uint64_t sequence) {
  const std::vector<ProducerResult>& results = producer.results;
  return results.size() == kProducerResultsKept &&
         sequence <= std::min_element(results.begin(), results.end(), Older)->sequence;
}

absl::StatusOr<std::optional<ProducerResult>> FindResult(const ShardKey& shard,
                                                         const Producer& producer,
                                                         const RecordBatchHeader& header) {
  bool in_part = false;
  const ProducerResult* first = nullptr;
  for (const ProducerResult& result : producer.results) {
    if (result.sequence != header.producer_sequence) continue;
    in_part = in_part || Overlap(result.hash_keys, header.hash_keys);
    if (result.hash_keys.Contains(header.hash_keys) && (first == nullptr || Older(result, *first)))
      first = &result;
  }
  if (first != nullptr) return *first;
  if (in_part) {
    return MakeError(ErrorReason::kProducerSequenceForgotten,
                     absl::StrCat(NameOf(shard, header),
                                  " was stored in parts before shards were merged: there is no one "
                                  "result for all of it"));
  }
  if (WasDropped(producer, header.producer_sequence)) {
    return MakeError(
        ErrorReason::kProducerSequenceForgotten,
        absl::StrCat(NameOf(shard, header), " is older than the last ", kProducerResultsKept,
                     ", whose results are kept: it may have been stored"));
  }
  return std::nullopt;
}

uint64_t LastSequence(const Producer& producer) {
  return std::max_element(producer.results.begin(), producer.results.end(), Older)->sequence;
}

void SetLastAppendTime(Producer& producer) {
  producer.last_append_time_ms = 0;
  for (const ProducerResult& result : producer.results)
    producer.last_append_time_ms = std::max(producer.last_append_time_ms, result.append_time_ms);
}

// Both parents may have inherited a result from one shard.
void MergeResults(const std::vector<ProducerResult>& from, std::vector<ProducerResult>& into) {
  into.insert(into.end(), from.begin(), from.end());
  std::sort(into.begin(), into.end(), [](const auto& a, const auto& b) { return Older(b, a); });
  into.erase(std::unique(into.begin(), into.end(),
                         [](const auto& a, const auto& b) { return AgeOf(a) == AgeOf(b); }),
             into.end());
  if (into.size() > kProducerResultsKept) into.resize(kProducerResultsKept);
}

}  // namespace

absl::StatusOr<std::optional<ProducerResult>> ProducerTable::Check(
    const ShardKey& shard, const RecordBatchHeader& header,
    std::optional<uint64_t> previous) const {
  uint64_t last_sequence = 0;
  const auto found = producers_.find(header.producer_id);
  if (found != producers_.end()) {
    const Producer& producer = found->second;
    if (header.producer_epoch < producer.epoch) {
      return MakeError(ErrorReason::kProducerFenced,
                       absl::StrCat(NameOf(shard, header), " is of epoch ", header.producer_epoch,
                                    "; the producer has begun epoch ", producer.epoch));
    }
    if (header.producer_epoch == producer.epoch) {
      absl::StatusOr<std::optional<ProducerResult>> result = FindResult(shard, producer, header);
      if (!result.ok() || result->has_value()) return result;
      last_sequence = LastSequence(producer);
    }
  }
  if (previous.has_value() && *previous != last_sequence) {
    return MakeError(ErrorReason::kProducerSequenceGap,
                     absl::StrCat(NameOf(shard, header), " follows put ", *previous,
                                  ", but the last one stored is put ", last_sequence));
  }
  return std::nullopt;
}

ProducerTable::Remembered ProducerTable::Remember(uint64_t producer_id, uint32_t epoch,
                                                  const ProducerResult& result) {
  Remembered remembered;
  if (producers_.size() >= kProducersPerShardMax && !producers_.contains(producer_id))
    remembered.forgotten = ForgetOne();
  Producer& producer = producers_[producer_id];
  CHECK(epoch >= producer.epoch);
  if (epoch > producer.epoch) producer.results.clear();
  producer.epoch = epoch;
  std::vector<ProducerResult>& results = producer.results;
  if (results.size() < kProducerResultsKept) {
    remembered.row = static_cast<uint8_t>(results.size());
    results.push_back(result);
  } else {
    const auto oldest = std::min_element(results.begin(), results.end(), Older);
    remembered.row = static_cast<uint8_t>(oldest - results.begin());
    *oldest = result;
  }
  producer.rows = std::max<uint8_t>(producer.rows, static_cast<uint8_t>(results.size()));
  SetLastAppendTime(producer);
  return remembered;
}

ProducerTable::Forgotten ProducerTable::ForgetOne() {
  const auto idle_longest =
      std::min_element(producers_.begin(), producers_.end(), [](const auto& a, const auto& b) {
        return std::tuple(a.second.last_append_time_ms, a.first) <
               std::tuple(b.second.last_append_time_ms, b.first);
      });
  const Forgotten forgotten{idle_longest->first, idle_longest->second.rows};
  producers_.erase(idle_longest);
  return forgotten;
}

void ProducerTable::Inherit(const ProducerTable& parent) {
  for (const auto& [producer_id, inherited] : parent.producers_) {
    Producer& producer = producers_[producer_id];
    if (producer.results.empty() || inherited.epoch > producer.epoch) {
      producer.epoch = inherited.epoch;
      producer.results = inherited.results;
    } else if (inherited.epoch == producer.epoch) {
      MergeResults(inherited.results, producer.results);
    }
    producer.rows = static_cast<uint8_t>(producer.results.size());
    SetLastAppendTime(producer);
  }
  while (producers_.size() > kProducersPerShardMax) ForgetOne();
}

absl::Status ProducerTable::Restore(const ShardKey& shard, uint64_t producer_id, uint8_t row,
                                    uint32_t epoch, const ProducerResult& result) {
  Producer& producer = producers_[producer_id];
  const bool first = producer.rows == 0;
  if (first) producer.epoch = epoch;
  // Rows of the present epoch are the first ones; those of older epochs follow.
  const bool present = epoch == producer.epoch;
  if (row != producer.rows || row >= kProducerResultsKept || epoch > producer.epoch ||
      (present && row != producer.results.size())) {
    return MakeError(ErrorReason::kCorruptRecords,
                     absl::StrCat("stored row ", row, " of producer ", producer_id, " of shard ",
                                  ToString(shard), ": a row before it is missing"));
  }
  ++producer.rows;
  if (present) producer.results.push_back(result);
  SetLastAppendTime(producer);
  return absl::OkStatus();
}

}  // namespace penstock::storage
