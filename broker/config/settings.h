// The table of settings: one row for each field of BrokerConfig.
//
// Flags, environment variables, the configuration file, --help, --check-config and
// docs/configuration.md all come from it: a setting is added by a field and a row. A setting called
// `tail-ring-mib` is the flag --tail-ring-mib, the variable PENSTOCK_TAIL_RING_MIB and the key
// tail_ring_mib of the file. The table is constant, hence thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"

#include "broker/config/broker_config.h"

namespace penstock::broker {

struct TextSetting {
  std::string BrokerConfig::*field;
  bool may_be_empty;
  // INVALID_ARGUMENT with a text to put behind the name. Null: any text will do.
  absl::Status (*check)(std::string_view text) = nullptr;
};
struct AddressSetting {
  ListenAddress BrokerConfig::*field;
};
struct DiskBudgetSetting {
  DiskBudgetConfig BrokerConfig::*field;
};
// "off", or nothing at all, stands for no address.
struct OptionalAddressSetting {
  std::optional<ListenAddress> BrokerConfig::*field;
};
struct IntegerSetting {
  uint32_t BrokerConfig::*field;
  uint32_t min;
  uint32_t max;
};
template <typename Enum>
struct ChoiceSetting {
  Enum BrokerConfig::*field;
  // In order of the enum's values, from 0.
  std::span<const std::string_view> names;
};

struct Setting {
  std::string_view name;
  // What stands for the value in --help: "DIR".
  std::string_view value_name;
  // One sentence, without the default and the limits, which are added to it.
  std::string_view help;
  std::variant<TextSetting, AddressSetting, OptionalAddressSetting, DiskBudgetSetting,
               IntegerSetting, ChoiceSetting<LogLevel>, ChoiceSetting<LogFormat>,
               ChoiceSetting<PlainText>, ChoiceSetting<NewStreamLimits>>
      value;

  bool is_integer() const { return std::holds_alternative<IntegerSetting>(value); }
};

std::span<const Setting> Settings();
// Null if there is none of that name.
const Setting* FindSetting(std::string_view name);

// "PENSTOCK_DATA_DIR".
std::string EnvironmentName(const Setting& setting);
// "data_dir".
std::string FileKey(const Setting& setting);

// What values are allowed, for texts: "1 to 64", "text, json"; empty where any is.
std::string AllowedValues(const Setting& setting);

// Sets the field. INVALID_ARGUMENT with a text to put behind the name under which it was given:
// "is '65', not a whole number from 1 to 64".
absl::Status ApplySetting(const Setting& setting, std::string_view text, BrokerConfig* config);
// The text that ApplySetting would take for the field's present value.
std::string ValueOf(const Setting& setting, const BrokerConfig& config);
std::string DefaultOf(const Setting& setting);

}  // namespace penstock::broker
