// Whether the process has been forked: threads and connections of the parent are not there in the
// child.
#pragma once

#include <cstdint>

namespace penstock::producer {

// Rises in the child with each fork(). Cheap: reads a number.
uint64_t ForkGeneration();

}  // namespace penstock::producer
