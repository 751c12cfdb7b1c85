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

TEST_CASE("an address that may be left out is off, empty, or an address", "[config]") {
  const Setting& setting = *FindSetting("admin-listen");
  BrokerConfig config;
  CHECK(ValueOf(setting, config) == "127.0.0.1:9600");
  for (const std::string_view off : {"off", ""}) {
    config.admin_listen = ListenAddress{"127.0.0.1", 1};
    REQUIRE(ApplySetting(setting, off, &config).ok());
    CHECK_FALSE(config.admin_listen.has_value());
    CHECK(ValueOf(setting, config) == "off");
  }
  REQUIRE(ApplySetting(setting, "[::1]:0", &config).ok());
  CHECK(config.admin_listen == ListenAddress{"::1", 0});
  CHECK(ErrorOf("admin-listen", "none") ==
        "is 'none', not HOST:PORT with a port of 0 to 65535, and not off");
}

}  // namespace
}  // namespace penstock::broker
