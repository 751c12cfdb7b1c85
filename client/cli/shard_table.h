// The shards of a stream as a table for people. Pure function.
#pragma once

#include <string>
#include <vector>

#include "penstock/streams.h"

namespace penstock::cli {

std::string ShardTable(const std::vector<ShardDescription>& shards);

}  // namespace penstock::cli
