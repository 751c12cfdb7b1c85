// LagSource: who knows how far consumers are behind.
//
// Implemented where positions of consumers are kept; asked at each scrape.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace penstock::broker {

// Of one consumer on one shard.
struct ConsumerLag {
  std::string stream;
  std::string consumer;
  std::string shard_id;
  // Records that are stored and that the consumer has not come to.
  uint64_t records_behind = 0;
  // The age of the first of them; 0 if there is none.
  int64_t millis_behind = 0;
};

class LagSource {
 public:
  virtual ~LagSource() = default;

  // Of every consumer on every shard that it reads. Called on a thread that may block for a moment.
  virtual std::vector<ConsumerLag> Lags() = 0;
};

}  // namespace penstock::broker
