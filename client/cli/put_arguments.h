// What `penstock put` is given on the command line, beside the options of every command.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/limits.h"
#include "penstock/producer_options.h"

namespace penstock::cli {

struct PutArguments {
  std::string stream_name = {};
  std::string file = "-";
  // Without either, each record gets a random key.
  std::optional<std::string> key = {};
  std::optional<std::string> key_field = {};
  // 1 to 65,536.
  uint32_t batch_records_max = kBatchRecordsMax;
  Compression compression = Compression::kNone;
  // Several records in one, in the format of the Kinesis Producer Library.
  bool is_aggregated = false;
};

}  // namespace penstock::cli
