#include "broker/config/settings.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kOff = "off";
constexpr std::array<std::string_view, 4> kLogLevels = {"debug", "info", "warning", "error"};
static_assert(static_cast<size_t>(LogLevel::kError) + 1 == kLogLevels.size());
constexpr std::array<std::string_view, 2> kLogFormats = {"text", "json"};
static_assert(static_cast<size_t>(LogFormat::kJson) + 1 == kLogFormats.size());

constexpr std::array<std::string_view, 2> kPlainTexts = {"off", "on"};
static_assert(static_cast<size_t>(PlainText::kOn) + 1 == kPlainTexts.size());
constexpr std::array<std::string_view, 2> kNewStreamLimits = {"kinesis", "unlimited"};
static_assert(static_cast<size_t>(NewStreamLimits::kUnlimited) + 1 == kNewStreamLimits.size());

absl::Status CheckRegion(std::string_view text);
absl::Status CheckAccountId(std::string_view text);

// append-queue-mib: twice the largest batch (kBatchBlockBytesMax), so that one can queue while
// another is written.
const std::array kSettings = {
    Setting{"data-dir", "DIR", "Folder that holds everything the broker keeps; made if missing.",
            TextSetting{&BrokerConfig::data_dir, false}},
    Setting{"lanes", "N",
            "Independent RocksDB instances that shards are spread over; counts only when the data "
            "directory is made.",
            IntegerSetting{&BrokerConfig::lanes, 1, 64}},
    Setting{"grpc-listen", "HOST:PORT", "Address of the gRPC server; port 0 takes a free one.",
            AddressSetting{&BrokerConfig::grpc_listen}},
    Setting{"admin-listen", "HOST:PORT",
            "Address of the admin port (metrics, health, version); port 0 takes a free one, off "
            "has none.",
            OptionalAddressSetting{&BrokerConfig::admin_listen}},
    Setting{"kinesis-listen", "HOST:PORT",
            "Address of the Kinesis-compatible endpoint; port 0 takes a free one, off has none.",
            OptionalAddressSetting{&BrokerConfig::kinesis_listen}},
    Setting{"kinesis-threads", "N",
            "Threads of the Kinesis endpoint: parsing, TLS, writing answers.",
            IntegerSetting{&BrokerConfig::kinesis_threads, 1, 64}},
    Setting{"kinesis-tls-cert-file", "FILE",
            "Certificate chain of the Kinesis endpoint, PEM (docs/tls.md); read again when it "
            "changes.",
            TextSetting{&BrokerConfig::kinesis_tls_cert_file, true}},
    Setting{"kinesis-tls-key-file", "FILE", "Private key of that certificate, PEM.",
            TextSetting{&BrokerConfig::kinesis_tls_key_file, true}},
    Setting{"kinesis-plain-text", "WORD",
            "Whether the Kinesis endpoint takes plain text beside TLS on its port, where it has a "
            "certificate.",
            ChoiceSetting<PlainText>{&BrokerConfig::kinesis_plain_text, kPlainTexts}},
    Setting{"credentials-file", "FILE",
            "Access keys of the Kinesis endpoint's clients (docs/authentication.md); it must be "
            "readable by the broker's user alone. Without one the endpoint serves this machine "
            "alone.",
            TextSetting{&BrokerConfig::credentials_file, true}},
    Setting{"region", "NAME", "Region in ARNs, and that requests are signed for.",
            TextSetting{&BrokerConfig::region, false, CheckRegion}},
    Setting{"account-id", "DIGITS", "Account in ARNs, twelve digits.",
            TextSetting{&BrokerConfig::account_id, false, CheckAccountId}},
    Setting{"kinesis-stream-limits", "PROFILE",
            "Limits of streams that are created through the Kinesis endpoint (docs/limits.md).",
            ChoiceSetting<NewStreamLimits>{&BrokerConfig::kinesis_stream_limits, kNewStreamLimits}},
    Setting{"tail-ring-mib", "MIB",
            "Recent records kept in memory for readers at the tail, in MiB a lane.",
            IntegerSetting{&BrokerConfig::tail_ring_mib, 1, 65'536}},
    Setting{"append-queue-mib", "MIB",
            "Records that may wait to be written, in MiB a lane; beyond it puts are refused with "
            "OVERLOADED.",
            IntegerSetting{&BrokerConfig::append_queue_mib, 32, 65'536}},
    Setting{"disk-budget", "SIZE",
            "How full the disk may get before puts are refused with DISK_BUDGET_EXCEEDED: percent "
            "of the data directory's file system (95%), bytes of the data directory itself "
            "(500GiB), or both (500GiB,99%).",
            DiskBudgetSetting{&BrokerConfig::disk_budget}},
    Setting{"control-threads", "N", "Threads of the control plane and of timers.",
            IntegerSetting{&BrokerConfig::control_threads, 1, 64}},
    Setting{"stop-timeout-ms", "MS",
            "How long calls under way may take to finish when the broker stops, in milliseconds.",
            IntegerSetting{&BrokerConfig::stop_timeout_ms, 0, 600'000}},
    Setting{"endpoint-file", "FILE",
            "File to write the process id and the addresses listened on to, as JSON, when the "
            "broker is up; removed when it stops.",
            TextSetting{&BrokerConfig::endpoint_file, true}},
    Setting{"key-ring-file", "FILE",
            "Master keys that streams are encrypted with (docs/encryption.md); it must be readable "
            "by the broker's user alone.",
            TextSetting{&BrokerConfig::key_ring_file, true}},
    Setting{"log-level", "LEVEL", "Lowest level that is logged.",
            ChoiceSetting<LogLevel>{&BrokerConfig::log_level, kLogLevels}},
    Setting{"log-format", "FORMAT", "Form of the log lines on stderr.",
            ChoiceSetting<LogFormat>{&BrokerConfig::log_format, kLogFormats}},
};

absl::string_view ToAbsl(std::string_view text) {
  return {text.data(), text.size()};
}

absl::Status Refuse(std::string_view what) {
  return MakeError(ErrorReason::kInvalidArgument, what);
}

// Of ARNs: KCL takes no other characters (StreamIdentifier).
absl::Status CheckRegion(std::string_view text) {
  const bool good = text.size() <= 32 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
                      return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
                    });
  if (good) return absl::OkStatus();
  return Refuse(
      absl::StrCat("is '", Excerpt(text), "', not up to 32 of small letters, digits and '-'"));
}

absl::Status CheckAccountId(std::string_view text) {
  constexpr size_t kDigits = 12;
  const bool good =
      text.size() == kDigits &&
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_isdigit(c); });
  if (good) return absl::OkStatus();
  return Refuse(absl::StrCat("is '", Excerpt(text), "', not ", kDigits, " digits"));
}

template <typename Names>
std::string Join(const Names& names, absl::string_view separator) {
  return absl::StrJoin(names, separator,
                       [](std::string* out, std::string_view name) { out->append(name); });
}

absl::Status Apply(const TextSetting& setting, std::string_view text, BrokerConfig* config) {
  if (text.empty() && !setting.may_be_empty) return Refuse("is empty");
  if (text.find('\0') != std::string_view::npos) return Refuse("has a zero byte in it");
  if (setting.check != nullptr) RETURN_IF_ERROR(setting.check(text));
  config->*setting.field = std::string(text);
  return absl::OkStatus();
}

absl::Status Apply(const AddressSetting& setting, std::string_view text, BrokerConfig* config) {
  absl::StatusOr<ListenAddress> address = ListenAddress::Parse(text);
  if (!address.ok()) return Refuse(absl::StrCat("is ", address.status().message()));
  config->*setting.field = *std::move(address);
  return absl::OkStatus();
}

absl::Status Apply(const DiskBudgetSetting& setting, std::string_view text, BrokerConfig* config) {
  const absl::StatusOr<DiskBudgetConfig> budget = DiskBudgetConfig::Parse(text);
  if (!budget.ok()) return Refuse(absl::StrCat("is ", budget.status().message()));
  config->*setting.field = *budget;
  return absl::OkStatus();
}

absl::Status Apply(const OptionalAddressSetting& setting, std::string_view text,
                   BrokerConfig* config) {
  if (text.empty() || text == kOff) {
    config->*setting.field = std::nullopt;
    return absl::OkStatus();
  }
  absl::StatusOr<ListenAddress> address = ListenAddress::Parse(text);
  if (!address.ok())
    return Refuse(absl::StrCat("is ", address.status().message(), ", and not off"));
  config->*setting.field = *std::move(address);
  return absl::OkStatus();
}

absl::Status Apply(const IntegerSetting& setting, std::string_view text, BrokerConfig* config) {
  uint32_t value = 0;
  const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isdigit(c);
  });
  if (!digits || !absl::SimpleAtoi(ToAbsl(text), &value) || value < setting.min ||
      value > setting.max) {
    return Refuse(absl::StrCat("is '", Excerpt(text), "', not a whole number from ", setting.min,
                               " to ", setting.max));
  }
  config->*setting.field = value;
  return absl::OkStatus();
}

template <typename Enum>
absl::Status Apply(const ChoiceSetting<Enum>& setting, std::string_view text,
                   BrokerConfig* config) {
  const auto found = std::find(setting.names.begin(), setting.names.end(), text);
  if (found == setting.names.end()) {
    return Refuse(absl::StrCat("is '", Excerpt(text), "', not one of ", Join(setting.names, ", ")));
  }
  config->*setting.field = static_cast<Enum>(found - setting.names.begin());
  return absl::OkStatus();
}

std::string Format(const TextSetting& setting, const BrokerConfig& config) {
  return config.*setting.field;
}
std::string Format(const AddressSetting& setting, const BrokerConfig& config) {
  return (config.*setting.field).ToString();
}
std::string Format(const DiskBudgetSetting& setting, const BrokerConfig& config) {
  return (config.*setting.field).ToString();
}
std::string Format(const OptionalAddressSetting& setting, const BrokerConfig& config) {
  const std::optional<ListenAddress>& address = config.*setting.field;
  return address.has_value() ? address->ToString() : std::string(kOff);
}
std::string Format(const IntegerSetting& setting, const BrokerConfig& config) {
  return std::to_string(config.*setting.field);
}
template <typename Enum>
std::string Format(const ChoiceSetting<Enum>& setting, const BrokerConfig& config) {
  return std::string(setting.names[static_cast<size_t>(config.*setting.field)]);
}

std::string Allowed(const TextSetting&) {
  return "";
}
std::string Allowed(const AddressSetting&) {
  return "";
}
std::string Allowed(const DiskBudgetSetting&) {
  return "";
}
std::string Allowed(const OptionalAddressSetting&) {
  return "";
}
std::string Allowed(const IntegerSetting& setting) {
  return absl::StrCat(setting.min, " to ", setting.max);
}
template <typename Enum>
std::string Allowed(const ChoiceSetting<Enum>& setting) {
  return Join(setting.names, ", ");
}

}  // namespace

std::span<const Setting> Settings() {
  return kSettings;
}

const Setting* FindSetting(std::string_view name) {
  for (const Setting& setting : kSettings) {
    if (setting.name == name) return &setting;
  }
  return nullptr;
}

std::string EnvironmentName(const Setting& setting) {
  return "PENSTOCK_" + absl::AsciiStrToUpper(FileKey(setting));
}

std::string FileKey(const Setting& setting) {
  return absl::StrReplaceAll(ToAbsl(setting.name), {{"-", "_"}});
}

std::string AllowedValues(const Setting& setting) {
  return std::visit([](const auto& value) { return Allowed(value); }, setting.value);
}

absl::Status ApplySetting(const Setting& setting, std::string_view text, BrokerConfig* config) {
  return std::visit([&](const auto& value) { return Apply(value, text, config); }, setting.value);
}

std::string ValueOf(const Setting& setting, const BrokerConfig& config) {
  return std::visit([&](const auto& value) { return Format(value, config); }, setting.value);
}

std::string DefaultOf(const Setting& setting) {
  return ValueOf(setting, BrokerConfig());
}

}  // namespace penstock::broker
