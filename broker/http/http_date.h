// HttpDateNow: the time as the field `date` has it, "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7).
//
// Made once a second for each thread. SDKs correct their clocks by it, so that every answer has one.
#pragma once

#include <string_view>

namespace penstock::broker {

// Valid until the next call on the same thread.
std::string_view HttpDateNow();

}  // namespace penstock::broker
