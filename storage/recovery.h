// Recovery: what a lane does with its shards when it is opened.
#pragma once

#include "absl/status/status.h"

#include "storage/lane_db.h"
#include "storage/shard_table.h"

namespace penstock::storage {

// Fills `shards` from the rows of shards and producers, and reads the last batch of each shard that has one, to see
// that it is what the row says. A row that is damaged, or missing where others speak of
// it, is DATA_LOSS: nothing could be appended without the danger of using a number twice, or of
// storing a put twice. Batches that are missing or damaged are logged and
// stay as they are: reads report them, appends go on behind them.
absl::Status RecoverShards(const LaneDb& db, ShardTable& shards);

}  // namespace penstock::storage
