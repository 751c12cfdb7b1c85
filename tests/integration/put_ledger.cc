#include "tests/integration/put_ledger.h"

#include <map>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include "client/kpl/deaggregate.h"
#include "common/hash_key.h"
#include "common/record.h"
#include "penstock/errors.h"

namespace penstock::test {
namespace {

HashKeyRange RangeOf(const ShardDescription& shard) {
  const auto first = HashKey::FromDecimal(shard.starting_hash_key);
  const auto last = HashKey::FromDecimal(shard.ending_hash_key);
  REQUIRE(first.ok());
  REQUIRE(last.ok());
  return {*first, *last};
}

}  // namespace

std::vector<StoredRecord> ReadStored(Fixture& fixture, const std::string& stream) {
  const auto shards = fixture.client().ListAllShards(stream);
  REQUIRE(shards.ok());
  std::map<std::string, HashKeyRange> ranges;
  for (const ShardDescription& shard : *shards) ranges[shard.shard_id] = RangeOf(shard);

  std::vector<StoredRecord> stored;
  std::map<std::string, uint64_t> last_numbers;
  size_t elsewhere = 0;
  size_t gaps = 0;
  for (auto& [shard_id, record] : fixture.GetAll(stream)) {
    uint64_t& last = last_numbers[shard_id];
    if (last != 0 && record.sequence_number != last + 1) ++gaps;
    last = record.sequence_number;
    const HashKeyRange& range = ranges[shard_id];
    const auto hash_key = HashKeyOf({record.data, record.partition_key, record.explicit_hash_key});
    if (!hash_key.ok() || !range.Contains(*hash_key)) ++elsewhere;
    if (const auto parts = kpl::Deaggregate(record.data); parts.has_value()) {
      if (!kpl::AllWithin(*parts, range)) ++elsewhere;
      for (const kpl::UserRecordView& part : *parts) {
        stored.push_back({shard_id, record.sequence_number, part.sub_sequence_number,
                          std::string(part.partition_key), std::string(part.explicit_hash_key),
                          std::string(part.data)});
      }
      continue;
    }
    stored.push_back({shard_id, record.sequence_number, std::nullopt,
                      std::move(record.partition_key), std::move(record.explicit_hash_key),
                      std::move(record.data)});
  }
  CHECK(elsewhere == 0);
  CHECK(gaps == 0);
  return stored;
}

PutCallback PutLedger::Expect(size_t i) {
  return [this, i](const PutOutcome& outcome) {
    Tell(i, {1, outcome.status, outcome.shard_id(), outcome.sequence_number,
             outcome.sub_sequence_number});
  };
}

void PutLedger::OnRefused(size_t i, const absl::Status& status) {
  Tell(i, {1, status, {}, 0, {}});
}

void PutLedger::Tell(size_t i, Told told) {
  MutexLock lock(mutex_);
  if (told_[i].times == 0) ++told_count_;
  told.times = told_[i].times + 1;
  told_[i] = std::move(told);
  told_changed_.NotifyAll();
}

size_t PutLedger::told_count() const {
  MutexLock lock(mutex_);
  return told_count_;
}

bool PutLedger::WaitUntilTold(size_t count, std::chrono::milliseconds timeout) const {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  MutexLock lock(mutex_);
  while (told_count_ < count) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= left.zero()) return false;
    told_changed_.WaitFor(mutex_, left);
  }
  return true;
}

void PutLedger::CheckTold(bool may_fail) {
  MutexLock lock(mutex_);
  for (size_t i = 0; i < records_.size(); ++i) {
    INFO("record " << i << ", told " << told_[i].times << " times: " << told_[i].status.ToString());
    if (told_[i].times != 1) FAIL("not told once");
    if (!told_[i].status.ok() && !may_fail) FAIL("it failed");
  }
}

void PutLedger::CheckStored(const std::vector<StoredRecord>& stored) {
  MutexLock lock(mutex_);
  std::vector<bool> is_stored(records_.size());
  std::map<std::string, size_t> last_of_key;
  for (const StoredRecord& found : stored) {
    const std::string name = found.data.substr(0, found.data.find('/'));
    INFO("stored at " << found.shard_id << ' ' << found.sequence_number << ": " << name);
    size_t i = 0;
    for (const char digit : name) i = i * 10 + static_cast<size_t>(digit - '0');
    if (i >= records_.size() || records_[i].data != found.data ||
        records_[i].key != found.partition_key ||
        records_[i].explicit_hash_key != found.explicit_hash_key)
      FAIL("it was never put");
    if (is_stored[i]) FAIL("it is stored twice");
    is_stored[i] = true;
    const Told& told = told_[i];
    INFO("told " << told.shard_id << ' ' << told.sequence_number << ": " << told.status.ToString());
    if (told.status.ok()) {
      if (told.shard_id != found.shard_id || told.sequence_number != found.sequence_number ||
          told.sub_sequence_number != found.sub_sequence_number)
        FAIL("it is not where it was told to be");
    } else if (!GetErrorDetails(told.status).outcome_unknown) {
      FAIL("it failed for sure");
    }
    const auto [last, is_first] = last_of_key.try_emplace(found.partition_key, i);
    if (!is_first && std::exchange(last->second, i) > i) FAIL("it is behind a later one");
  }
  for (size_t i = 0; i < records_.size(); ++i) {
    if (!told_[i].status.ok() || is_stored[i]) continue;
    INFO("record " << i << " of " << told_[i].shard_id << ' ' << told_[i].sequence_number);
    FAIL("it was acknowledged, and is not there");
  }
}

}  // namespace penstock::test
