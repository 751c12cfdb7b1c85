#include "broker/config/settings.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

std::string ErrorOf(std::string_view name, std::string_view text) {
  BrokerConfig config;
  return std::string(ApplySetting(*FindSetting(name), text, &config).message());
}

TEST_CASE("every default and every limit is accepted by its own setting", "[config]") {
  for (const Setting& setting : Settings()) {
    INFO(setting.name);
    BrokerConfig config;
    CHECK(ApplySetting(setting, DefaultOf(setting), &config).ok());
    const auto* integer = std::get_if<IntegerSetting>(&setting.value);
    if (integer == nullptr) continue;
    CHECK(ApplySetting(setting, std::to_string(integer->min), &config).ok());
    CHECK(ApplySetting(setting, std::to_string(integer->max), &config).ok());
    CHECK(config.*integer->field == integer->max);
    CHECK_FALSE(ApplySetting(setting, std::to_string(integer->max + 1), &config).ok());
    CHECK_FALSE(ApplySetting(setting, std::to_string(int64_t{integer->min} - 1), &config).ok());
    CHECK(config.*integer->field == integer->max);
  }
}

TEST_CASE("a choice names what may be chosen", "[config]") {
  CHECK(ErrorOf("log-format", "xml") == "is 'xml', not one of text, json");
  CHECK(ErrorOf("data-dir", "") == "is empty");
  CHECK(ErrorOf("grpc-listen", "7070") == "is '7070', not HOST:PORT with a port of 0 to 65535");
  CHECK(ErrorOf("lanes", "+1") == "is '+1', not a whole number from 1 to 64");
}

}  // namespace
}  // namespace penstock::broker
