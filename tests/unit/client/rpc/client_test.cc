#include "penstock/client.h"

#include <future>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "penstock/errors.h"
#include "tests/unit/client/fake_broker.h"

namespace penstock {
namespace {

using grpc::StatusCode;
using test::ErrorWith;
using test::FakeBroker;
using test::OptionsFor;

// Long enough for any machine; only a fault waits so long.
constexpr std::chrono::seconds kFault(30);

std::unique_ptr<Client> ConnectTo(const FakeBroker& broker, ClientOptions options) {
  options.endpoint = broker.endpoint();
  absl::StatusOr<std::unique_ptr<Client>> client = Client::Connect(options);
  REQUIRE(client.ok());
  return *std::move(client);
}

// A handler that fails `failures` times with `error`, then answers with `answer`.
template <typename Request, typename Response>
std::function<grpc::Status(const Request&, Response*)> FailFirst(int failures, grpc::Status error,
                                                                 Response answer) {
  auto left = std::make_shared<std::atomic<int>>(failures);
  return [=](const Request&, Response* response) {
    if (left->fetch_sub(1) > 0) return error;
    *response = answer;
    return grpc::Status::OK;
  };
}

v1::PutRecordsResponse StoredAt(uint64_t sequence_number) {
  v1::PutRecordsResponse response;
  v1::PutRecordsResultEntry* const entry = response.add_records();
  entry->set_shard_id("shardId-000000000000");
  entry->set_sequence_number(sequence_number);
  return response;
}

const std::vector<PutRecordsEntry> kOneEntry = {{"data", "key", ""}};

TEST_CASE("options out of range are refused") {
  const auto refused = [](auto change) {
    ClientOptions options;
    change(options);
    return absl::IsInvalidArgument(Client::Connect(options).status());
  };
  CHECK(refused([](ClientOptions& o) { o.endpoint = "nowhere"; }));
  CHECK(refused([](ClientOptions& o) { o.connection_count = 0; }));
  CHECK(refused([](ClientOptions& o) { o.connection_count = 65; }));
  CHECK(refused([](ClientOptions& o) { o.callback_thread_count = 0; }));
  CHECK(refused([](ClientOptions& o) { o.call_timeout = absl::ZeroDuration(); }));
  CHECK(refused([](ClientOptions& o) { o.retry_delay_initial = absl::ZeroDuration(); }));
  CHECK(refused([](ClientOptions& o) { o.retry_delay_max = absl::Milliseconds(1); }));
  CHECK_FALSE(refused([](ClientOptions&) {}));
}

TEST_CASE("a read is tried again until it is answered") {
  FakeBroker broker;
  v1::DescribeStreamSummaryResponse answer;
  answer.mutable_summary()->set_stream_name("orders");
  broker.describe_stream_summary.handler = FailFirst<v1::DescribeStreamSummaryRequest>(
      3, grpc::Status(StatusCode::UNAVAILABLE, "gone"), answer);
  const auto client = ConnectTo(broker, OptionsFor(broker));
  const auto stream = client->DescribeStreamSummary("orders");
  REQUIRE(stream.ok());
  CHECK(stream->stream_name == "orders");
  CHECK(broker.describe_stream_summary.calls == 4);
}

TEST_CASE("a put is tried again only when it was not applied") {
  FakeBroker broker;
  const auto client = ConnectTo(broker, OptionsFor(broker));
  SECTION("not applied") {
    broker.put_records.handler = FailFirst<v1::PutRecordsRequest>(
        2, ErrorWith(StatusCode::RESOURCE_EXHAUSTED, {"OVERLOADED", "not_applied"}), StoredAt(5));
    const auto result = client->PutRecords("orders", kOneEntry);
    REQUIRE(result.ok());
    CHECK(result->records[0].sequence_number == 5);
    CHECK(broker.put_records.calls == 3);
  }
  SECTION("said to be unknown") {
    broker.put_records.handler = FailFirst<v1::PutRecordsRequest>(
        1, ErrorWith(StatusCode::UNAVAILABLE, {"STORAGE_FAILED", "unknown"}), StoredAt(5));
    const auto result = client->PutRecords("orders", kOneEntry);
    CHECK(absl::IsUnavailable(result.status()));
    CHECK(GetErrorDetails(result.status()).outcome_unknown);
    CHECK(broker.put_records.calls == 1);
  }
  SECTION("not said") {
    broker.put_records.handler = FailFirst<v1::PutRecordsRequest>(
        1, grpc::Status(StatusCode::UNAVAILABLE, "gone"), StoredAt(5));
    const auto result = client->PutRecords("orders", kOneEntry);
    CHECK(absl::IsUnavailable(result.status()));
    CHECK(GetErrorDetails(result.status()).outcome_unknown);
    CHECK(broker.put_records.calls == 1);
  }
}

TEST_CASE("waits between tries go through the given sleep, and count against the deadline") {
  FakeBroker broker;
  broker.list_streams.handler = [](const auto&, auto*) {
    return ErrorWith(StatusCode::RESOURCE_EXHAUSTED,
                     {"OVERLOADED", "not_applied", absl::Minutes(1)});
  };
  ClientOptions options = OptionsFor(broker);
  int sleeps = 0;
  options.sleep = [&](absl::Duration) { ++sleeps; };
  const auto client = ConnectTo(broker, options);
  // A minute's wait does not fit into 30 seconds.
  CHECK(absl::IsResourceExhausted(client->ListStreams().status()));
  CHECK(sleeps == 0);
  broker.list_streams.handler = FailFirst<v1::ListStreamsRequest>(
      2, ErrorWith(StatusCode::RESOURCE_EXHAUSTED, {"OVERLOADED", "not_applied", absl::Seconds(1)}),
      v1::ListStreamsResponse());
  CHECK(client->ListStreams().ok());
  CHECK(sleeps == 2);
}

TEST_CASE("a call without an answer ends at its deadline, a put with its outcome unknown") {
  FakeBroker broker;
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  broker.put_record.handler = [released](const auto&, auto*) {
    released.wait_for(kFault);
    return grpc::Status::OK;
  };
  ClientOptions options = OptionsFor(broker);
  options.call_timeout = absl::Milliseconds(100);
  const auto client = ConnectTo(broker, options);
  const auto result = client->PutRecord("orders", kOneEntry[0]);
  CHECK(absl::IsDeadlineExceeded(result.status()));
  CHECK(GetErrorDetails(result.status()).outcome_unknown);
  release.set_value();
}

TEST_CASE("a long-poll may take its waiting time on top of the deadline") {
  FakeBroker broker;
  std::atomic<int> seconds_left{0};
  broker.get_records.on_call = [&](const grpc::ServerContext& call) {
    const auto left = call.deadline() - std::chrono::system_clock::now();
    seconds_left = static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(left).count());
  };
  broker.get_records.handler = [](const v1::GetRecordsRequest& request,
                                  v1::GetRecordsResponse* response) {
    response->set_next_shard_iterator(std::to_string(request.max_wait_ms()));
    return grpc::Status::OK;
  };
  ClientOptions options = OptionsFor(broker);
  options.call_timeout = absl::Minutes(5);
  const auto client = ConnectTo(broker, options);
  const auto result = client->GetRecords("iterator", {.max_wait = absl::Seconds(30)});
  REQUIRE(result.ok());
  CHECK(result->next_shard_iterator == "30000");
  CHECK(seconds_left > 310);
  REQUIRE(client->GetRecords("iterator").ok());
  CHECK(seconds_left < 301);
}

TEST_CASE("arguments out of range are refused without a call") {
  FakeBroker broker;
  const auto client = ConnectTo(broker, OptionsFor(broker));
  CHECK(absl::IsInvalidArgument(client->PutRecords("orders", {}).status()));
  CHECK(absl::IsInvalidArgument(
      client->PutRecords("orders", std::vector<PutRecordsEntry>(501, kOneEntry[0])).status()));
  CHECK(absl::IsInvalidArgument(client->PutRecords("\xff", kOneEntry).status()));
  const std::vector<PutRecordsEntry> too_large(11, {std::string(1 << 20, 'x'), "key", ""});
  const absl::Status refused = client->PutRecords("orders", too_large).status();
  CHECK(absl::IsInvalidArgument(refused));
  CHECK_FALSE(GetErrorDetails(refused).outcome_unknown);
  CHECK(absl::IsInvalidArgument(client->GetRecords("i", {.max_wait = absl::Seconds(31)}).status()));
  CHECK(absl::IsInvalidArgument(client->GetRecords("i", {.max_wait = -absl::Seconds(1)}).status()));
  CHECK(broker.put_records.calls == 0);
  CHECK(broker.get_records.calls == 0);
}

TEST_CASE("asynchronous calls are tried again as synchronous ones are") {
  FakeBroker broker;
  const auto client = ConnectTo(broker, OptionsFor(broker));
  broker.put_records.handler = FailFirst<v1::PutRecordsRequest>(
      3, ErrorWith(StatusCode::UNAVAILABLE, {"SHUTTING_DOWN", "not_applied"}), StoredAt(8));
  std::promise<absl::StatusOr<PutRecordsResult>> put;
  client->PutRecordsAsync("orders", kOneEntry,
                          [&](auto result) { put.set_value(std::move(result)); });
  auto put_future = put.get_future();
  REQUIRE(put_future.wait_for(kFault) == std::future_status::ready);
  const auto stored = put_future.get();
  REQUIRE(stored.ok());
  CHECK(stored->records[0].sequence_number == 8);
  CHECK(broker.put_records.calls == 4);

  broker.get_records.handler = [](const auto&, auto*) {
    return ErrorWith(StatusCode::FAILED_PRECONDITION, {"EXPIRED_ITERATOR", "not_applied"});
  };
  std::promise<absl::StatusOr<GetRecordsResult>> get;
  client->GetRecordsAsync("iterator", {}, [&](auto result) { get.set_value(std::move(result)); });
  auto get_future = get.get_future();
  REQUIRE(get_future.wait_for(kFault) == std::future_status::ready);
  const auto got = get_future.get();
  CHECK(absl::IsFailedPrecondition(got.status()));
  CHECK(GetErrorDetails(got.status()).reason == "EXPIRED_ITERATOR");
  CHECK(broker.get_records.calls == 1);
}

TEST_CASE("destroying the client ends what is under way") {
  FakeBroker broker;
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  broker.get_records.handler = [released](const auto&, auto*) {
    released.wait_for(kFault);
    return grpc::Status::OK;
  };
  // Waits a minute between tries: the call is between two of them when the client goes.
  broker.put_records.handler = [](const auto&, auto*) {
    return ErrorWith(StatusCode::UNAVAILABLE, {"SHUTTING_DOWN", "not_applied", absl::Minutes(1)});
  };
  ClientOptions options = OptionsFor(broker);
  options.call_timeout = absl::Minutes(10);
  auto client = ConnectTo(broker, options);
  absl::Status get;
  absl::Status put;
  client->GetRecordsAsync("iterator", {}, [&](const auto& result) { get = result.status(); });
  client->PutRecordsAsync("orders", kOneEntry, [&](const auto& result) { put = result.status(); });
  client.reset();
  CHECK(absl::IsCancelled(get));
  // Cancelled, or still with the error that it was about to be tried again for.
  CHECK((absl::IsCancelled(put) || absl::IsUnavailable(put)));
  release.set_value();
}

TEST_CASE("a callback may start the next call") {
  FakeBroker broker;
  broker.get_records.handler = [](const v1::GetRecordsRequest& request,
                                  v1::GetRecordsResponse* response) {
    response->set_next_shard_iterator(request.shard_iterator() + "+");
    return grpc::Status::OK;
  };
  std::promise<std::string> last;
  std::unique_ptr<Client> client = ConnectTo(broker, OptionsFor(broker));
  std::function<void(absl::StatusOr<GetRecordsResult>)> next =
      [&](const absl::StatusOr<GetRecordsResult>& result) {
        if (!result.ok() || result->next_shard_iterator.size() > 5) {
          last.set_value(result.ok() ? result->next_shard_iterator : result.status().ToString());
          return;
        }
        client->GetRecordsAsync(result->next_shard_iterator, {}, next);
      };
  client->GetRecordsAsync("", {}, next);
  auto future = last.get_future();
  REQUIRE(future.wait_for(kFault) == std::future_status::ready);
  CHECK(future.get() == "++++++");
}

TEST_CASE("the list calls go through all pages") {
  FakeBroker broker;
  broker.list_streams.handler = [](const v1::ListStreamsRequest& request,
                                   v1::ListStreamsResponse* response) {
    const std::string& after = request.exclusive_start_stream_name();
    response->add_stream_summaries()->set_stream_name(after.empty()  ? "a"
                                                      : after == "a" ? "b"
                                                                     : "c");
    response->set_has_more_streams(after != "b");
    return grpc::Status::OK;
  };
  broker.list_shards.handler = [](const v1::ListShardsRequest& request,
                                  v1::ListShardsResponse* response) {
    const bool is_first = request.next_token().empty();
    if (request.stream_name().empty() == is_first)
      return grpc::Status(StatusCode::INVALID_ARGUMENT, "both or none");
    response->add_shards()->set_shard_id(is_first ? "shardId-000000000000"
                                                  : "shardId-000000000001");
    if (is_first) response->set_next_token("second page");
    return grpc::Status::OK;
  };
  const auto client = ConnectTo(broker, OptionsFor(broker));
  const auto streams = client->ListAllStreams();
  REQUIRE(streams.ok());
  REQUIRE(streams->size() == 3);
  CHECK((*streams)[2].stream_name == "c");
  const auto shards = client->ListAllShards("orders");
  REQUIRE(shards.ok());
  REQUIRE(shards->size() == 2);
  CHECK((*shards)[1].shard_id == "shardId-000000000001");
}

TEST_CASE("waiting for a stream ends when it is active, deleted, or the time is up") {
  FakeBroker broker;
  std::atomic<int> looks{0};
  broker.describe_stream_summary.handler = [&](const auto&,
                                               v1::DescribeStreamSummaryResponse* response) {
    response->mutable_summary()->set_stream_name("orders");
    response->mutable_summary()->set_stream_status(++looks < 3 ? v1::STREAM_STATUS_CREATING
                                                               : v1::STREAM_STATUS_ACTIVE);
    return grpc::Status::OK;
  };
  const auto client = ConnectTo(broker, OptionsFor(broker));
  CHECK(absl::IsDeadlineExceeded(client->WaitUntilActive("orders", absl::ZeroDuration()).status()));
  CHECK(client->WaitUntilActive("orders", absl::Seconds(30)).ok());
  CHECK(looks == 3);
  CHECK(absl::IsDeadlineExceeded(client->WaitUntilDeleted("orders", absl::ZeroDuration())));
  broker.describe_stream_summary.handler = [](const auto&, auto*) {
    return ErrorWith(StatusCode::NOT_FOUND, {"STREAM_NOT_FOUND", "not_applied"});
  };
  CHECK(client->WaitUntilDeleted("orders", absl::Seconds(30)).ok());
  CHECK(absl::IsNotFound(client->WaitUntilActive("orders", absl::Seconds(30)).status()));
}

TEST_CASE("messages may have 16 MiB in both directions") {
  FakeBroker broker;
  broker.put_records.handler = [](const v1::PutRecordsRequest& request,
                                  v1::PutRecordsResponse* response) {
    *response = StoredAt(request.records(0).data().size());
    return grpc::Status::OK;
  };
  broker.get_records.handler = [](const auto&, v1::GetRecordsResponse* response) {
    response->add_records()->set_data(std::string(10 << 20, 'x'));
    return grpc::Status::OK;
  };
  const auto client = ConnectTo(broker, OptionsFor(broker));
  const size_t bytes = (10 << 20) - 3;
  const auto put = client->PutRecords("orders", {{std::string(bytes, 'x'), "key", ""}});
  INFO(put.status().ToString());
  REQUIRE(put.ok());
  CHECK(put->records[0].sequence_number == bytes);
  const auto got = client->GetRecords("iterator");
  INFO(got.status().ToString());
  REQUIRE(got.ok());
  CHECK(got->records[0].data.size() == 10 << 20);
}

}  // namespace
}  // namespace penstock
