#include "broker/aws/aws_endpoint.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include <boost/asio/ip/address_v4.hpp>

#include "broker/aws/aws_call.h"
#include "broker/aws/aws_error.h"
#include "broker/aws/aws_format.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

// A page may keep what a preflight told it for two days, as AWS lets it.
constexpr std::string_view kPreflightSeconds = "172800";

// "localhost:4567", "127.0.0.1", "[::1]:80".
bool IsLoopbackAuthority(std::string_view authority) {
  const size_t bracket = authority.rfind(']');
  const size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  const std::string host = absl::AsciiStrToLower(
      absl::string_view(authority.data(), has_port ? colon : authority.size()));
  if (host == "localhost" || host == "[::1]") return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address_v4(host, error);
  return !error && address.is_loopback();
}

// Of a page that this machine itself serves. "null" and other schemes are of nobody.
bool IsLoopbackOrigin(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return IsLoopbackAuthority(origin.substr(scheme.size()));
  }
  return false;
}

// Without credentials any program of this machine is served; a browser is one, and runs what any
// page tells it. A page says where it is from in `origin`, and one that has turned its own name to
// this machine (DNS rebinding) in `host`.
bool IsOfThisMachine(const HttpRequestHead& head) {
  const std::string* const origin = head.Find("origin");
  const std::string* const host = head.Find("host");
  return head.peer_is_loopback && (origin == nullptr || IsLoopbackOrigin(*origin)) &&
         host != nullptr && IsLoopbackAuthority(*host);
}

HttpResponse Text(int status, std::string_view content_type, std::string body,
                  const HttpRequestHead* head) {
  HttpResponse response;
  response.status = status;
  response.fields = AnswerFields(head, content_type);
  response.body = std::move(body);
  return response;
}

AwsFormat FormatOf(const HttpRequestHead* head) {
  const std::string* const type = head == nullptr ? nullptr : head->Find("content-type");
  return type == nullptr ? AwsFormat::kJson : AwsFormatOf(*type).value_or(AwsFormat::kJson);
}

HttpResponse ErrorResponse(const HttpRequestHead* head, const AwsError& error) {
  const AwsFormat format = FormatOf(head);
  return Text(error.http_status, ContentTypeOf(format), EncodeError(format, error), head);
}

// What a page asks before it sends a request with headers of its own.
HttpResponse Preflight(const HttpRequestHead& head) {
  HttpResponse response = Text(200, "", "", &head);
  const std::string* const headers = head.Find("access-control-request-headers");
  const std::string* const method = head.Find("access-control-request-method");
  if (headers != nullptr) response.fields.push_back({"access-control-allow-headers", *headers});
  if (method != nullptr) response.fields.push_back({"access-control-allow-methods", *method});
  response.fields.push_back({"access-control-max-age", std::string(kPreflightSeconds)});
  return response;
}

// Only POST is an operation; AWS cannot tell which one another method means either.
HttpResponse NoOperation(const HttpRequestHead& head) {
  return Text(403, "application/xml",
              "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to "
              "be authorized</Message>\n</AccessDeniedException>\n",
              &head);
}

std::string_view TypeOfRefusal(int status) {
  switch (status) {
    case 408:
      return "RequestTimeoutException";
    case 413:
      return "RequestEntityTooLargeException";
    case 415:
      return "UnsupportedMediaTypeException";
    case 431:
      return "RequestHeaderFieldsTooLargeException";
    case 503:
      return "ServiceUnavailableException";
    default:
      return status >= 500 ? "InternalFailure" : "BadRequestException";
  }
}

}  // namespace

AwsEndpoint::AwsEndpoint(AwsEndpointOptions options) : options_(std::move(options)) {
  for (AwsService* const service : options_.services) {
    const AwsModel& model = service->model();
    for (const AwsOperation& operation : model.operations) {
      const std::string prefix(model.target_prefix);
      const std::string name(operation.name);
      MethodMeter* const meter = options_.methods == nullptr
                                     ? nullptr
                                     : &options_.methods->Get(absl::StrCat(prefix, "/", name));
      targets_[absl::StrCat(prefix, ".", name)] = {service, &operation, meter};
    }
  }
}

std::optional<HttpResponse> AwsEndpoint::Admit(const HttpRequestHead& head) {
  if (!options_.has_credentials && !IsOfThisMachine(head)) {
    return ErrorResponse(
        &head, {"AccessDeniedException",
                "this broker has no credentials configured and serves clients of its own machine "
                "alone, under a name of it: localhost or 127.0.0.1",
                403});
  }
  if (head.method == "OPTIONS") return Preflight(head);
  if (head.method != "POST") return NoOperation(head);
  if (!options_.has_credentials) return std::nullopt;
  // A body is read for whoever has a key that is known, and for nobody else.
  if (const absl::Status status = options_.verifier->CheckHead(head); !status.ok())
    return ErrorResponse(&head, AwsErrorOf(status));
  return std::nullopt;
}

absl::StatusOr<AwsEndpoint::Target> AwsEndpoint::FindTarget(const HttpRequestHead& head) const {
  const std::string* const name = head.Find("x-amz-target");
  const auto target = name == nullptr ? targets_.end() : targets_.find(*name);
  if (target != targets_.end()) return target->second;
  return MakeAwsError("UnknownOperationException",
                      name == nullptr
                          ? std::string("x-amz-target is missing")
                          : absl::StrCat("x-amz-target '", Excerpt(*name), "' is not known"));
}

void AwsEndpoint::Handle(HttpRequest request, std::shared_ptr<HttpExchange> exchange) {
  const HttpRequestHead& head = request.head;
  const std::string* const type = head.Find("content-type");
  const std::optional<AwsFormat> format = type == nullptr ? std::nullopt : AwsFormatOf(*type);
  if (!format.has_value()) {
    exchange->Respond(Text(404, "application/xml", "<UnknownOperationException/>\n", &head));
    return;
  }
  absl::StatusOr<Target> target = FindTarget(head);
  absl::Status status = target.status();
  if (status.ok()) status = options_.verifier->Verify(head, request.body).status();
  if (!status.ok()) {
    exchange->Respond(ErrorResponse(&head, AwsErrorOf(status)));
    return;
  }
  AwsCall::Options call_options;
  call_options.request = std::move(request);
  call_options.exchange = std::move(exchange);
  call_options.format = *format;
  call_options.operation = target->operation;
  call_options.meter = target->meter;
  call_options.executor = options_.executor;
  auto call = std::make_shared<AwsCall>(std::move(call_options));
  if (status = call->ReadInput(); !status.ok()) return call->Fail(status);
  target->service->Call(*target->operation, std::move(call));
}

HttpResponse AwsEndpoint::Refusal(int status, std::string_view why, const HttpRequestHead* head) {
  return ErrorResponse(head, {std::string(TypeOfRefusal(status)), std::string(why), status});
}

}  // namespace penstock::broker
