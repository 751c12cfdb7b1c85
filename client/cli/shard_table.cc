#include "client/cli/shard_table.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "client/cli/table.h"
#include "common/hash_key.h"

namespace penstock::cli {
namespace {

constexpr size_t kBarColumnsMin = 10;
constexpr size_t kBarColumnsMax = 66;

std::string State(const ShardDescription& shard) {
  return shard.is_open() ? "open" : "closed";
}

std::string SequenceNumbers(const ShardDescription& shard) {
  return absl::StrCat(shard.starting_sequence_number, "-",
                      shard.is_open() ? "" : absl::StrCat(*shard.ending_sequence_number));
}

// "7" of "shardId-000000000007".
std::string ShortName(const std::string& shard_id) {
  const size_t dash = shard_id.rfind('-');
  uint64_t number = 0;
  if (dash == std::string::npos || !absl::SimpleAtoi(shard_id.substr(dash + 1), &number))
    return shard_id;
  return absl::StrCat(number);
}

// Which of `cells` equal parts of all hash keys it lies in.
size_t CellOf(HashKey key, size_t cells) {
  const auto high = static_cast<uint64_t>(key.value() >> 64);
  return static_cast<size_t>((Uint128{high} * cells) >> 64);
}

// "[..####....]", as wide as `columns`; nothing for hash keys that are none.
std::string Bar(const ShardDescription& shard, size_t columns) {
  const auto first = HashKey::FromDecimal(shard.starting_hash_key);
  const auto last = HashKey::FromDecimal(shard.ending_hash_key);
  if (!first.ok() || !last.ok() || *last < *first) return "";
  const size_t cells = columns - 2;
  std::string bar(cells, '.');
  const size_t begin = CellOf(*first, cells);
  std::fill(bar.begin() + static_cast<std::ptrdiff_t>(begin),
            bar.begin() + static_cast<std::ptrdiff_t>(CellOf(*last, cells) + 1), '#');
  return absl::StrCat("[", bar, "]");
}

std::string Share(const ShardDescription& shard) {
  const auto first = HashKey::FromDecimal(shard.starting_hash_key);
  const auto last = HashKey::FromDecimal(shard.ending_hash_key);
  if (!first.ok() || !last.ok() || *last < *first) return "";
  const double part = static_cast<double>(last->value() - first->value()) /
                      static_cast<double>(HashKey::Max().value());
  return part < 0.1 ? absl::StrFormat("%.2f%%", part * 100) : absl::StrFormat("%.0f%%", part * 100);
}

std::string Bars(const std::vector<ShardDescription>& shards, size_t bar_columns) {
  Table table({{"SHARD"},
               {"STATE"},
               {"HASH KEYS"},
               {"SHARE", Table::Align::kRight},
               {"SEQUENCE NUMBERS"},
               {"PARENTS"}});
  for (const ShardDescription& shard : shards) {
    std::string parents = ShortName(shard.parent_shard_id);
    if (!shard.adjacent_parent_shard_id.empty())
      absl::StrAppend(&parents, " ", ShortName(shard.adjacent_parent_shard_id));
    table.AddRow({shard.shard_id, State(shard), Bar(shard, bar_columns), Share(shard),
                  SequenceNumbers(shard), parents});
  }
  return table.Text();
}

size_t LongestLine(const std::string& text) {
  size_t longest = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    longest = std::max(longest, end - begin);
    begin = end + 1;
  }
  return longest;
}

}  // namespace

std::string ShardTable(const std::vector<ShardDescription>& shards) {
  Table table({{"SHARD"},
               {"STATE"},
               {"FIRST HASH KEY", Table::Align::kRight},
               {"LAST HASH KEY", Table::Align::kRight},
               {"SEQUENCE NUMBERS"},
               {"PARENTS"}});
  for (const ShardDescription& shard : shards) {
    std::string parents = shard.parent_shard_id;
    if (!shard.adjacent_parent_shard_id.empty())
      absl::StrAppend(&parents, " ", shard.adjacent_parent_shard_id);
    table.AddRow({shard.shard_id, State(shard), shard.starting_hash_key, shard.ending_hash_key,
                  SequenceNumbers(shard), parents});
  }
  return table.Text();
}

std::string ShardBars(const std::vector<ShardDescription>& shards, size_t columns) {
  // All else is as wide as it has to be; the bars get what is left.
  const size_t narrowest = LongestLine(Bars(shards, kBarColumnsMin));
  const size_t left = columns > narrowest ? columns - narrowest : 0;
  return Bars(shards, std::min(kBarColumnsMin + left, kBarColumnsMax));
}

}  // namespace penstock::cli
