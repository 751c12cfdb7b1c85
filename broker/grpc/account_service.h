// AccountService: penstock.v1.Account in front of AccountSettings and a StreamCatalog.
//
// Holds no rule of its own. Callback API. An update is finished from the settings' executor; the
// rest is answered at once from memory, on gRPC's thread. What it refers to must outlive the
// service, and the server must have stopped before either goes.
#pragma once

#include <grpcpp/support/server_callback.h>

#include "broker/stream/account_settings.h"
#include "broker/stream/stream_catalog.h"
#include "penstock/v1/account.grpc.pb.h"

namespace penstock::broker {

class AccountService final : public v1::Account::CallbackService {
 public:
  AccountService(AccountSettings& settings, const StreamCatalog& catalog)
      : settings_(settings), catalog_(catalog) {}

  ::grpc::ServerUnaryReactor* DescribeLimits(::grpc::CallbackServerContext* context,
                                             const v1::DescribeLimitsRequest* request,
                                             v1::DescribeLimitsResponse* response) override;
  ::grpc::ServerUnaryReactor* DescribeAccountSettings(
      ::grpc::CallbackServerContext* context, const v1::DescribeAccountSettingsRequest* request,
      v1::DescribeAccountSettingsResponse* response) override;
  ::grpc::ServerUnaryReactor* UpdateAccountSettings(
      ::grpc::CallbackServerContext* context, const v1::UpdateAccountSettingsRequest* request,
      v1::UpdateAccountSettingsResponse* response) override;

 private:
  AccountSettings& settings_;
  const StreamCatalog& catalog_;
};

}  // namespace penstock::broker
