#include "client/producer/collect.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include <catch2/catch_test_macros.hpp>

#include "client/rpc/error_details.h"

namespace penstock::producer {
namespace {

constexpr ShardKey kShard{StreamId(1), ShardIndex(4)};

ShardQueue MakeQueue(int window = 4, bool fail_if_throttled = false) {
  ShardQueue::Options options;
  options.id = 1;
  options.shard = kShard;
  options.hash_keys = {HashKey(0), HashKey::Max()};
  options.producer_id = 99;
  options.window = window;
  options.fail_if_throttled = fail_if_throttled;
  options.delays = {absl::Milliseconds(1), absl::Milliseconds(4)};
  return ShardQueue(options);
}

SealedBatch Batch(uint64_t sequence, int64_t put_us = 0) {
  OpenBatch open({.bytes_max = 1024, .records_max = 10, .aggregated = {}});
  open.Add({"data", "key", ""}, HashKey::FromPartitionKey("key"), {[](PutOutcome) {}, 1, put_us});
  return std::move(open).Seal(kShard, {99, 1, sequence}, Codec::kNone);
}

absl::Status Error(std::string_view reason, bool unknown = false) {
  return rpc::ToStatus({.reason = reason, .message = "no", .outcome_unknown = unknown});
}

BatchAnswer Stored(uint64_t call_id, uint64_t number = 1, bool duplicate = false) {
  return {call_id, absl::OkStatus(), SequenceNumber(number), duplicate, nullptr};
}
BatchAnswer Refused(uint64_t call_id, const absl::Status& error) {
  return {call_id, error, {}, false, nullptr};
}

// Sends all that may be sent; their sequences and predecessors: "5(4) 6(5) 7(-)".
std::string SendAll(ShardQueue& queue, uint64_t& call_id, int64_t now_us = 1'000'000'000) {
  std::string sent;
  while (auto batch = queue.NextToSend(call_id + 1, absl::Now(), now_us)) {
    ++call_id;
    const auto parsed = RecordBatch::Parse(kShard, *batch->bytes);
    REQUIRE(parsed.ok());
    absl::StrAppend(&sent, sent.empty() ? "" : " ", parsed->header().producer_sequence, "(",
                    batch->previous_producer_sequence.has_value()
                        ? absl::StrCat(*batch->previous_producer_sequence)
                        : "-",
                    ")");
  }
  return sent;
}

TEST_CASE("collect: batches go in order, each after the one before, as many as the window",
          "[collect]") {
  ShardQueue queue = MakeQueue(3);
  uint64_t call = 0;
  queue.Push(Batch(2));
  CHECK(SendAll(queue, call).empty());
  for (const uint64_t sequence : {1, 3, 4, 5}) queue.Push(Batch(sequence));
  CHECK(SendAll(queue, call) == "1(0) 2(1) 3(2)");
  queue.OnAnswer(Stored(1, 10), 0);
  auto finished = queue.TakeFinished();
  REQUIRE(finished.size() == 1);
  CHECK(finished[0].first_sequence_number.value() == 10);
  CHECK(finished[0].history->attempts.size() == 1);
  CHECK(SendAll(queue, call) == "4(3)");
}

TEST_CASE("collect: the window is over all that is not known", "[collect]") {
  ShardQueue queue = MakeQueue(3);
  uint64_t call = 0;
  for (const uint64_t sequence : {1, 2, 3, 4, 5}) queue.Push(Batch(sequence));
  CHECK(SendAll(queue, call) == "1(0) 2(1) 3(2)");
  queue.OnConnectionLost(absl::UnavailableError("cut"), 0);
  CHECK(SendAll(queue, call) == "1(0) 2(1) 3(2)");
  // The first is refused, those behind it had been stored.
  queue.OnAnswer(Refused(4, Error("OVERLOADED")), 0);
  queue.OnAnswer(Stored(5, 2, true), 0);
  queue.OnAnswer(Stored(6, 3, true), 0);
  CHECK(queue.TakeFinished().empty());
  // It follows none of those: the broker refuses a batch that says it does as malformed.
  CHECK(SendAll(queue, call) == "1(0)");
  queue.OnAnswer(Stored(7, 1, true), 0);
  CHECK(queue.TakeFinished().size() == 3);
  CHECK(SendAll(queue, call) == "4(3) 5(4)");
}

TEST_CASE("collect: after a failure all go again, when nothing is under way and time has passed",
          "[collect]") {
  ShardQueue queue = MakeQueue(3);
  uint64_t call = 0;
  for (const uint64_t sequence : {1, 2, 3}) queue.Push(Batch(sequence));
  CHECK(SendAll(queue, call, 0) == "1(0) 2(1) 3(2)");
  queue.OnAnswer(Refused(1, Error("OVERLOADED")), 0);
  CHECK(SendAll(queue, call).empty());
  queue.OnAnswer(Refused(2, Error("PRODUCER_SEQUENCE_GAP")), 0);
  CHECK(SendAll(queue, call).empty());
  queue.OnAnswer(Refused(3, Error("PRODUCER_SEQUENCE_GAP")), 0);
  CHECK(SendAll(queue, call, 0).empty());
  const auto next = queue.NextTryUs(0);
  REQUIRE(next.has_value());
  CHECK(*next <= 1'000);
  CHECK(SendAll(queue, call, *next) == "1(0) 2(1) 3(2)");
}

TEST_CASE("collect: after one that was throttled one goes alone, then more with each stored",
          "[collect]") {
  ShardQueue queue = MakeQueue(3);
  uint64_t call = 0;
  for (const uint64_t sequence : {1, 2, 3, 4, 5, 6, 7}) queue.Push(Batch(sequence));
  CHECK(SendAll(queue, call, 0) == "1(0) 2(1) 3(2)");
  queue.OnAnswer(Refused(1, Error("THROUGHPUT_EXCEEDED")), 0);
  queue.OnAnswer(Refused(2, Error("PRODUCER_SEQUENCE_GAP")), 0);
  queue.OnAnswer(Refused(3, Error("PRODUCER_SEQUENCE_GAP")), 0);
  const int64_t next = queue.NextTryUs(0).value();
  CHECK(SendAll(queue, call, next) == "1(0)");
  const auto store = [&](uint64_t call_id) {
    queue.OnAnswer(Stored(call_id, 10 + call_id), next);
    CHECK(queue.TakeFinished().size() == 1);
  };
  store(4);
  CHECK(SendAll(queue, call, next) == "2(1) 3(2)");
  store(5);
  CHECK(SendAll(queue, call, next) == "4(3) 5(4)");
  // No more than the window.
  store(6);
  CHECK(SendAll(queue, call, next) == "6(5)");
  store(7);
  CHECK(SendAll(queue, call, next) == "7(6)");
}

TEST_CASE("collect: what the broker asks to wait is waited", "[collect]") {
  ShardQueue queue = MakeQueue();
  uint64_t call = 0;
  queue.Push(Batch(1));
  SendAll(queue, call, 0);
  queue.OnAnswer(
      Refused(1, rpc::ToStatus({.reason = "OVERLOADED", .message = "", .retry_after_ms = 70})), 0);
  CHECK(SendAll(queue, call, 69'999).empty());
  CHECK(SendAll(queue, call, 75'000) == "1(0)");
}

TEST_CASE("collect: a gap without a cause sends the first alone", "[collect]") {
  ShardQueue queue = MakeQueue();
  uint64_t call = 0;
  for (const uint64_t sequence : {1, 2, 3}) queue.Push(Batch(sequence));
  SendAll(queue, call);
  queue.OnAnswer(Stored(1), 0);
  // The broker has forgotten the producer.
  queue.OnAnswer(Refused(2, Error("PRODUCER_SEQUENCE_GAP")), 0);
  queue.OnAnswer(Refused(3, Error("PRODUCER_SEQUENCE_GAP")), 0);
  CHECK(SendAll(queue, call) == "2(-)");
  queue.OnAnswer(Stored(4), 0);
  CHECK(SendAll(queue, call) == "3(2)");
}

TEST_CASE("collect: a batch that fails for good is told, those behind it follow the one before",
          "[collect]") {
  ShardQueue queue = MakeQueue();
  uint64_t call = 0;
  for (const uint64_t sequence : {1, 2, 3}) queue.Push(Batch(sequence));
  SendAll(queue, call);
  queue.OnAnswer(Stored(1), 0);
  queue.OnAnswer(Refused(2, Error("REQUEST_TOO_LARGE")), 0);
  queue.OnAnswer(Refused(3, Error("PRODUCER_SEQUENCE_GAP")), 0);
  auto finished = queue.TakeFinished();
  REQUIRE(finished.size() == 2);
  CHECK(finished[0].status.ok());
  CHECK_FALSE(finished[1].status.ok());
  CHECK_FALSE(finished[1].outcome_unknown);
  CHECK(SendAll(queue, call) == "3(-)");
}

TEST_CASE("collect: throttled batches fail where that is asked for", "[collect]") {
  ShardQueue queue = MakeQueue(4, /*fail_if_throttled=*/true);
  uint64_t call = 0;
  queue.Push(Batch(1));
  SendAll(queue, call);
  queue.OnAnswer(Refused(1, Error("THROUGHPUT_EXCEEDED")), 0);
  const auto finished = queue.TakeFinished();
  REQUIRE(finished.size() == 1);
  CHECK(absl::IsResourceExhausted(finished[0].status));
}

TEST_CASE("collect: an empty queue takes more, also where the last batch's fate is not known",
          "[collect]") {
  ShardQueue queue = MakeQueue();
  uint64_t call = 0;
  queue.Push(Batch(1, 100));
  CHECK(SendAll(queue, call) == "1(0)");
  queue.Expire(300, absl::DeadlineExceededError("old"), 0);
  CHECK(queue.TakeFinished().size() == 1);
  CHECK(queue.CanSendMore(0));
  queue.Push(Batch(2, 400));
  CHECK(SendAll(queue, call) == "2(-)");
  // Alone, until it is answered.
  CHECK_FALSE(queue.CanSendMore(0));
}

TEST_CASE("collect: a batch that expires says whether it may be stored", "[collect]") {
  ShardQueue queue = MakeQueue(1);
  uint64_t call = 0;
  queue.Push(Batch(1, 100));
  queue.Push(Batch(2, 200));
  queue.Push(Batch(3, 300));
  CHECK(SendAll(queue, call) == "1(0)");
  queue.Expire(300, absl::DeadlineExceededError("old"), 0);
  const auto finished = queue.TakeFinished();
  REQUIRE(finished.size() == 2);
  CHECK(finished[0].outcome_unknown);
  CHECK_FALSE(finished[1].outcome_unknown);
  // Whether 1 is there is not known: 3 does not say what it follows.
  CHECK(SendAll(queue, call) == "3(-)");
  // The answer that came too late is nobody's.
  queue.OnAnswer(Stored(1), 0);
  CHECK(queue.in_flight() == 1);
}

TEST_CASE("collect: of a closed shard only what may be stored is asked about", "[collect]") {
  ShardQueue queue = MakeQueue(2);
  uint64_t call = 0;
  for (const uint64_t sequence : {1, 2, 3}) queue.Push(Batch(sequence));
  CHECK(SendAll(queue, call) == "1(0) 2(1)");
  queue.OnConnectionLost(absl::UnavailableError("cut"), 0);
  queue.EndShard(3);
  CHECK_FALSE(queue.IsSettled());
  CHECK(SendAll(queue, call) == "1(-) 2(-)");
  queue.OnAnswer(Stored(3, 7, true), 0);
  CHECK_FALSE(queue.IsSettled());
  queue.OnAnswer(Refused(4, Error("SHARD_CLOSED")), 0);
  CHECK(queue.TakeFinished().size() == 1);
  REQUIRE(queue.IsSettled());
  const auto left = queue.TakeLeft();
  REQUIRE(left.size() == 2);
  CHECK(left[0].sequence == 2);
  CHECK(left[1].sequence == 3);
  CHECK(queue.empty());
}

TEST_CASE("collect: a closed shard that is gone leaves the outcome open", "[collect]") {
  ShardQueue queue = MakeQueue();
  uint64_t call = 0;
  queue.Push(Batch(1));
  SendAll(queue, call);
  queue.OnConnectionLost(absl::UnavailableError("cut"), 0);
  queue.EndShard(1);
  SendAll(queue, call);
  queue.OnAnswer(Refused(2, Error("SHARD_NOT_FOUND")), 0);
  const auto finished = queue.TakeFinished();
  REQUIRE(finished.size() == 1);
  CHECK(finished[0].outcome_unknown);
}

TEST_CASE("collect: a queue is settled when all its batches have come and nothing blocks it",
          "[collect]") {
  ShardQueue queue = MakeQueue();
  queue.AddBlocker();
  queue.Push(Batch(1));
  uint64_t call = 0;
  CHECK(SendAll(queue, call).empty());
  queue.EndShard(2);
  queue.RemoveBlocker();
  CHECK_FALSE(queue.IsSettled());
  queue.Push(Batch(2));
  CHECK(queue.IsSettled());
  queue.AddBlocker();
  CHECK_FALSE(queue.IsSettled());
}

TEST_CASE("collect: storage that failed leaves the outcome open until it is known", "[collect]") {
  ShardQueue queue = MakeQueue();
  uint64_t call = 0;
  queue.Push(Batch(1, 5));
  SendAll(queue, call);
  queue.OnAnswer(Refused(1, Error("STORAGE_FAILED", /*unknown=*/true)), 0);
  queue.Expire(6, absl::DeadlineExceededError("old"), 0);
  const auto finished = queue.TakeFinished();
  REQUIRE(finished.size() == 1);
  CHECK(finished[0].outcome_unknown);
}

}  // namespace
}  // namespace penstock::producer
