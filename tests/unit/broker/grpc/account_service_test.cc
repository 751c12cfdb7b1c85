#include "broker/grpc/account_service.h"

#include <chrono>
#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <grpcpp/create_channel.h>

#include "broker/grpc/grpc_server.h"
#include "tests/support/settings_fixture.h"
#include "tests/unit/broker/grpc/status_details.h"

namespace penstock::broker {
namespace {

using Stub = v1::Account::Stub;

class AccountServiceFixture : public testing::SettingsFixture {
 protected:
  AccountServiceFixture() : service_(*account_, *catalog_) {
    auto started = GrpcServer::Start({.listen = "127.0.0.1:0", .services = {&service_}});
    REQUIRE(started.ok());
    server_ = *std::move(started);
    stub_ = v1::Account::NewStub(::grpc::CreateChannel(
        "127.0.0.1:" + std::to_string(server_->port()), ::grpc::InsecureChannelCredentials()));
  }
  ~AccountServiceFixture() { server_->Stop(std::chrono::seconds(10)); }

  template <typename Request, typename Response>
  ::grpc::Status Call(::grpc::Status (Stub::*method)(::grpc::ClientContext*, const Request&,
                                                     Response*),
                      const Request& request, Response* response) {
    ::grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + testing::kTestDeadline);
    return ((*stub_).*method)(&context, request, response);
  }

  AccountService service_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<Stub> stub_;
};

TEST_CASE_METHOD(AccountServiceFixture, "the limits count what there is", "[grpc]") {
  CreateActive("plain", 3);
  CreateStreamSpec spec{"elastic"};
  spec.mode = StreamMode::kOnDemand;
  REQUIRE(Create(spec).ok());
  v1::DescribeLimitsResponse limits;
  REQUIRE(Told(Call(&Stub::DescribeLimits, v1::DescribeLimitsRequest(), &limits)) == "OK");
  CHECK(limits.shard_limit() == kShardsMax);
  CHECK(limits.open_shard_count() == 7);
  CHECK(limits.on_demand_stream_count() == 1);
  CHECK(limits.on_demand_stream_count_limit() == 50);
}

TEST_CASE_METHOD(AccountServiceFixture, "the commitment over gRPC", "[grpc]") {
  v1::DescribeAccountSettingsResponse settings;
  const auto described = [&]() -> const v1::MinimumThroughputBillingCommitment& {
    REQUIRE(Told(Call(&Stub::DescribeAccountSettings, v1::DescribeAccountSettingsRequest(),
                      &settings)) == "OK");
    return settings.minimum_throughput_billing_commitment();
  };
  CHECK(described().status() == v1::COMMITMENT_STATUS_DISABLED);
  CHECK_FALSE(described().has_started_at_ms());
  CHECK_FALSE(described().has_ended_at_ms());
  CHECK_FALSE(described().has_earliest_allowed_end_at_ms());

  v1::UpdateAccountSettingsRequest update;
  update.set_minimum_throughput_billing_commitment_status(v1::COMMITMENT_STATUS_ENABLED);
  v1::UpdateAccountSettingsResponse updated;
  REQUIRE(Told(Call(&Stub::UpdateAccountSettings, update, &updated)) == "OK");
  CHECK(updated.minimum_throughput_billing_commitment().status() == v1::COMMITMENT_STATUS_ENABLED);
  CHECK(updated.minimum_throughput_billing_commitment().started_at_ms() == kStartMs);
  CHECK(described().earliest_allowed_end_at_ms() == kStartMs + AccountSettings::kCommitmentMs);

  const ::grpc::Status again = Call(&Stub::UpdateAccountSettings, update, &updated);
  CHECK(ReasonOf(again) == "INVALID_ARGUMENT");
  CHECK(DetailsOf(again).field() == "minimum_throughput_billing_commitment_status");

  update.set_minimum_throughput_billing_commitment_status(v1::COMMITMENT_STATUS_DISABLED);
  REQUIRE(Told(Call(&Stub::UpdateAccountSettings, update, &updated)) == "OK");
  CHECK(described().status() == v1::COMMITMENT_STATUS_ENABLED_UNTIL_EARLIEST_ALLOWED_END);
  clock_.AdvanceMs(AccountSettings::kCommitmentMs);
  CHECK(described().status() == v1::COMMITMENT_STATUS_DISABLED);
  CHECK(described().ended_at_ms() == kStartMs + AccountSettings::kCommitmentMs);
}

}  // namespace
}  // namespace penstock::broker
