// How fast shards are made: a stream of many shards is created, or resharded, at this speed.
#pragma once

#include <cstdint>
#include <string>

#include "storage/lane.h"

namespace penstock::bench {

// Makes shards 0 to `count` - 1 of stream 1, `in_flight` at a time, and waits until they are synced.
void CreateShards(storage::Lane& lane, uint32_t count, uint32_t in_flight);

struct CreateResult {
  double create_seconds = 0;
  double delete_seconds = 0;
};

// Makes and deletes `count` shards in a lane of its own below `parent`.
CreateResult RunCreate(const std::string& parent, uint32_t count, uint32_t in_flight);

}  // namespace penstock::bench
