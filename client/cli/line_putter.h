// LinePutter: what `penstock put` does: reads lines, finds their partition keys, puts them in
// order, and says what became of each, in order.
//
//   input ──line──> sink ──> broker
//             │       └──outcomes──> mailbox ──┐
//             └──> window: put, not reported <─┴──first lines──> output
//
// Many lines are under way at a time; their number and bytes are bounded, and so is the memory,
// however slow the broker or whoever reads the output. Lines that can be read and outcomes are
// waited for together: input that stalls keeps nothing back. A batch waits for more lines no longer
// than ProducerOptions::record_max_buffered_time.
//
// What ends the work early: a line that cannot be put, a record that fails, output that cannot be
// written, or nothing stored for as long as the patience. Nothing more is put then; what was put
// before is seen through, but for the last, where it is given up.
//
// Not thread-safe; what it is given outlives it. The sink's callbacks may come on other threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "client/cli/command.h"
#include "client/cli/input_file.h"
#include "client/cli/key_field.h"
#include "client/cli/line_ranges.h"
#include "client/cli/line_reader.h"
#include "client/cli/line_window.h"
#include "client/cli/outcome_mailbox.h"
#include "client/cli/output.h"
#include "client/cli/progress.h"
#include "client/cli/put_arguments.h"
#include "client/cli/record_sink.h"

namespace penstock::cli {

class LinePutter {
 public:
  // Lines that are put and not yet reported, and their bytes. The Producer has room for more than
  // that (ProducerOptions::buffered_bytes_max), so that its Put never waits.
  static constexpr size_t kLinesInWorkMax = 16'384;
  static constexpr uint64_t kBytesInWorkMax = 32 << 20;

  struct Setup {
    const GlobalOptions& globals;
    const PutArguments& arguments;
    const InputFile& input;
    // Of the stream: data and partition key.
    size_t record_bytes_max = 0;
    // How long to go on while nothing is stored. What the broker refuses because of the stream's
    // limits begins it anew: it is there, and lets through what it may.
    absl::Duration patience;
    int output_descriptor = STDOUT_FILENO;
  };
  LinePutter(const Setup& setup, std::unique_ptr<RecordSink> sink);

  // OK if every line is stored. Once.
  absl::Status Run();

  // For people: which lines are stored, which may be, and which are not. After Run.
  std::string WhatBecameOfTheLines() const;

 private:
  // Until the end of the input, or what ends the work early.
  absl::Status PutLines();
  absl::Status PutLine(std::string_view line);
  absl::StatusOr<std::string> KeyOf(std::string_view line);
  // Until all that was put is reported.
  void SeeThrough();

  // Until there is an outcome, or `descriptor` can be read, or for a moment.
  void Await(int descriptor);
  // Takes what is known, and reports the lines whose turn it is.
  void Collect();
  void Report(const LineWindow::Settled& settled);
  void LookForThrottling();
  void GiveUp();
  absl::Status GivenUpError(const PutOutcome& outcome) const;
  std::string Summary() const;

  const GlobalOptions& globals_;
  const PutArguments& arguments_;
  const int input_descriptor_;
  const size_t record_bytes_max_;
  const absl::Duration patience_;
  LineReader reader_;
  Output output_;
  Progress progress_;
  std::mt19937_64 random_;
  std::optional<KeyField> key_field_;

  LineWindow window_;
  LineRanges acknowledged_;
  LineRanges unknown_;
  LineRanges not_applied_;
  uint64_t acknowledged_bytes_ = 0;

  // When something was stored last, or began to be waited for.
  int64_t last_progress_ms_ = 0;
  uint64_t throttled_count_ = 0;
  // Nothing more is to be put. The first error, in the order of the lines, follows.
  bool has_failed_ = false;
  bool has_given_up_ = false;
  absl::Status failure_;

  OutcomeMailbox outcomes_;
  // Last: its callbacks run until it is gone.
  std::unique_ptr<RecordSink> sink_;
};

}  // namespace penstock::cli
