// BrokerConfig: all that can be set of a broker, with the defaults.
//
// The initializers here are the defaults; names, limits and help texts are in settings.cc, which
// has one row for each field. Loaded by config_loader.h. A plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "broker/config/disk_budget_config.h"
#include "broker/config/listen_address.h"
#include "common/log.h"

namespace penstock::broker {

// Whether the Kinesis endpoint takes plain text where it has TLS.
enum class PlainText { kOff, kOn };

// The limits of streams that are created through the Kinesis endpoint.
enum class NewStreamLimits { kKinesis, kUnlimited };

struct BrokerConfig {
  // Relative to the working directory.
  std::string data_dir = "./penstock-data";
  // Counts only when the data directory is made.
  uint32_t lanes = 1;
  ListenAddress grpc_listen{"127.0.0.1", 7070};
  // Absent: there is no admin port.
  std::optional<ListenAddress> admin_listen = ListenAddress{"127.0.0.1", 9600};
  // Absent: there is no Kinesis endpoint.
  std::optional<ListenAddress> kinesis_listen = ListenAddress{"127.0.0.1", 4567};
  uint32_t kinesis_threads = 2;
  // Both or neither. Neither: no TLS.
  std::string kinesis_tls_cert_file;
  std::string kinesis_tls_key_file;
  PlainText kinesis_plain_text = PlainText::kOff;
  // Empty: no signature is verified, and the Kinesis endpoint serves this machine alone.
  std::string credentials_file;
  std::string region = "us-east-1";
  std::string account_id = "000000000000";
  NewStreamLimits kinesis_stream_limits = NewStreamLimits::kKinesis;
  uint32_t tail_ring_mib = 64;
  uint32_t append_queue_mib = 64;
  DiskBudgetConfig disk_budget;
  uint32_t control_threads = 2;
  uint32_t stop_timeout_ms = 10'000;
  // Empty: none is written.
  std::string endpoint_file;
  // Empty: no stream can be encrypted.
  std::string key_ring_file;
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kText;
};

}  // namespace penstock::broker
