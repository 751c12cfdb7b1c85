#include "client/cli/line_putter.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

#include "client/cli/json_lines.h"
#include "client/cli/number_text.h"
#include "client/rpc/error_details.h"
#include "common/check.h"
#include "common/clock.h"
#include "common/record.h"
#include "common/status_macros.h"
#include "penstock/errors.h"

namespace penstock::cli {
namespace {

constexpr int kNoDescriptor = -1;
// How long a wait for outcomes lasts before the progress is shown again.
constexpr absl::Duration kLookInterval = absl::Milliseconds(100);

int64_t NowMs() {
  return SystemClock::Get().MonotonicMs();
}

// `error` with its details, which names the line.
absl::Status AtLine(uint64_t line, const absl::Status& error) {
  absl::Status told(error.code(), absl::StrCat("line ", line, ": ", error.message()));
  error.ForEachPayload(
      [&](absl::string_view type, const absl::Cord& payload) { told.SetPayload(type, payload); });
  return told;
}

}  // namespace

LinePutter::LinePutter(const Setup& setup, std::unique_ptr<RecordSink> sink)
    : globals_(setup.globals),
      arguments_(setup.arguments),
      input_descriptor_(setup.input.descriptor()),
      record_bytes_max_(setup.record_bytes_max),
      patience_(setup.patience),
      reader_(input_descriptor_, record_bytes_max_),
      output_(setup.output_descriptor),
      progress_(SystemClock::Get(), isatty(STDERR_FILENO) == 1 && !setup.globals.is_json,
                setup.input.Bytes()),
      random_(std::random_device()()),
      window_({kLinesInWorkMax, kBytesInWorkMax}),
      sink_(std::move(sink)) {
  if (arguments_.key_field.has_value()) key_field_.emplace(*arguments_.key_field);
}

absl::Status LinePutter::Run() {
  const absl::Status read = PutLines();
  SeeThrough();
  progress_.Clear();
  // What failed is of an earlier line than the one that could not be put.
  absl::Status status = failure_;
  status.Update(read);
  if (status.ok() && !globals_.is_json) output_.Line(Summary());
  status.Update(output_.Flush());
  return status;
}

absl::Status LinePutter::PutLines() {
  while (!has_failed_) {
    if (outcomes_.has_some()) {
      Collect();
    } else if (window_.IsFull()) {
      Await(kNoDescriptor);
    } else if (!window_.empty() && reader_.WouldBlock()) {
      Await(input_descriptor_);
    } else {
      // All is stored, and whoever writes the input may wait to read that before the next line.
      if (window_.empty() && reader_.WouldBlock()) RETURN_IF_ERROR(output_.Flush());
      const uint64_t bytes_before = reader_.bytes_taken();
      ASSIGN_OR_RETURN(const std::optional<std::string_view> line, reader_.Next());
      if (!line.has_value()) return absl::OkStatus();
      if (const absl::Status put = PutLine(*line); !put.ok())
        return AtLine(reader_.line_number(), put);
      if (window_.empty()) last_progress_ms_ = NowMs();
      window_.Add(reader_.bytes_taken() - bytes_before);
    }
  }
  return absl::OkStatus();
}

absl::Status LinePutter::PutLine(std::string_view line) {
  ASSIGN_OR_RETURN(const std::string key, KeyOf(line));
  RETURN_IF_ERROR(ValidateRecord({line, key, {}}, record_bytes_max_));
  return sink_->Put({.data = line, .partition_key = key},
                    [this, number = reader_.line_number()](PutOutcome outcome) {
                      outcomes_.Post({number, std::move(outcome)});
                    });
}

absl::StatusOr<std::string> LinePutter::KeyOf(std::string_view line) {
  if (arguments_.key.has_value()) return *arguments_.key;
  if (key_field_.has_value()) return key_field_->KeyOf(line);
  return absl::StrFormat("%016x", random_());
}

void LinePutter::SeeThrough() {
  if (has_given_up_) return;
  sink_->Flush();
  Collect();
  while (!window_.empty()) Await(kNoDescriptor);
}

void LinePutter::Await(int descriptor) {
  // Whoever reads the output waits for no more than this program does.
  if (!output_.Flush().ok()) has_failed_ = true;
  const absl::Duration left = patience_ - absl::Milliseconds(NowMs() - last_progress_ms_);
  outcomes_.Wait(descriptor, std::clamp(left, absl::ZeroDuration(), kLookInterval));
  Collect();
  LookForThrottling();
  progress_.Update(acknowledged_.count(), acknowledged_bytes_);
  if (window_.empty()) return;
  if (absl::Milliseconds(NowMs() - last_progress_ms_) >= patience_) GiveUp();
}

void LinePutter::Collect() {
  for (LineOutcome& told : outcomes_.TakeAll()) {
    if (told.outcome.ok()) {
      last_progress_ms_ = NowMs();
    } else {
      has_failed_ = true;
      if (has_given_up_) told.outcome.status = GivenUpError(told.outcome);
    }
    window_.Settle(told.line, std::move(told.outcome));
  }
  while (const std::optional<LineWindow::Settled> settled = window_.TakeFirst()) Report(*settled);
}

void LinePutter::Report(const LineWindow::Settled& settled) {
  const PutOutcome& outcome = settled.outcome;
  if (outcome.ok()) {
    acknowledged_.Add(settled.line);
    acknowledged_bytes_ += settled.bytes;
    if (globals_.is_json) output_.Line(AcknowledgedJson(settled.line, outcome));
    return;
  }
  const bool may_be_stored = GetErrorDetails(outcome.status).outcome_unknown;
  (may_be_stored ? unknown_ : not_applied_).Add(settled.line);
  if (failure_.ok()) failure_ = AtLine(settled.line, outcome.status);
  if (globals_.is_json) output_.Line(FailedJson(settled.line, outcome.status));
}

void LinePutter::LookForThrottling() {
  const uint64_t count = sink_->ThrottledCount();
  if (std::exchange(throttled_count_, count) == count) return;
  last_progress_ms_ = NowMs();
  progress_.Throttled();
}

void LinePutter::GiveUp() {
  has_given_up_ = true;
  sink_.reset();
  Collect();
  CHECK(window_.empty());
}

absl::Status LinePutter::GivenUpError(const PutOutcome& outcome) const {
  std::string text = absl::StrCat("nothing was stored for ", absl::FormatDuration(patience_));
  const std::vector<PutAttempt>& attempts = outcome.attempts();
  // The attempts that giving up has ended itself say nothing.
  const auto last = std::find_if(attempts.rbegin(), attempts.rend(), [](const PutAttempt& attempt) {
    return !absl::IsCancelled(attempt.error);
  });
  if (last != attempts.rend()) absl::StrAppend(&text, "; at last: ", last->error.message());
  return rpc::WithOutcome(absl::DeadlineExceededError(text),
                          GetErrorDetails(outcome.status).outcome_unknown);
}

std::string LinePutter::Summary() const {
  const uint64_t count = acknowledged_.count();
  const absl::Duration elapsed = progress_.elapsed();
  return absl::StrCat(FormatCount(count), count == 1 ? " record (" : " records (",
                      FormatBytes(reader_.bytes_taken()), ") put to ", arguments_.stream_name,
                      " in ", absl::StrFormat("%.2f s", absl::ToDoubleSeconds(elapsed)), ", ",
                      FormatRate(count, elapsed));
}

std::string LinePutter::WhatBecameOfTheLines() const {
  std::string text;
  const auto add = [&text](const char* what, const LineRanges& lines) {
    if (lines.count() == 0) return;
    absl::StrAppend(&text, what, ": ", FormatCount(lines.count()), " (lines ", lines.Text(), ")\n");
  };
  add("acknowledged", acknowledged_);
  add("outcome unknown, may be stored", unknown_);
  add("not stored", not_applied_);
  absl::StrAppend(&text, "not sent: from line ",
                  acknowledged_.count() + unknown_.count() + not_applied_.count() + 1, " on\n");
  return text;
}

}  // namespace penstock::cli
