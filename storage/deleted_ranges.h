// DeletedRanges: which ranges of keys were deleted and may still take space, as the files themselves
// tell.
//
// A collector writes the ranges of the tombstones that go into a table file into a property of that
// file. Compaction drops a tombstone when nothing is left for it to hide, and its range with it. So
// the properties of all files name what is still to be compacted, whatever was forgotten in memory
// when the broker was killed. Only the data column family has them; a file without them, of an
// older version, has none. Bounded: of kRangesPerFileMax ranges more than one become their hull.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include <rocksdb/table_properties.h>

#include "storage/lane_db.h"
#include "storage/space_reclaimer.h"

namespace penstock::storage {

// Of a table file: some 40 KiB of property. A flush holds the trims and deletions of minutes, one
// range for each shard.
inline constexpr size_t kRangesPerFileMax = 1'024;

// For each range, in order: a byte of length and the key, twice. `ranges` are merged.
std::string EncodeDeletedRanges(std::vector<ReclaimRange> ranges);
// Nothing of what is not whole.
std::vector<ReclaimRange> DecodeDeletedRanges(std::string_view property);

std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> MakeDeletedRangesCollectors();

// Of all files that the data column family has now, merged. Reads each file's properties.
absl::StatusOr<std::vector<ReclaimRange>> StoredDeletedRanges(const LaneDb& db);

}  // namespace penstock::storage
