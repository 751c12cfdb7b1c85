// Puts with options, against a broker that loses answers.
#include <future>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "penstock/client.h"
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

const std::vector<PutRecordsEntry> kOneEntry = {{"data", "key", ""}};

std::unique_ptr<Client> ConnectTo(const FakeBroker& broker) {
  absl::StatusOr<std::unique_ptr<Client>> client = Client::Connect(OptionsFor(broker));
  REQUIRE(client.ok());
  return *std::move(client);
}

// Answers the first tries with `errors`, in this order, and every other with OK.
void FailWith(FakeBroker& broker, std::vector<grpc::Status> errors) {
  broker.put_record.handler = [&broker, errors](const auto&, v1::PutRecordResponse* response) {
    const auto call = static_cast<size_t>(broker.put_record.calls) - 1;
    if (call < errors.size()) return errors[call];
    response->set_sequence_number(5);
    response->set_encryption_type(v1::ENCRYPTION_TYPE_KMS);
    return grpc::Status::OK;
  };
}

const grpc::Status kLost(StatusCode::UNAVAILABLE, "gone");

TEST_CASE("a put with a stamp is put again when its answer is lost") {
  FakeBroker broker;
  FailWith(broker, {kLost, grpc::Status(StatusCode::CANCELLED, "stopping")});
  const auto client = ConnectTo(broker);
  const auto put = client->PutRecord("orders", kOneEntry[0], {.stamp = PutStamp{1, 1, 1}});
  INFO(put.status().ToString());
  REQUIRE(put.ok());
  CHECK(put->sequence_number == 5);
  CHECK(put->encryption_type == EncryptionType::kKms);
  CHECK(broker.put_record.calls == 3);
}

TEST_CASE("a put without a stamp is not") {
  FakeBroker broker;
  FailWith(broker, {kLost});
  const auto client = ConnectTo(broker);
  const auto put = client->PutRecord("orders", kOneEntry[0], {.expected_next_sequence_number = 5});
  CHECK(absl::IsUnavailable(put.status()));
  CHECK(GetErrorDetails(put.status()).outcome_unknown);
  CHECK(broker.put_record.calls == 1);
}

TEST_CASE("a refusal says nothing of the tries before it") {
  FakeBroker broker;
  const auto client = ConnectTo(broker);
  const grpc::Status fenced =
      ErrorWith(StatusCode::FAILED_PRECONDITION, {"PRODUCER_FENCED", "not_applied"});
  SECTION("refused at once") {
    FailWith(broker, {fenced});
    const auto put = client->PutRecord("orders", kOneEntry[0], {.stamp = PutStamp{1, 1, 1}});
    CHECK_FALSE(GetErrorDetails(put.status()).outcome_unknown);
  }
  SECTION("after an answer that was lost, and a try that was put off") {
    FailWith(
        broker,
        {kLost, ErrorWith(StatusCode::RESOURCE_EXHAUSTED, {"OVERLOADED", "not_applied"}), fenced});
    const auto put = client->PutRecord("orders", kOneEntry[0], {.stamp = PutStamp{1, 1, 1}});
    CHECK(GetErrorDetails(put.status()).reason == "PRODUCER_FENCED");
    CHECK(GetErrorDetails(put.status()).outcome_unknown);
    CHECK(broker.put_record.calls == 3);
  }
}

TEST_CASE("asynchronous puts with a stamp are as the synchronous ones") {
  FakeBroker broker;
  broker.put_records.handler = [&](const v1::PutRecordsRequest& request, auto* response) {
    if (broker.put_records.calls == 1) return kLost;
    if (broker.put_records.calls == 3)
      return ErrorWith(StatusCode::FAILED_PRECONDITION, {"PRODUCER_FENCED", "not_applied"});
    if (broker.put_records.calls == 4) return kLost;
    response->add_records()->set_sequence_number(request.producer().producer_sequence());
    return grpc::Status::OK;
  };
  const auto client = ConnectTo(broker);
  const auto put = [&](uint64_t sequence) {
    std::promise<absl::StatusOr<PutRecordsResult>> result;
    client->PutRecordsAsync("orders", kOneEntry, {.stamp = PutStamp{1, 1, sequence}},
                            [&](auto value) { result.set_value(std::move(value)); });
    auto future = result.get_future();
    REQUIRE(future.wait_for(kFault) == std::future_status::ready);
    return future.get();
  };
  const auto stored = put(8);
  REQUIRE(stored.ok());
  CHECK(stored->records[0].sequence_number == 8);
  CHECK(broker.put_records.calls == 2);
  CHECK_FALSE(GetErrorDetails(put(9).status()).outcome_unknown);
  const auto stored_again = put(10);
  REQUIRE(stored_again.ok());
  CHECK(stored_again->records[0].sequence_number == 10);
}

TEST_CASE("a dry run never is OK") {
  FakeBroker broker;
  broker.get_records.handler = [](const v1::GetRecordsRequest& request, auto*) {
    return request.dry_run()
               ? ErrorWith(StatusCode::FAILED_PRECONDITION, {"DRY_RUN", "not_applied"})
               : grpc::Status::OK;
  };
  const auto client = ConnectTo(broker);
  CHECK(client->GetRecords("iterator").ok());
  const auto dry = client->GetRecords("iterator", {.dry_run = true});
  CHECK(GetErrorDetails(dry.status()).reason == "DRY_RUN");
}

}  // namespace
}  // namespace penstock
