#include "broker/config/disk_budget_config.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "common/error.h"

namespace penstock::broker {
namespace {

TEST_CASE("a disk budget is a percentage, a size, or both", "[config]") {
  CHECK(*DiskBudgetConfig::Parse("95%") == DiskBudgetConfig());
  CHECK(*DiskBudgetConfig::Parse("1%") == DiskBudgetConfig{1, {}});
  CHECK(*DiskBudgetConfig::Parse("100%") == DiskBudgetConfig{100, {}});
  CHECK(*DiskBudgetConfig::Parse("64MiB") == DiskBudgetConfig{95, 64 << 20});
  CHECK(*DiskBudgetConfig::Parse("500GB") == DiskBudgetConfig{95, 500'000'000'000});
  CHECK(*DiskBudgetConfig::Parse("2TiB,99%") == DiskBudgetConfig{99, uint64_t{2} << 40});
}

TEST_CASE("what a disk budget prints is what it takes", "[config]") {
  for (const std::string text :
       {"95%", "7%", "64MiB", "65537KiB", "100MB", "500GiB", "500GB", "1TiB,99%"}) {
    INFO(text);
    CHECK(DiskBudgetConfig::Parse(text)->ToString() == text);
  }
  CHECK(DiskBudgetConfig::Parse("1024GiB,95%")->ToString() == "1TiB");
}

TEST_CASE("what is no disk budget is refused", "[config]") {
  for (const std::string text :
       {"", "95", "%", "0%", "101%", "-1%", "9.5%", "GiB", "500", "500G", "63MiB", "500 GiB",
        "99%,500GiB", "500GiB,", "500GiB,99", "500GiB,99%,1%", ",99%", "8388608TiB",
        "99999999999999999999TiB"}) {
    INFO(text);
    const auto budget = DiskBudgetConfig::Parse(text);
    REQUIRE_FALSE(budget.ok());
    CHECK(ReasonOf(budget.status()) == ErrorReason::kInvalidArgument);
  }
  CHECK(
      DiskBudgetConfig::Parse("95").status().message() ==
      "'95', not a size of at least 64MiB (500GiB), 1% to 100% of the file system, or both with a "
      "comma between them");
}

}  // namespace
}  // namespace penstock::broker
