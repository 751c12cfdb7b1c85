#include "client/cli/ordered_put.h"

#include <deque>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "client/rpc/error_status.h"
#include "penstock/errors.h"

namespace penstock::cli {
namespace {

PutRecordsResultEntry Stored(uint64_t sequence_number) {
  return {"shardId-000000000000", sequence_number, "", "", false};
}

PutRecordsResultEntry Failed(const char* code, bool outcome_unknown = false) {
  return {"", 0, code, "as the test wants it", outcome_unknown};
}

// Answers with what the test has laid down for each request, and keeps what it was asked.
struct Script {
  std::deque<absl::StatusOr<std::vector<PutRecordsResultEntry>>> answers;
  std::vector<std::string> requests;
  std::map<uint64_t, PutRecordsResultEntry> results;
  std::vector<absl::Duration> waits;

  std::vector<size_t> throttled;

  OrderedPut Make(absl::Duration patience = absl::Seconds(30), bool bytes_are_limited = false) {
    return OrderedPut(
        {.put = [this](const std::vector<PutRecordsEntry>& entries)
             -> absl::StatusOr<PutRecordsResult> {
           std::string request;
           for (const PutRecordsEntry& entry : entries) request += entry.data;
           requests.push_back(request);
           REQUIRE_FALSE(answers.empty());
           auto answer = answers.front();
           // The last answer stays.
           if (answers.size() > 1) answers.pop_front();
           if (!answer.ok()) return answer.status();
           PutRecordsResult result;
           result.records = *answer;
           result.records.resize(entries.size(), result.records.back());
           return result;
         },
         .on_result =
             [this](uint64_t line, const PutRecordsResultEntry& entry) {
               CHECK(results.count(line) == 0);
               results[line] = entry;
             },
         .sleep = [this](absl::Duration time) { waits.push_back(time); },
         .on_throttled = [this](size_t records, absl::Duration) { throttled.push_back(records); },
         .patience = patience,
         .bytes_are_limited = bytes_are_limited,
         .seed = 1});
  }
};

std::vector<PendingLine> Lines(const std::string& data) {
  std::vector<PendingLine> lines;
  for (const char c : data) lines.push_back({lines.size() + 1, {std::string(1, c), "key", ""}});
  return lines;
}

TEST_CASE("what was throttled is put again, in its order, before anything else") {
  Script script;
  script.answers = {
      std::vector{Stored(1), Failed("OVERLOADED"), Stored(2), Failed("SHUTTING_DOWN")},
      std::vector{Failed("OVERLOADED"), Failed("OVERLOADED")}, std::vector{Stored(3), Stored(4)}};
  CHECK(script.Make().PutAll(Lines("abcd")).ok());
  CHECK(script.requests == std::vector<std::string>{"abcd", "bd", "bd"});
  CHECK(script.waits.size() == 2);
  REQUIRE(script.results.size() == 4);
  CHECK(script.results[2].sequence_number == 3);
  CHECK(script.results[4].sequence_number == 4);
}

PutRecordsResultEntry Throttled(absl::Duration retry_delay) {
  PutRecordsResultEntry entry = Failed("THROUGHPUT_EXCEEDED");
  entry.retry_delay = retry_delay;
  return entry;
}

TEST_CASE("records beyond the stream's limits are put again after the time that the broker names") {
  Script script;
  script.answers = {
      std::vector{Throttled(absl::Milliseconds(300)), Stored(1), Throttled(absl::Seconds(7))},
      std::vector{Stored(2), Stored(3)}};
  CHECK(script.Make().PutAll(Lines("abc")).ok());
  CHECK(script.requests == std::vector<std::string>{"abc", "ac"});
  CHECK(script.throttled == std::vector<size_t>{2});
  REQUIRE(script.waits.size() == 1);
  // And a little at random, so that not all who wait come at once.
  CHECK(script.waits[0] >= absl::Seconds(7));
  CHECK(script.waits[0] < absl::Seconds(8));
}

TEST_CASE("the times that the broker names do not use up the patience") {
  Script script;
  for (int i = 0; i < 5; ++i) script.answers.emplace_back(std::vector{Throttled(absl::Minutes(1))});
  script.answers.emplace_back(std::vector{Stored(1)});
  CHECK(script.Make(absl::Seconds(10)).PutAll(Lines("a")).ok());
  CHECK(script.requests.size() == 6);
}

std::vector<PendingLine> KeyedLines(const std::vector<PutRecordsEntry>& entries) {
  std::vector<PendingLine> lines;
  for (const PutRecordsEntry& entry : entries) lines.push_back({lines.size() + 1, entry});
  return lines;
}

TEST_CASE("where bytes are limited no smaller record of a key goes with a larger one before it") {
  Script script;
  script.answers = {std::vector{Stored(1)}};
  const std::vector<PendingLine> lines = KeyedLines({{"aa", "k"},
                                                     {"bbb", "k"},
                                                     {"zz", "other"},
                                                     {"c", "k"},
                                                     {"dddd", "k"},
                                                     {"yyy", "other"},
                                                     {"e", "k"}});
  CHECK(script.Make(absl::Seconds(30), /*bytes_are_limited=*/true).PutAll(lines).ok());
  CHECK(script.requests == std::vector<std::string>{"aabbbzzyyy", "cdddd", "e"});
  // Nothing was throttled, so nothing is waited for.
  CHECK(script.waits.empty());
  CHECK(script.results.size() == 7);

  Script unlimited;
  unlimited.answers = {std::vector{Stored(1)}};
  CHECK(unlimited.Make().PutAll(lines).ok());
  CHECK(unlimited.requests.size() == 1);
}

TEST_CASE("a record that was throttled goes before those of its key that were left out") {
  Script script;
  script.answers = {std::vector{Stored(1), Throttled(absl::Seconds(1))}, std::vector{Stored(2)}};
  const std::vector<PendingLine> lines = KeyedLines({{"aa", "k"}, {"bbb", "k"}, {"c", "k"}});
  CHECK(script.Make(absl::Seconds(30), /*bytes_are_limited=*/true).PutAll(lines).ok());
  CHECK(script.requests == std::vector<std::string>{"aabbb", "bbb", "c"});
}

TEST_CASE("what was left out of a request that fails is told as not sent") {
  for (const bool whole_call : {true, false}) {
    Script script;
    if (whole_call) {
      script.answers = {rpc::ToAbslStatus({grpc::StatusCode::UNAVAILABLE, "gone"},
                                          rpc::CallKind::kMutation, "PutRecords")};
    } else {
      script.answers = {std::vector{Failed("STORAGE_FAILED", true)}};
    }
    const std::vector<PendingLine> lines = KeyedLines({{"aa", "k"}, {"b", "k"}});
    CHECK_FALSE(script.Make(absl::Seconds(30), /*bytes_are_limited=*/true).PutAll(lines).ok());
    CHECK(script.requests == std::vector<std::string>{"aa"});
    REQUIRE(script.results.size() == 2);
    CHECK(script.results[1].outcome_unknown);
    CHECK(script.results[2].error_code == "NOT_SENT");
    CHECK_FALSE(script.results[2].outcome_unknown);
  }
}

TEST_CASE("an outcome that is not known ends the work") {
  Script script;
  script.answers = {std::vector{Stored(1), Failed("STORAGE_FAILED", true), Failed("OVERLOADED")}};
  const absl::Status status = script.Make().PutAll(Lines("abc"));
  CHECK(std::string(status.message()) == "line 2: as the test wants it (STORAGE_FAILED)");
  CHECK(script.requests.size() == 1);
  REQUIRE(script.results.size() == 3);
  CHECK(script.results[1].ok());
  CHECK(script.results[2].outcome_unknown);
  CHECK_FALSE(script.results[3].outcome_unknown);
}

TEST_CASE("a record that is throttled with its outcome unknown is not put again") {
  Script script;
  script.answers = {std::vector{Failed("OVERLOADED", true)}};
  CHECK_FALSE(script.Make().PutAll(Lines("a")).ok());
  CHECK(script.requests.size() == 1);
}

TEST_CASE("a record that is refused ends the work") {
  Script script;
  script.answers = {std::vector{Failed("INVALID_ARGUMENT"), Stored(1)}};
  CHECK_FALSE(script.Make().PutAll(Lines("ab")).ok());
  CHECK(script.requests.size() == 1);
  CHECK(script.results[2].ok());
}

TEST_CASE("a call that fails says so of each of its records") {
  Script script;
  script.answers = {rpc::ToAbslStatus({grpc::StatusCode::UNAVAILABLE, "gone"},
                                      rpc::CallKind::kMutation, "PutRecords")};
  const absl::Status status = script.Make().PutAll(Lines("ab"));
  CHECK(absl::IsUnavailable(status));
  REQUIRE(script.results.size() == 2);
  CHECK(script.results[2].outcome_unknown);
  CHECK(script.results[2].error_code == "UNAVAILABLE");
  CHECK(script.results[2].error_message == "PutRecords: gone");
}

TEST_CASE("patience ends when nothing gets through for long") {
  Script script;
  script.answers = {std::vector{Failed("OVERLOADED")}};
  const absl::Status status = script.Make(absl::Seconds(2)).PutAll(Lines("ab"));
  CHECK(absl::IsResourceExhausted(status));
  absl::Duration waited;
  for (const absl::Duration wait : script.waits) waited += wait;
  CHECK(waited <= absl::Seconds(2));
  REQUIRE(script.results.size() == 2);
  CHECK_FALSE(script.results[1].outcome_unknown);
}

TEST_CASE("patience begins anew whenever a record gets through") {
  Script script;
  for (int i = 0; i < 20; ++i) {
    std::vector<PutRecordsResultEntry> answer(20 - i, Failed("OVERLOADED"));
    answer.front() = Stored(i + 1);
    script.answers.emplace_back(std::move(answer));
  }
  // Twenty waits of up to a second each.
  CHECK(script.Make(absl::Milliseconds(1'100)).PutAll(Lines("abcdefghijklmnopqrst")).ok());
  CHECK(script.requests.size() == 20);
}

}  // namespace
}  // namespace penstock::cli
