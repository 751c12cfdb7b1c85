#include "broker/metrics/process_stats.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "common/clock.h"

namespace penstock::broker {
namespace {

TEST_CASE("process stats: what the system says of this process is plausible") {
  const ProcessStats stats = ReadProcessStats("/");
  CHECK(stats.resident_bytes.value() > 1'000'000);
  CHECK(stats.virtual_bytes.value() >= stats.resident_bytes.value());
  CHECK(stats.cpu_seconds.value() > 0);
  CHECK(stats.threads.value() >= 1);
  CHECK(stats.max_fds.value() >= stats.open_fds.value());
  const double now_seconds = static_cast<double>(SystemClock::Get().NowMs()) / 1e3;
  // Rounded to the machine's ticks and to the second of its start.
  CHECK(stats.start_time_seconds.value() <= now_seconds + 2);
  CHECK(stats.start_time_seconds.value() > now_seconds - 86'400);
  CHECK(stats.disk_bytes.value() >= stats.disk_free_bytes.value());
}

TEST_CASE("process stats: an open file is counted once") {
  const uint64_t before = ReadProcessStats("/").open_fds.value();
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  REQUIRE(file >= 0);
  CHECK(ReadProcessStats("/").open_fds.value() == before + 1);
  ::close(file);
}

TEST_CASE("process stats: a folder that is not there has no disk") {
  const ProcessStats stats = ReadProcessStats("/none/at/all");
  CHECK_FALSE(stats.disk_bytes.has_value());
  CHECK_FALSE(stats.disk_free_bytes.has_value());
  CHECK(stats.resident_bytes.has_value());
}

}  // namespace
}  // namespace penstock::broker
