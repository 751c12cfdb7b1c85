// How fast callers get their calls answered, and what that costs in processor time on either side.
//
// On a machine that is busy with other things, processor time says more than the rate: it is not
// spent while a process waits for its turn.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "bench/kinesis/caller.h"

namespace penstock::bench {

struct Measured {
  double calls_per_second = 0;
  // Of one call, from its beginning to the answer.
  double p50_us = 0;
  double p99_us = 0;
  // Of the server's process, and of this one; 0 where the server's is not known.
  double server_cpu_us_per_call = 0;
  double client_cpu_us_per_call = 0;
};

// Each caller on a thread of its own: once before it counts, then for `seconds`.
Measured Measure(const std::vector<std::unique_ptr<Caller>>& callers, double seconds,
                 int server_pid);

// Figure by figure.
Measured Median(const std::vector<Measured>& rounds);

}  // namespace penstock::bench
