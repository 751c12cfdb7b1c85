#include "client/cli/record_printer.h"

#include "absl/strings/str_format.h"

#include "client/cli/json_lines.h"
#include "client/cli/table.h"
#include "client/cli/time_text.h"

namespace penstock::cli {
namespace {

constexpr size_t kDataCharactersMax = 1'000;

std::string TextLine(const std::string& shard_id, const ReceivedRecord& record) {
  return absl::StrFormat("%s  %8d  %s  %s  %s", shard_id, record.sequence_number,
                         FormatTimestamp(record.approximate_arrival_time),
                         PrintableText(record.partition_key, kDataCharactersMax),
                         PrintableText(record.data, kDataCharactersMax));
}

}  // namespace

absl::Status RecordPrinter::Print(const std::string& shard_id,
                                  const std::vector<ReceivedRecord>& records) {
  for (const ReceivedRecord& record : records) {
    output_.Line(is_json_ ? RecordJson(shard_id, record) : TextLine(shard_id, record));
  }
  return output_.Flush();
}

}  // namespace penstock::cli
