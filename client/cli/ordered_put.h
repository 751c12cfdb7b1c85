// OrderedPut: puts the lines of a file, and never lets a record of a key overtake an earlier one of
// that key.
//
//   batch ──PutRecords──> all stored ───────────────────────────────> next batch
//     ^                 └> some throttled ──wait──> these, in order ─┘
//     └──────────────────────────────────────────────┘
//                       └> a record refused, or its outcome unknown: stop
//
// One PutRecords is under way at a time, and what a broker throttled is put again before anything
// that follows. Once the outcome of a record is unknown nothing more is put: putting it again could
// store it twice, leaving it out could lose it.
//
// Not thread-safe. The functions given at construction are called from PutAll.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "penstock/records.h"

namespace penstock::cli {

struct PendingLine {
  uint64_t line = 0;
  PutRecordsEntry entry;
};

class OrderedPut {
 public:
  struct Options {
    std::function<absl::StatusOr<PutRecordsResult>(std::vector<PutRecordsEntry>)> put;
    // Called once for each line, when what became of it is known.
    std::function<void(uint64_t line, const PutRecordsResultEntry&)> on_result;
    std::function<void(absl::Duration)> sleep;
    // How long to go on when every record is throttled.
    absl::Duration patience;
    uint64_t seed = 0;
  };

  explicit OrderedPut(Options options) : options_(std::move(options)) {}

  // OK if every record is stored. Otherwise the first error, and nothing more may be put. `batch`
  // has 1 to 500 lines.
  absl::Status PutAll(std::vector<PendingLine> batch);

 private:
  // Puts all of `*batch` once; leaves what may be put again.
  absl::Status PutOnce(std::vector<PendingLine>* batch);

  const Options options_;
};

}  // namespace penstock::cli
