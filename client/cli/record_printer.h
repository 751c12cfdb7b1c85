// RecordPrinter: records on standard output, one a line: JSON, or for people the shard, the
// sequence number, when the record arrived, its partition key and its data, cut at 1,000 characters
// and made safe for a terminal. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

#include "client/cli/output.h"
#include "penstock/records.h"

namespace penstock::cli {

class RecordPrinter {
 public:
  explicit RecordPrinter(bool is_json) : is_json_(is_json) {}

  // Flushes: whoever reads sees the records as they come.
  absl::Status Print(const std::string& shard_id, const std::vector<ReceivedRecord>& records);

 private:
  const bool is_json_;
  Output output_;
};

}  // namespace penstock::cli
