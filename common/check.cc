#include "common/check.h"

#include <cstdio>
#include <cstdlib>

namespace penstock::internal {

void CheckFailed(const char* file, int line, const char* expression) {
  std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, expression);
  std::fflush(stderr);
  std::abort();
}

}  // namespace penstock::internal
