// RecordSink: where `penstock put` puts its records, so that what it does can be tested without a
// broker. The real one is a penstock::Producer (client/cli/producer_sink.h).
#pragma once

#include <cstdint>

#include "absl/status/status.h"

#include "penstock/producer.h"

namespace penstock::cli {

class RecordSink {
 public:
  // Gives up what is not stored: its callbacks run, with CANCELLED, before this returns.
  virtual ~RecordSink() = default;

  // OK: `done` is called once, on any thread, also from within this call. Otherwise it is not.
  virtual absl::Status Put(const ProducerRecord& record, PutCallback done) = 0;
  // No more is put for a while: sends what is there.
  virtual void Flush() = 0;
  // How often the broker has refused something because of the stream's limits.
  virtual uint64_t ThrottledCount() const = 0;
};

}  // namespace penstock::cli
