#include "broker/app/descriptors.h"

#include <algorithm>
#include <sys/resource.h>

namespace penstock::broker {
namespace {

// Table and blob files that a lane keeps open (storage/rocks_options.cc), its log, its directory.
constexpr uint64_t kDescriptorsPerLane = 512 + 32;
// The metadata store, gRPC's connections, the admin port, the program's own.
constexpr uint64_t kDescriptorsOfTheRest = 256;

}  // namespace

uint64_t RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < limit.rlim_max) {
    rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur;
}

size_t ConnectionsWithin(uint64_t descriptor_limit, uint32_t lanes, size_t wanted) {
  const uint64_t taken = lanes * kDescriptorsPerLane + kDescriptorsOfTheRest;
  const uint64_t left = descriptor_limit > taken ? descriptor_limit - taken : 0;
  return std::min(wanted, std::max(kConnectionsMin, static_cast<size_t>(left)));
}

}  // namespace penstock::broker
