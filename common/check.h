// CHECK: the invariants of the program, tested in every build.
//
// A failed CHECK means that the program is wrong, not its input; it prints the place and aborts.
// Nothing acknowledged is lost by it: what is acknowledged is on disk. Input from outside is
// answered with an absl::Status instead.
#pragma once

namespace penstock::internal {
[[noreturn]] void CheckFailed(const char* file, int line, const char* expression);
}  // namespace penstock::internal

#define CHECK(expression)                                                 \
  do {                                                                    \
    if (!(expression)) [[unlikely]]                                       \
      ::penstock::internal::CheckFailed(__FILE__, __LINE__, #expression); \
  } while (false)
