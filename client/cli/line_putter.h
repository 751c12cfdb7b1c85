// LinePutter: what `penstock put` does: reads lines, finds their partition keys, puts them in
// order, and says what became of each.
//
// Lines are gathered into a request until it is full, or the next line would have to be waited for;
// a line that cannot be put ends the work after those before it are put. Not thread-safe; what it
// is given outlives it.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "client/cli/command.h"
#include "client/cli/input_file.h"
#include "client/cli/key_field.h"
#include "client/cli/line_ranges.h"
#include "client/cli/line_reader.h"
#include "client/cli/ordered_put.h"
#include "client/cli/output.h"
#include "client/cli/progress.h"
#include "common/limits.h"

namespace penstock::cli {

struct PutArguments {
  std::string stream_name;
  std::string file = "-";
  // Without either, each record gets a random key.
  std::optional<std::string> key;
  std::optional<std::string> key_field;
  // 1 to 500.
  uint32_t batch_records_max = kPutRecordsEntriesMax;
};

class LinePutter {
 public:
  // `stream` is the one that the arguments name.
  LinePutter(const GlobalOptions& globals, const PutArguments& arguments, Client& client,
             const InputFile& input, const StreamDescription& stream);

  // OK if every line is stored. Otherwise standard error says which lines are, which may be, and
  // which are not.
  absl::Status Run();

 private:
  absl::Status PutAll();

  // Up to a whole request, less where the next line would have to be waited for. Empty at the end.
  absl::Status ReadBatch();
  absl::StatusOr<PendingLine> ToPending(std::string_view line);
  absl::StatusOr<std::string> KeyOf(std::string_view line);

  void OnResult(uint64_t line, const PutRecordsResultEntry& entry);
  void PrintSummary();
  void PrintWhatBecameOfTheLines() const;

  const GlobalOptions& globals_;
  const PutArguments& arguments_;
  const size_t record_bytes_max_;
  LineReader reader_;
  Output output_;
  Progress progress_;
  std::mt19937_64 random_;
  std::optional<KeyField> key_field_;
  OrderedPut put_;

  std::vector<PendingLine> batch_;
  // Read, but did not fit into the batch.
  std::optional<PendingLine> carried_;
  LineRanges acknowledged_;
  LineRanges unknown_;
  LineRanges not_applied_;
};

}  // namespace penstock::cli
