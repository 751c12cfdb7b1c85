#include "broker/limit/disk_budget.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"

namespace penstock::broker {
namespace {

constexpr uint64_t kGib = uint64_t{1} << 30;

DiskUsage FileSystem(uint64_t used_bytes, uint64_t bytes) {
  return {used_bytes, bytes, 0};
}

TEST_CASE("puts are admitted below 95 percent, refused from there on", "[disk]") {
  DiskBudget budget({});
  CHECK(budget.Check().ok());
  budget.Update(FileSystem(949, 1'000));
  CHECK(budget.Check().ok());
  budget.Update(FileSystem(95 * kGib, 100 * kGib));
  const absl::Status refused = budget.Check();
  CHECK(ReasonOf(refused) == ErrorReason::kDiskBudgetExceeded);
  CHECK(RetryAfterOf(refused) == DiskBudget::kRetryAfterMs);
  CHECK(refused.message() ==
        "the file system of the data directory is 95.0 % full (95.00 GiB of 100.00 GiB), the limit "
        "is 95 %: puts are refused until streams are deleted or trimmed, space is freed, or "
        "disk-budget is raised");
}

TEST_CASE("what was refused is admitted again below the lower mark alone", "[disk]") {
  DiskBudget budget({50, {}});
  budget.Update(FileSystem(490, 1'000));
  CHECK(budget.Check().ok());
  budget.Update(FileSystem(500, 1'000));
  CHECK_FALSE(budget.Check().ok());
  budget.Update(FileSystem(490, 1'000));
  CHECK_FALSE(budget.Check().ok());
  budget.Update(FileSystem(489, 1'000));
  CHECK(budget.Check().ok());
  budget.Update(FileSystem(499, 1'000));
  CHECK(budget.Check().ok());
}

TEST_CASE("the directory has a limit of its own", "[disk]") {
  DiskBudget budget({95, 10 * kGib});
  budget.Update({kGib, 100 * kGib, 10 * kGib - 1});
  CHECK(budget.Check().ok());
  budget.Update({kGib, 100 * kGib, 10 * kGib});
  CHECK(std::string(budget.Check().message()).find("takes 10.00 GiB, the limit is 10.00 GiB") !=
        std::string::npos);
  // Both must be kept for puts to begin again.
  budget.Update({95 * kGib, 100 * kGib, kGib});
  CHECK(std::string(budget.Check().message()).find("95.0 % full") != std::string::npos);
  budget.Update({93 * kGib, 100 * kGib, 10 * kGib - 1});
  CHECK_FALSE(budget.Check().ok());
  budget.Update({93 * kGib, 100 * kGib, 9 * kGib});
  CHECK(budget.Check().ok());
  CHECK(budget.usage().directory_bytes == 9 * kGib);
}

TEST_CASE("a file system without a size is not full", "[disk]") {
  DiskBudget budget({});
  budget.Update(FileSystem(0, 0));
  CHECK(budget.Check().ok());
}

}  // namespace
}  // namespace penstock::broker
