#include "client/cli/line_putter.h"

#include <cstdio>
#include <unistd.h>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

#include "client/cli/json_lines.h"
#include "client/cli/number_text.h"
#include "common/clock.h"
#include "common/record.h"
#include "common/status_macros.h"

namespace penstock::cli {
namespace {

size_t EntryBytes(const PutRecordsEntry& entry) {
  return entry.data.size() + entry.partition_key.size();
}

}  // namespace

LinePutter::LinePutter(const GlobalOptions& globals, const PutArguments& arguments, Client& client,
                       const InputFile& input, const StreamDescription& stream)
    : globals_(globals),
      arguments_(arguments),
      record_bytes_max_(size_t{stream.record_kib_max} * 1024),
      reader_(input.descriptor(), record_bytes_max_),
      progress_(SystemClock::Get(), isatty(STDERR_FILENO) == 1 && !globals.is_json, input.Bytes()),
      random_(std::random_device()()),
      put_({.put =
                [this, &client](auto entries) {
                  return client.PutRecords(arguments_.stream_name, std::move(entries));
                },
            .on_result = [this](uint64_t line,
                                const PutRecordsResultEntry& entry) { OnResult(line, entry); },
            .sleep = [](absl::Duration time) { absl::SleepFor(time); },
            .on_throttled = [this](size_t records,
                                   absl::Duration wait) { progress_.Throttled(records, wait); },
            .patience = globals.timeout(),
            .bytes_are_limited = stream.limits.write_bytes_per_second != 0,
            .seed = random_()}) {
  if (arguments.key_field.has_value()) key_field_.emplace(*arguments.key_field);
}

absl::Status LinePutter::Run() {
  absl::Status status = PutAll();
  progress_.Clear();
  if (status.ok() && !globals_.is_json) PrintSummary();
  status.Update(output_.Flush());
  if (!status.ok()) PrintWhatBecameOfTheLines();
  return status;
}

absl::Status LinePutter::PutAll() {
  while (true) {
    // A line that cannot be put does not keep back those before it.
    absl::Status read = ReadBatch();
    if (batch_.empty()) return read;
    RETURN_IF_ERROR(put_.PutAll(std::exchange(batch_, {})));
    RETURN_IF_ERROR(output_.Flush());
    progress_.Update(acknowledged_.count(), reader_.bytes_taken());
    RETURN_IF_ERROR(read);
  }
}

absl::Status LinePutter::ReadBatch() {
  size_t bytes = 0;
  if (carried_.has_value()) {
    bytes = EntryBytes(carried_->entry);
    batch_.push_back(*std::exchange(carried_, std::nullopt));
  }
  while (batch_.size() < arguments_.batch_records_max) {
    if (!batch_.empty() && reader_.WouldBlock()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::optional<std::string_view> line, reader_.Next());
    if (!line.has_value()) return absl::OkStatus();
    ASSIGN_OR_RETURN(PendingLine pending, ToPending(*line));
    bytes += EntryBytes(pending.entry);
    if (bytes > kPutRecordsBytesMax && !batch_.empty()) {
      carried_ = std::move(pending);
      return absl::OkStatus();
    }
    batch_.push_back(std::move(pending));
  }
  return absl::OkStatus();
}

absl::StatusOr<PendingLine> LinePutter::ToPending(std::string_view line) {
  const auto fault = [this](const absl::Status& status) {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", reader_.line_number(), ": ", status.message()));
  };
  PendingLine pending;
  pending.line = reader_.line_number();
  absl::StatusOr<std::string> key = KeyOf(line);
  if (!key.ok()) return fault(key.status());
  pending.entry.partition_key = *std::move(key);
  // Copies the payload: the line lives in the reader's buffer.
  pending.entry.data = std::string(line);
  const absl::Status valid =
      ValidateRecord({pending.entry.data, pending.entry.partition_key, {}}, record_bytes_max_);
  if (!valid.ok()) return fault(valid);
  return pending;
}

absl::StatusOr<std::string> LinePutter::KeyOf(std::string_view line) {
  if (arguments_.key.has_value()) return *arguments_.key;
  if (key_field_.has_value()) return key_field_->KeyOf(line);
  return absl::StrFormat("%016x", random_());
}

void LinePutter::OnResult(uint64_t line, const PutRecordsResultEntry& entry) {
  LineRanges& lines = entry.ok() ? acknowledged_ : entry.outcome_unknown ? unknown_ : not_applied_;
  lines.Add(line);
  if (globals_.is_json)
    output_.Line(entry.ok() ? AcknowledgedJson(line, entry) : FailedJson(line, entry));
}

void LinePutter::PrintSummary() {
  const uint64_t count = acknowledged_.count();
  const absl::Duration elapsed = progress_.elapsed();
  output_.Line(absl::StrCat(FormatCount(count), count == 1 ? " record (" : " records (",
                            FormatBytes(reader_.bytes_taken()), ") put to ", arguments_.stream_name,
                            " in ", absl::StrFormat("%.2f s", absl::ToDoubleSeconds(elapsed)), ", ",
                            FormatRate(count, elapsed)));
}

void LinePutter::PrintWhatBecameOfTheLines() const {
  const auto print = [](const char* what, const LineRanges& lines) {
    if (lines.count() > 0)
      absl::FPrintF(stderr, "%s: %s (lines %s)\n", what, FormatCount(lines.count()), lines.Text());
  };
  print("acknowledged", acknowledged_);
  print("outcome unknown, may be stored", unknown_);
  print("not stored", not_applied_);
  absl::FPrintF(stderr, "not sent: from line %d on\n",
                acknowledged_.count() + unknown_.count() + not_applied_.count() + 1);
}

}  // namespace penstock::cli
