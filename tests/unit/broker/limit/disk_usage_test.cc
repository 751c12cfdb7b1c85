#include "broker/limit/disk_usage.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"
#include "tests/support/temporary_folder.h"

namespace penstock::broker {
namespace {

TEST_CASE("the directory is measured with its folders, on the disk", "[disk]") {
  const testing::TemporaryFolder folder;
  const uint64_t empty_bytes = MeasureDisk(folder.path(), true)->directory_bytes;
  std::filesystem::create_directory(folder.path() + "/lane");
  std::ofstream(folder.path() + "/lane/blob") << std::string(1 << 20, 'x') << std::flush;
  const absl::StatusOr<DiskUsage> usage = MeasureDisk(folder.path(), true);
  REQUIRE(usage.ok());
  CHECK(usage->directory_bytes >= empty_bytes + (1 << 20));
  CHECK(usage->directory_bytes <= empty_bytes + (1 << 20) + (1 << 17));
  CHECK(usage->file_system_bytes >= usage->file_system_used_bytes);
  CHECK(usage->file_system_bytes > 0);
  CHECK(MeasureDisk(folder.path(), false)->directory_bytes == 0);
}

TEST_CASE("a directory that is not there cannot be measured", "[disk]") {
  const testing::TemporaryFolder folder;
  const absl::StatusOr<DiskUsage> usage = MeasureDisk(folder.path() + "/gone", true);
  REQUIRE_FALSE(usage.ok());
  CHECK(ReasonOf(usage.status()) == ErrorReason::kInternalFailure);
  CHECK(std::string(usage.status().message()).find("/gone: ") != std::string::npos);
}

}  // namespace
}  // namespace penstock::broker
