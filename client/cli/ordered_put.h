// OrderedPut: puts the lines of a file, and never lets a record of a key overtake an earlier one of
// that key.
//
//   batch ──PutRecords──> all stored ───────────────────────────────> next batch
//     ^                 └> some throttled ──wait──> these, in order ─┘
//     └──────────────────────────────────────────────┘
//                       └> a record refused, or its outcome unknown: stop
//
// One PutRecords is under way at a time, and what a broker throttled is put again before anything
// that follows, after the time that the broker named. Where it limits the bytes of a shard it may
// refuse a record and take a smaller one behind it: of such a stream no request holds a record that
// is smaller than one of its key before it; that one waits for the next request. Once the outcome of a record is unknown nothing more is put: putting it again could
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
    // So many records are throttled and are put again after `wait`. May be empty.
    std::function<void(size_t records, absl::Duration wait)> on_throttled = nullptr;
    // How long to go on when every record is throttled, the times that the broker names not counted.
    absl::Duration patience;
    // The stream limits the bytes that a shard is put.
    bool bytes_are_limited = false;
    uint64_t seed = 0;
  };

  explicit OrderedPut(Options options) : options_(std::move(options)) {}

  // OK if every record is stored. Otherwise the first error, and nothing more may be put. `batch`
  // has 1 to 500 lines.
  absl::Status PutAll(std::vector<PendingLine> batch);

 private:
  struct Throttled {
    // 0: nothing is.
    size_t records = 0;
    // The longest that the broker asks to wait.
    absl::Duration wait;
  };

  // Puts what of `*batch` one request may hold, and leaves the rest, and what may be put again.
  absl::StatusOr<Throttled> PutOnce(std::vector<PendingLine>* batch);
  // Takes out of `*batch` what one request may hold, in order.
  std::vector<PendingLine> TakeRequest(std::vector<PendingLine>* batch) const;
  // Tells of what will not be sent any more.
  void GiveUp(const std::vector<PendingLine>& not_sent) const;

  const Options options_;
};

}  // namespace penstock::cli
