// StatusDetails: what a client finds in grpc-status-details-bin.
#pragma once

#include <optional>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <grpcpp/support/status.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace penstock::broker {

struct StatusDetails {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  std::optional<google::rpc::RetryInfo> retry;
  std::optional<google::rpc::BadRequest> bad_request;

  std::string outcome() const { return info.metadata().at("outcome"); }
  std::string field() const { return bad_request->field_violations(0).field(); }
};

inline StatusDetails DetailsOf(const ::grpc::Status& status) {
  StatusDetails details;
  REQUIRE(details.status.ParseFromString(status.error_details()));
  CHECK(details.status.code() == static_cast<int>(status.error_code()));
  CHECK(details.status.message() == status.error_message());
  REQUIRE(details.status.details_size() >= 1);
  REQUIRE(details.status.details(0).UnpackTo(&details.info));
  for (int i = 1; i < details.status.details_size(); ++i) {
    google::rpc::RetryInfo retry;
    google::rpc::BadRequest bad_request;
    if (details.status.details(i).UnpackTo(&retry)) details.retry = retry;
    if (details.status.details(i).UnpackTo(&bad_request)) details.bad_request = bad_request;
  }
  return details;
}

// "OK", or ErrorInfo.reason.
inline std::string ReasonOf(const ::grpc::Status& status) {
  return status.ok() ? "OK" : DetailsOf(status).info.reason();
}

// For REQUIRE, which then shows why.
inline std::string Told(const ::grpc::Status& status) {
  return status.ok() ? "OK" : std::to_string(status.error_code()) + ": " + status.error_message();
}

}  // namespace penstock::broker
