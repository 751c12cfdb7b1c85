#include "penstock/producer.h"

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include <catch2/catch_test_macros.hpp>

#include "penstock/errors.h"
#include "tests/support/awaited.h"
#include "tests/unit/client/producer/batch_broker.h"
#include "tests/unit/client/producer/producer_peer.h"

namespace penstock {
namespace {

using testing::Awaited;
using testing::BatchBroker;

constexpr absl::Duration kLong = absl::Seconds(60);

ProducerOptions Options() {
  ProducerOptions options;
  options.stream_name = "orders";
  options.client.retry_delay_initial = absl::Microseconds(500);
  options.client.retry_delay_max = absl::Milliseconds(5);
  options.record_max_buffered_time = absl::Milliseconds(1);
  return options;
}

std::unique_ptr<Producer> Make(BatchBroker& broker, const ProducerOptions& options = Options()) {
  auto producer = ProducerTestPeer::Create(options, broker);
  REQUIRE(producer.ok());
  return *std::move(producer);
}

bool Contains(const absl::Status& status, const char* text) {
  return absl::StrContains(status.message(), text);
}

TEST_CASE("producer: a record is stored, and its future says where", "[producer]") {
  BatchBroker broker(1, 2);
  const auto producer = Make(broker);
  std::future<PutOutcome> future = producer->Put({.data = "hello", .partition_key = "k"});
  REQUIRE(future.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
  const PutOutcome outcome = future.get();
  REQUIRE(outcome.ok());
  CHECK(outcome.sequence_number == 1);
  CHECK_FALSE(outcome.sub_sequence_number.has_value());
  REQUIRE(outcome.attempts().size() == 1);
  CHECK(outcome.attempts()[0].error.ok());
  const auto stored = broker.Stored();
  REQUIRE(stored.size() == 1);
  CHECK(stored[0].data == "hello");
  CHECK(outcome.shard_id() == FormatShardId(stored[0].shard));
}

TEST_CASE("producer: options out of their range are refused by name", "[producer]") {
  const auto refused = [](auto change) {
    ProducerOptions options = Options();
    change(options);
    const auto made = Producer::Create(options);
    REQUIRE_FALSE(made.ok());
    CHECK(GetErrorDetails(made.status()).reason == "INVALID_ARGUMENT");
    return std::string(made.status().message());
  };
  using O = ProducerOptions;
  CHECK(refused([](O& o) { o.stream_name = ""; }) == "stream_name is empty");
  CHECK(refused([](O& o) { o.record_max_buffered_time = absl::Seconds(61); }) ==
        "record_max_buffered_time is 1m1s; it must be 0 to 60s");
  CHECK(refused([](O& o) { o.collection_max_size = 1023; }) ==
        "collection_max_size is 1023; it must be 1024 to 15728640");
  CHECK(refused([](O& o) { o.collection_max_count = 0; }) ==
        "collection_max_count is 0; it must be 1 to 65536");
  CHECK(refused([](O& o) { o.batches_in_flight_max = 17; }) ==
        "batches_in_flight_max is 17; it must be 1 to 16");
  CHECK(refused([](O& o) { o.record_ttl = absl::Milliseconds(99); }) ==
        "record_ttl is 99ms; it must be at least 100ms");
  CHECK(absl::StrContains(refused([](O& o) { o.client.endpoint = "nowhere"; }), "endpoint"));
  CHECK(refused([](O& o) {
          o.record_ttl = absl::Seconds(1);
          o.record_max_buffered_time = absl::Seconds(2);
        }) == "record_ttl is 1s; it must be at least record_max_buffered_time, 2s");
  CHECK(absl::StrContains(refused([](O& o) { o.rate_limit = 0; }), "rate_limit"));
  CHECK(absl::StrContains(refused([](O& o) { o.buffered_bytes_max = 1; }), "buffered_bytes_max"));
}

TEST_CASE("producer: a record that breaks a rule is refused at once, by name", "[producer]") {
  BatchBroker broker(1, 1);
  const auto producer = Make(broker);
  const auto put = [&](const ProducerRecord& record) {
    return producer->Put(record, [](PutOutcome) { FAIL_CHECK("told all the same"); });
  };
  CHECK(GetErrorDetails(put({.data = "d", .partition_key = ""})).field == "partition_key");
  CHECK(GetErrorDetails(put({"d", "k", "not a number"})).field == "explicit_hash_key");
  CHECK(GetErrorDetails(put({"d", std::string_view("\xff"), ""})).reason == "INVALID_ARGUMENT");
  CHECK(producer->OutstandingRecordsCount() == 0);
}

TEST_CASE("producer: records larger than the stream takes", "[producer]") {
  BatchBroker broker(1, 1);
  broker.SetLimits(1'000, 0, 0);
  broker.SetDown(true);
  const auto producer = Make(broker);
  const std::string large(1'000, 'x');
  // Before the stream is known it is taken, and told later.
  std::future<PutOutcome> early = producer->Put({large, "k"});
  std::future<PutOutcome> fits = producer->Put({"d", "k"});
  broker.SetDown(false);
  const PutOutcome outcome = early.get();
  CHECK(GetErrorDetails(outcome.status).reason == "INVALID_ARGUMENT");
  CHECK_FALSE(GetErrorDetails(outcome.status).outcome_unknown);
  CHECK(fits.get().ok());
  CHECK(Contains(producer->Put({large, "k"}, [](PutOutcome) {}), "1000"));
  CHECK(producer->FlushAndWait(kLong).ok());
}

TEST_CASE("producer: a stream that is not there fails what was put", "[producer]") {
  BatchBroker broker(1, 1);
  broker.DeleteStream();
  const auto producer = Make(broker);
  const PutOutcome outcome = producer->Put({"d", "k"}).get();
  CHECK(absl::IsNotFound(outcome.status));
  CHECK(GetErrorDetails(outcome.status).reason == "STREAM_NOT_FOUND");
  CHECK(outcome.attempts().empty());
}

TEST_CASE("producer: a stream that is deleted fails what is not stored, and all later",
          "[producer]") {
  BatchBroker broker(1, 2);
  const auto producer = Make(broker);
  REQUIRE(producer->Put({"d", "k"}).get().ok());
  broker.DeleteStream();
  for (int i = 0; i < 3; ++i) {
    const PutOutcome outcome = producer->Put({"d", absl::StrCat(i)}).get();
    CHECK(GetErrorDetails(outcome.status).reason == "STREAM_NOT_FOUND");
  }
  CHECK(producer->Close(kLong).ok());
}

TEST_CASE("producer: throttled records fail where that is asked for", "[producer]") {
  BatchBroker broker(1, 1);
  broker.SetFaults({.throttled = 1});
  ProducerOptions options = Options();
  options.fail_if_throttled = true;
  const PutOutcome outcome = Make(broker, options)->Put({"d", "k"}).get();
  CHECK(absl::IsResourceExhausted(outcome.status));
  CHECK(GetErrorDetails(outcome.status).reason == "THROUGHPUT_EXCEEDED");
}

TEST_CASE("producer: it goes on after records that failed", "[producer]") {
  BatchBroker broker(1, 1);
  broker.SetFaults({.throttled = 1});
  ProducerOptions options = Options();
  options.fail_if_throttled = true;
  // Two a batch: the last record is one of a batch that only time closes.
  options.collection_max_count = 2;
  const auto producer = Make(broker, options);
  std::vector<std::future<PutOutcome>> failed;
  for (int i = 0; i < 20; ++i) failed.push_back(producer->Put({"d", "k"}));
  for (auto& future : failed) CHECK_FALSE(future.get().ok());
  broker.SetFaults({});
  std::future<PutOutcome> later = producer->Put({"e", "k"});
  REQUIRE(later.wait_for(std::chrono::seconds(30)) == std::future_status::ready);
  CHECK(later.get().ok());
}

TEST_CASE("producer: a connection that does not answer is left though its records have expired",
          "[producer]") {
  BatchBroker broker(1, 1);
  broker.Hold(true);
  ProducerOptions options = Options();
  options.request_timeout = absl::Milliseconds(100);
  options.record_ttl = absl::Milliseconds(100);
  const auto producer = Make(broker, options);
  CHECK(absl::IsDeadlineExceeded(producer->Put({"d", "k"}).get().status));
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (producer->Stats().errors_by_code.count("CONNECTION_LOST") == 0 && absl::Now() < deadline)
    std::this_thread::yield();
  CHECK(producer->Stats().errors_by_code.count("CONNECTION_LOST") == 1);
}

TEST_CASE("producer: record_ttl, before a record was sent and after", "[producer]") {
  ProducerOptions options = Options();
  options.record_ttl = absl::Milliseconds(100);
  SECTION("the broker is away") {
    BatchBroker broker(1, 1);
    broker.SetDown(true);
    const auto producer = Make(broker, options);
    const PutOutcome outcome = producer->Put({"d", "k"}).get();
    CHECK(absl::IsDeadlineExceeded(outcome.status));
    CHECK_FALSE(GetErrorDetails(outcome.status).outcome_unknown);
    CHECK(producer->Stats().user_records_expired == 1);
  }
  SECTION("the broker does not answer") {
    BatchBroker broker(1, 1);
    broker.Hold(true);
    const auto producer = Make(broker, options);
    const PutOutcome outcome = producer->Put({"d", "k"}).get();
    CHECK(absl::IsDeadlineExceeded(outcome.status));
    CHECK(GetErrorDetails(outcome.status).outcome_unknown);
    broker.Hold(false);
    // And it goes on: what is put later is stored, after what may be.
    ProducerOptions patient = Options();
    CHECK(Make(broker, patient)->Put({"e", "k"}).get().ok());
  }
}

TEST_CASE("producer: where there is no room Put fails, and says when to go on", "[producer]") {
  BatchBroker broker(1, 1);
  broker.Hold(true);
  ProducerOptions options = Options();
  options.when_full = WhenFull::kFail;
  options.buffered_records_max = 2;
  const auto producer = Make(broker, options);
  REQUIRE(producer->Put({"a", "k"}, [](PutOutcome) {}).ok());
  REQUIRE(producer->Put({"b", "k"}, [](PutOutcome) {}).ok());
  const absl::Status full = producer->Put({"c", "k"}, [](PutOutcome) { FAIL_CHECK("told"); });
  CHECK(absl::IsResourceExhausted(full));
  CHECK(producer->Stats().times_full == 1);
  Awaited<bool> room;
  producer->CallWhenRoom([&room] { room.Set(true); });
  CHECK_FALSE(room.ready());
  broker.Hold(false);
  CHECK(room.Get());
  CHECK(producer->Put({"c", "k"}).get().ok());
}

TEST_CASE("producer: where there is no room Put waits", "[producer]") {
  BatchBroker broker(1, 1);
  broker.Hold(true);
  ProducerOptions options = Options();
  options.buffered_records_max = 1;
  const auto producer = Make(broker, options);
  REQUIRE(producer->Put({"a", "k"}, [](PutOutcome) {}).ok());
  Awaited<absl::Status> waited;
  std::thread putter([&] { waited.Set(producer->Put({"b", "k"}, [](PutOutcome) {})); });
  while (producer->Stats().times_full == 0) std::this_thread::yield();
  CHECK_FALSE(waited.ready());
  broker.Hold(false);
  CHECK(waited.Get().ok());
  putter.join();
  CHECK(producer->Close(kLong).ok());
}

TEST_CASE("producer: a callback may put, but does not wait for room", "[producer]") {
  BatchBroker broker(1, 1);
  ProducerOptions options = Options();
  options.buffered_records_max = 1;
  const auto producer = Make(broker, options);
  Awaited<absl::Status> again;
  REQUIRE(producer
              ->Put({"a", "k"},
                    [&](PutOutcome) {
                      again.Set(producer->Put({"b", "k"}, [](PutOutcome) {}));
                    })
              .ok());
  // Its own room is given back after the callback.
  CHECK(absl::IsResourceExhausted(again.Get()));
}

TEST_CASE("producer: its memory stays within its room while the broker is away", "[producer]") {
  BatchBroker broker(1, 4);
  broker.SetDown(true);
  ProducerOptions options = Options();
  options.when_full = WhenFull::kFail;
  options.buffered_bytes_max = 1 << 20;
  const auto producer = Make(broker, options);
  const std::string data(1'000, 'x');
  uint64_t taken = 0;
  for (int i = 0; i < 5'000; ++i) {
    if (producer->Put({data, absl::StrCat("key ", i)}, [](PutOutcome) {}).ok()) ++taken;
    if (i == 2'000) broker.SetDown(false), broker.Hold(true);
  }
  CHECK(taken > 900);
  CHECK(taken < 1'050);
  CHECK(producer->Stats().buffered_bytes <= 1 << 20);
  broker.Hold(false);
  CHECK(producer->Close(kLong).ok());
  CHECK(broker.Stored().size() == taken);
  CHECK(producer->Stats().buffered_bytes == 0);
}

TEST_CASE("producer: Close stores what is there, and refuses more", "[producer]") {
  BatchBroker broker(1, 3);
  ProducerOptions options = Options();
  options.record_max_buffered_time = absl::Seconds(60);
  const auto producer = Make(broker, options);
  std::atomic<int> stored = 0;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(producer
                ->Put({"d", absl::StrCat(i)},
                      [&](PutOutcome outcome) {
                        if (outcome.ok()) ++stored;
                      })
                .ok());
  }
  CHECK(producer->Close(kLong).ok());
  CHECK(stored == 100);
  CHECK(absl::IsFailedPrecondition(producer->Put({"d", "k"}, [](PutOutcome) {})));
  const PutOutcome outcome = producer->Put({"d", "k"}).get();
  CHECK(absl::IsFailedPrecondition(outcome.status));
}

TEST_CASE("producer: Close says how many are left, and may be called again", "[producer]") {
  BatchBroker broker(1, 1);
  broker.Hold(true);
  const auto producer = Make(broker);
  REQUIRE(producer->Put({"d", "k"}, [](PutOutcome) {}).ok());
  const absl::Status late = producer->Close(absl::Milliseconds(1));
  CHECK(absl::IsDeadlineExceeded(late));
  CHECK(Contains(late, "1 records are not stored"));
  broker.Hold(false);
  CHECK(producer->Close(kLong).ok());
}

TEST_CASE("producer: its end tells what was not stored", "[producer]") {
  BatchBroker broker(1, 1);
  broker.Hold(true);
  Awaited<PutOutcome> sent;
  Awaited<PutOutcome> kept;
  {
    ProducerOptions options = Options();
    options.record_max_buffered_time = absl::Seconds(60);
    const auto producer = Make(broker, options);
    REQUIRE(producer->Put({"a", "k"}, sent.Callback()).ok());
    producer->Flush();
    while (producer->Stats().batches_sent == 0) std::this_thread::yield();
    REQUIRE(producer->Put({"b", "k"}, kept.Callback()).ok());
  }
  CHECK(absl::IsCancelled(sent.Get().status));
  CHECK(GetErrorDetails(sent.Get().status).outcome_unknown);
  CHECK(absl::IsCancelled(kept.Get().status));
  CHECK_FALSE(GetErrorDetails(kept.Get().status).outcome_unknown);
}

TEST_CASE("producer: a connection that does not answer is left", "[producer]") {
  BatchBroker broker(1, 1);
  broker.Hold(true);
  ProducerOptions options = Options();
  options.request_timeout = absl::Milliseconds(100);
  const auto producer = Make(broker, options);
  std::future<PutOutcome> future = producer->Put({"d", "k"});
  while (producer->Stats().all_errors == 0) std::this_thread::yield();
  broker.Hold(false);
  const PutOutcome outcome = future.get();
  CHECK(outcome.ok());
  CHECK(outcome.history->attempt_count >= 2);
  CHECK(broker.Stored().size() == 1);
}

TEST_CASE("producer: aggregated records have their place in the record", "[producer]") {
  BatchBroker broker(1, 1);
  ProducerOptions options = Options();
  options.aggregation_enabled = true;
  options.record_max_buffered_time = absl::Seconds(60);
  const auto producer = Make(broker, options);
  std::vector<std::future<PutOutcome>> futures;
  for (int i = 0; i < 3; ++i) futures.push_back(producer->Put({absl::StrCat(i), "k"}));
  REQUIRE(producer->FlushAndWait(kLong).ok());
  for (uint64_t i = 0; i < 3; ++i) {
    const PutOutcome outcome = futures[i].get();
    CHECK(outcome.sequence_number == 1);
    CHECK(outcome.sub_sequence_number == i);
  }
  CHECK(broker.Stored().size() == 3);
}

TEST_CASE("producer: figures", "[producer]") {
  BatchBroker broker(1, 2);
  broker.SetFaults({.overloaded = 1});
  const auto producer = Make(broker);
  std::future<PutOutcome> future = producer->Put({"12345", "k"});
  while (producer->Stats().all_errors < 2) std::this_thread::yield();
  CHECK(producer->Stats().user_records_pending == 1);
  CHECK(producer->Stats().oldest_record_age > absl::ZeroDuration());
  broker.SetFaults({});
  REQUIRE(future.get().ok());
  REQUIRE(producer->FlushAndWait(kLong).ok());
  const ProducerStats stats = producer->Stats();
  CHECK(stats.user_records_received == 1);
  CHECK(stats.user_records_put == 1);
  CHECK(stats.user_records_data_put == 5);
  CHECK(stats.user_records_pending == 0);
  CHECK(stats.batches_put == 1);
  CHECK(stats.batches_sent == stats.retries + 1);
  CHECK(stats.errors_by_code.at("OVERLOADED") >= 2);
  CHECK(stats.shards == 2);
  CHECK(stats.oldest_record_age == absl::ZeroDuration());
  const std::string text = PrometheusText(stats, "orders");
  CHECK(absl::StrContains(text, "penstock_producer_user_records_put_total{stream=\"orders\"} 1\n"));
  CHECK(absl::StrContains(
      text, "penstock_producer_errors_by_code_total{stream=\"orders\",code=\"OVERLOADED\"} "));
}

TEST_CASE("producer: figures are told again and again", "[producer]") {
  BatchBroker broker(1, 1);
  Awaited<uint64_t> told;
  std::atomic<bool> once = false;
  ProducerOptions options = Options();
  options.metrics_interval = absl::Seconds(1);
  options.metrics_callback = [&](const ProducerStats& stats) {
    if (!once.exchange(true)) told.Set(stats.user_records_received);
  };
  const auto producer = Make(broker, options);
  REQUIRE(producer->Put({"d", "k"}).get().ok());
  CHECK(told.Get() == 1);
}

TEST_CASE("producer: a child of fork is told so", "[producer]") {
  BatchBroker broker(1, 1);
  auto producer = Make(broker);
  REQUIRE(producer->Put({"d", "k"}).get().ok());
  const pid_t child = fork();
  if (child == 0) {
    const bool refused = absl::IsFailedPrecondition(producer->Put({"d", "k"}, [](PutOutcome) {})) &&
                         absl::IsFailedPrecondition(producer->Close(absl::Seconds(1)));
    // Returns, though its thread is not there.
    producer.reset();
    _exit(refused ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(producer->Put({"e", "k"}).get().ok());
}

}  // namespace
}  // namespace penstock
