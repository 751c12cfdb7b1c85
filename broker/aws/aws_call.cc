#include "broker/aws/aws_call.h"

#include <utility>

#include "broker/aws/cbor_document.h"
#include "broker/aws/json_document.h"
#include "broker/aws/request_ids.h"
#include "common/check.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kEventStreamType = "application/vnd.amazon.eventstream";
constexpr std::string_view kSerializationType = "SerializationException";

// Some clients send nothing for an operation without input: an empty body is an empty map.
absl::StatusOr<Document> ParseBody(AwsFormat format, std::string_view body) {
  return format == AwsFormat::kJson ? ParseJson(body) : ParseCbor(body);
}

}  // namespace

std::vector<HttpField> AnswerFields(const HttpRequestHead* head, std::string_view content_type) {
  std::vector<HttpField> fields = {{"x-amzn-requestid", MakeRequestId()},
                                   {"x-amz-id-2", MakeExtendedRequestId()}};
  if (!content_type.empty()) fields.push_back({"content-type", std::string(content_type)});
  if (head != nullptr && head->Find("origin") != nullptr) {
    fields.push_back({"access-control-allow-origin", "*"});
    fields.push_back({"access-control-expose-headers",
                      "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,"
                      "x-amzn-ErrorMessage,Date"});
  }
  return fields;
}

std::string EncodeError(AwsFormat format, const AwsError& error) {
  const std::unique_ptr<OutputWriter> writer = OutputWriter::Make(format);
  writer->BeginStructure();
  writer->TextMember("__type", error.type);
  // The one error that AWS writes so.
  writer->TextMember(error.type == kSerializationType ? "Message" : "message", error.message);
  writer->EndStructure();
  return writer->Take();
}

AwsCall::~AwsCall() {
  if (answered_.load(std::memory_order_relaxed)) return;
  Fail(MakeError(ErrorReason::kInternalFailure, "the call was given up"));
}

absl::Status AwsCall::ReadInput() {
  ASSIGN_OR_RETURN(Document document, ParseBody(options_.format, options_.request.body));
  ASSIGN_OR_RETURN(input_, BindInput(*options_.operation->input, std::move(document)));
  return absl::OkStatus();
}

void AwsCall::Answer(std::string body, std::shared_ptr<const void> hold) {
  counted_.End(MethodResult::Ok());
  Send(200, std::move(body), std::move(hold));
}

void AwsCall::Fail(const absl::Status& status, const AwsError& error) {
  CHECK(!status.ok());
  counted_.End(MethodResult::Of(status));
  Send(error.http_status, EncodeError(options_.format, error), nullptr);
}

void AwsCall::Send(int status, std::string body, std::shared_ptr<const void> hold) {
  CHECK(!answered_.exchange(true, std::memory_order_relaxed));
  HttpResponse response;
  response.status = status;
  response.fields = AnswerFields(&options_.request.head, ContentTypeOf(options_.format));
  response.body = std::move(body);
  response.hold = std::move(hold);
  options_.exchange->Respond(std::move(response));
}

void AwsCall::BeginEvents() {
  CHECK(!answered_.exchange(true, std::memory_order_relaxed));
  options_.exchange->Begin(200, AnswerFields(&options_.request.head, kEventStreamType));
}

}  // namespace penstock::broker
