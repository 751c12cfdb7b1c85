#include "client/cli/line_putter.h"

#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "client/rpc/error_details.h"
#include "penstock/errors.h"
#include "tests/support/temporary_folder.h"

namespace penstock::cli {
namespace {

std::shared_ptr<const PutHistory> HistoryOf(const std::vector<PutAttempt>& attempts = {}) {
  PutHistory history;
  history.shard_id = "s";
  history.attempts = attempts;
  return std::make_shared<const PutHistory>(history);
}

PutOutcome Failed(const absl::Status& error, bool outcome_unknown = false) {
  return {rpc::WithOutcome(error, outcome_unknown), 0, {}, HistoryOf()};
}

// What was put, and what is to become of it. Lives longer than the sink.
struct Script {
  struct Held {
    std::string data;
    PutCallback done;
  };

  // Called by Put; without it records are stored at once.
  std::function<absl::Status(Held)> on_put = nullptr;
  std::function<void()> on_flush = nullptr;
  std::function<uint64_t()> throttled_count = nullptr;
  // What becomes of the records that are held to the end.
  std::function<PutOutcome()> on_end = [] { return Failed(absl::CancelledError("gone"), true); };

  void Store(Held held) { held.done({absl::OkStatus(), ++stored, {}, HistoryOf()}); }
  absl::Status Hold(Held record) {
    held.push_back(std::move(record));
    return absl::OkStatus();
  }

  uint64_t stored = 0;
  std::vector<std::string> puts;
  std::vector<std::string> keys;
  std::vector<Held> held;
};

class FakeSink final : public RecordSink {
 public:
  explicit FakeSink(Script& script) : script_(script) {}
  ~FakeSink() override {
    for (Script::Held& record : std::exchange(script_.held, {})) record.done(script_.on_end());
  }

  absl::Status Put(const ProducerRecord& record, PutCallback done) override {
    script_.puts.emplace_back(record.data);
    script_.keys.emplace_back(record.partition_key);
    Script::Held held{std::string(record.data), std::move(done)};
    if (script_.on_put) return script_.on_put(std::move(held));
    script_.Store(std::move(held));
    return absl::OkStatus();
  }
  void Flush() override {
    if (script_.on_flush) script_.on_flush();
  }
  uint64_t ThrottledCount() const override {
    return script_.throttled_count ? script_.throttled_count() : 0;
  }

 private:
  Script& script_;
};

struct Fixture {
  Fixture() {
    globals.is_json = true;
    arguments.stream_name = "orders";
    arguments.key = "k";
  }

  absl::Status Put(const std::string& text) {
    const std::string path = folder.path() + "/lines";
    std::ofstream(path, std::ios::binary) << text;
    const absl::StatusOr<InputFile> input = InputFile::Open(path);
    REQUIRE(input.ok());
    const std::string output_path = folder.path() + "/output";
    const int output_descriptor =
        open(output_path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    REQUIRE(output_descriptor >= 0);
    LinePutter putter({.globals = globals,
                       .arguments = arguments,
                       .input = *input,
                       .record_bytes_max = 1 << 20,
                       .patience = patience,
                       .output_descriptor = output_descriptor},
                      std::make_unique<FakeSink>(script));
    absl::Status status = putter.Run();
    report = putter.WhatBecameOfTheLines();
    close(output_descriptor);
    std::ifstream written(output_path);
    output.assign(std::istreambuf_iterator<char>(written), {});
    return status;
  }

  const testing::TemporaryFolder folder;
  GlobalOptions globals;
  PutArguments arguments;
  absl::Duration patience = absl::Seconds(60);
  Script script;

  std::string output;
  std::string report;
};

TEST_CASE_METHOD(Fixture, "lines are put in their order, and told in it", "[line_putter]") {
  script.on_put = [this](auto record) { return script.Hold(std::move(record)); };
  // Shards answer in any order.
  script.on_flush = [this] {
    while (!script.held.empty()) {
      script.Store(std::move(script.held.back()));
      script.held.pop_back();
    }
  };
  CHECK(Put("a\nb\n\nc").ok());
  CHECK(script.puts == std::vector<std::string>{"a", "b", "", "c"});
  CHECK(script.keys == std::vector<std::string>(4, "k"));
  CHECK(output ==
        "{\"line\":1,\"shard_id\":\"s\",\"sequence_number\":4}\n"
        "{\"line\":2,\"shard_id\":\"s\",\"sequence_number\":3}\n"
        "{\"line\":3,\"shard_id\":\"s\",\"sequence_number\":2}\n"
        "{\"line\":4,\"shard_id\":\"s\",\"sequence_number\":1}\n");
}

TEST_CASE_METHOD(Fixture, "people get a summary", "[line_putter]") {
  globals.is_json = false;
  CHECK(Put("a\nbcd\n").ok());
  CHECK(output.find("2 records (6 B) put to orders in 0.") == 0);
}

TEST_CASE_METHOD(Fixture, "without a key each record has one of its own", "[line_putter]") {
  arguments.key.reset();
  CHECK(Put("a\na\na\n").ok());
  CHECK(std::set<std::string>(script.keys.begin(), script.keys.end()).size() == 3);
}

TEST_CASE_METHOD(Fixture, "nothing is put after a record that has failed", "[line_putter]") {
  script.on_put = [this](auto record) {
    if (record.data == "a") return script.Hold(std::move(record));
    record.done(Failed(rpc::ToStatus({.reason = "STREAM_NOT_FOUND", .message = "no stream"})));
    return absl::OkStatus();
  };
  // What was put before is seen through.
  script.on_flush = [this] {
    for (Script::Held& record : std::exchange(script.held, {})) script.Store(std::move(record));
  };
  const absl::Status status = Put("a\nb\nc\n");
  CHECK(absl::IsNotFound(status));
  CHECK(status.message() == "line 2: no stream");
  CHECK(GetErrorDetails(status).reason == "STREAM_NOT_FOUND");
  CHECK(script.puts == std::vector<std::string>{"a", "b"});
  CHECK(report == "acknowledged: 1 (lines 1)\nnot stored: 1 (lines 2)\nnot sent: from line 3 on\n");
  CHECK(output ==
        "{\"line\":1,\"shard_id\":\"s\",\"sequence_number\":1}\n"
        "{\"line\":2,\"error\":\"STREAM_NOT_FOUND\",\"message\":\"no stream\","
        "\"outcome\":\"not_applied\"}\n");
}

TEST_CASE_METHOD(Fixture, "a line that cannot be put does not keep back those before it",
                 "[line_putter]") {
  arguments.key.reset();
  arguments.key_field = "k";
  const absl::Status status = Put("{\"k\":\"x\"}\n{\"k\n{\"k\":\"z\"}\n");
  CHECK(absl::IsInvalidArgument(status));
  CHECK(std::string(status.message()).find("line 2: not JSON") == 0);
  CHECK(script.keys == std::vector<std::string>{"x"});
  CHECK(report == "acknowledged: 1 (lines 1)\nnot sent: from line 2 on\n");
}

TEST_CASE_METHOD(Fixture, "a line that the sink does not take ends the work", "[line_putter]") {
  script.on_put = [this](auto record) -> absl::Status {
    if (record.data == "b") return absl::InvalidArgumentError("not this one");
    script.Store(std::move(record));
    return absl::OkStatus();
  };
  CHECK(Put("a\nb\nc\n").message() == "line 2: not this one");
  CHECK(script.puts == std::vector<std::string>{"a", "b"});
  CHECK(report == "acknowledged: 1 (lines 1)\nnot sent: from line 2 on\n");
}

TEST_CASE_METHOD(Fixture, "it gives up when nothing is stored, and has not read on meanwhile",
                 "[line_putter]") {
  patience = absl::Milliseconds(20);
  script.on_put = [this](auto record) { return script.Hold(std::move(record)); };
  script.on_end = [] {
    PutOutcome outcome = Failed(absl::CancelledError("the producer is gone"), true);
    outcome.history = HistoryOf({{{}, {}, absl::UnavailableError("connection refused")},
                                 {{}, {}, absl::CancelledError("the producer is gone")}});
    return outcome;
  };
  std::string lines;
  for (size_t i = 0; i < LinePutter::kLinesInWorkMax + 1'000; ++i) lines += "x\n";
  const absl::Status status = Put(lines);
  CHECK(absl::IsDeadlineExceeded(status));
  CHECK(status.message() == "line 1: nothing was stored for 20ms; at last: connection refused");
  CHECK(GetErrorDetails(status).outcome_unknown);
  CHECK(script.puts.size() == LinePutter::kLinesInWorkMax);
  CHECK(report ==
        "outcome unknown, may be stored: 16,384 (lines 1-16384)\nnot sent: from line 16385 on\n");
}

TEST_CASE_METHOD(Fixture, "the bytes of lines under way are bounded", "[line_putter]") {
  patience = absl::Milliseconds(20);
  script.on_put = [this](auto record) { return script.Hold(std::move(record)); };
  script.on_end = [] { return Failed(absl::CancelledError("gone"), false); };
  const std::string line(1'000'000, 'x');
  std::string lines;
  for (int i = 0; i < 40; ++i) lines += line + "\n";
  const absl::Status status = Put(lines);
  CHECK(status.message() == "line 1: nothing was stored for 20ms");
  CHECK(script.puts.size() == LinePutter::kBytesInWorkMax / line.size() + 1);
  CHECK(report == "not stored: 34 (lines 1-34)\nnot sent: from line 35 on\n");
}

TEST_CASE_METHOD(Fixture, "a broker that throttles is waited for", "[line_putter]") {
  // Ten looks, each a longer wait than the patience.
  patience = absl::Milliseconds(2);
  script.on_put = [this](auto record) { return script.Hold(std::move(record)); };
  script.throttled_count = [this, looks = uint64_t{0}]() mutable {
    if (++looks == 10) {
      script.Store(std::move(script.held.front()));
      script.held.clear();
    }
    return std::min<uint64_t>(looks, 10);
  };
  CHECK(Put("a\n").ok());
  CHECK(script.stored == 1);
}

}  // namespace
}  // namespace penstock::cli
