// PutThroughOutages: what a producer takes of memory while the broker cannot be reached, and that
// everything is stored afterwards.
#pragma once

#include <chrono>

namespace penstock::test {

// Two threads put records of 1 KiB at full speed while the broker is away, in turn: refused and
// stalled connections, until `length` is over, but each once. REQUIREs that the resident memory of
// this process stays within twice buffered_bytes_max, and some, of what it was before, and that every
// record is told OK, and stored once.
void PutThroughOutages(std::chrono::milliseconds length);

}  // namespace penstock::test
