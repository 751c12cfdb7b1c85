// AwsEndpoint: what is the same for every AWS service on a port, between HTTP and the services.
//
//   head ─▶ Admit: who may come at all, is the signature one that can be checked
//   body ─▶ Handle: method ─▶ content type ─▶ X-Amz-Target ─▶ signature ─▶ decode, bind ─▶ service
//
// The checks come in the order in which AWS makes them (kinesalite's index.js, whose tests ran
// against AWS), but that a signature is verified before anything is decoded. Without credentials
// only clients of this machine are served, and their signatures must be there but are not verified.
// Stateless between requests, hence thread-safe; what the options refer to outlives it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include <boost/asio/any_io_executor.hpp>

#include "broker/aws/aws_service.h"
#include "broker/aws/sigv4_verifier.h"
#include "broker/http/http_handler.h"
#include "broker/metrics/method_metrics.h"

namespace penstock::broker {

struct AwsEndpointOptions {
  std::vector<AwsService*> services;
  SigV4Verifier* verifier = nullptr;
  // Signatures are verified, and clients of other machines are served.
  bool has_credentials = false;
  // Null: nobody counts.
  MethodMetrics* methods = nullptr;
  boost::asio::any_io_executor executor;
};

class AwsEndpoint final : public HttpHandler {
 public:
  explicit AwsEndpoint(AwsEndpointOptions options);

  std::optional<HttpResponse> Admit(const HttpRequestHead& head) override;
  void Handle(HttpRequest request, std::shared_ptr<HttpExchange> exchange) override;
  HttpResponse Refusal(int status, std::string_view why, const HttpRequestHead* head) override;

 private:
  struct Target {
    AwsService* service = nullptr;
    const AwsOperation* operation = nullptr;
    MethodMeter* meter = nullptr;
  };

  // UnknownOperationException.
  absl::StatusOr<Target> FindTarget(const HttpRequestHead& head) const;

  const AwsEndpointOptions options_;
  // By X-Amz-Target. Filled by the constructor.
  absl::flat_hash_map<std::string, Target> targets_;
};

}  // namespace penstock::broker
