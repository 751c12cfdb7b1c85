// BodyStepBytes: how much of a request's body is taken from the byte budgets next.
//
// As much as has come already, within bounds: a client takes no more than about twice what it has
// sent, so that a length that is only declared leaves the room to others. Pure; any thread.
#pragma once

#include <algorithm>
#include <cstddef>

namespace penstock::broker {

// Taken with the head. All streams of an HTTP/2 connection together: 512 KiB.
inline constexpr size_t kBodyStepBytesMin = size_t{4} * 1024;
// The largest part of the budgets that is taken and not used yet; also the most memory that is
// reserved for a body of which nothing has come.
inline constexpr size_t kBodyStepBytesMax = size_t{1024} * 1024;

inline size_t BodyStepBytes(size_t come) {
  return std::clamp(come, kBodyStepBytesMin, kBodyStepBytesMax);
}

}  // namespace penstock::broker
