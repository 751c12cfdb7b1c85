// Registered consumers.

#include <array>
#include <string>
#include <utility>

#include "broker/kinesis/consumer_lookup.h"
#include "broker/kinesis/kinesis_call.h"
#include "broker/kinesis/kinesis_output.h"
#include "broker/kinesis/operations.h"
#include "broker/stream/request_checks.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

absl::Status RegisterStreamConsumer(const KinesisCallPtr& call) {
  RegisterConsumerSpec spec;
  ASSIGN_OR_RETURN(spec.stream_name, call->StreamName());
  spec.consumer_name = call->Text("ConsumerName");
  spec.tags = call->GivenTags();
  call->context().consumers.Register(
      spec, FinishWith<ConsumerInfo>(call, [stream_name = spec.stream_name, names = &call->names()](
                                               const ConsumerInfo& consumer, OutputWriter& out) {
        out.Key("Consumer");
        WriteConsumer(consumer, stream_name, *names, /*with_stream_arn=*/false, out);
      }));
  return absl::OkStatus();
}

absl::Status DeregisterStreamConsumer(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(FoundConsumer found, FindConsumer(*call));
  call->context().consumers.Deregister(std::move(found.stream_name), std::move(found.info.name),
                                       FinishEmpty(call));
  return absl::OkStatus();
}

absl::Status DescribeStreamConsumer(const KinesisCallPtr& call) {
  ASSIGN_OR_RETURN(const FoundConsumer found, FindConsumer(*call));
  call->AnswerWith([&](OutputWriter& out) {
    out.Key("ConsumerDescription");
    WriteConsumer(found.info, found.stream_name, call->names(), /*with_stream_arn=*/true, out);
  });
  return absl::OkStatus();
}

absl::Status ListStreamConsumers(const KinesisCallPtr& call) {
  const Structure& input = call->input();
  ListConsumersQuery query;
  query.next_token = call->Text("NextToken");
  ASSIGN_OR_RETURN(const std::string stream_name, call->StreamName());
  // StreamARN is required here, also with a token, which alone says where to go on.
  if (query.next_token.empty()) query.stream_name = stream_name;
  query.max_results = call->Number("MaxResults");
  if (query.next_token.empty())
    query.stream_creation_timestamp_ms = input.TimestampMs("StreamCreationTimestamp");
  ASSIGN_OR_RETURN(const ConsumerPage page, call->context().consumers.List(query));
  if (page.stream->config().name != stream_name)
    return InvalidField("NextToken", "is of another stream than StreamARN");
  call->AnswerWith([&](OutputWriter& out) {
    out.Key("Consumers");
    out.BeginList();
    for (const ConsumerInfo& consumer : page.consumers) {
      WriteConsumer(consumer, page.stream->config().name, call->names(), /*with_stream_arn=*/false,
                    out);
    }
    out.EndList();
    if (!page.next_token.empty()) out.TextMember("NextToken", page.next_token);
  });
  return absl::OkStatus();
}

constexpr std::array<KinesisOperation, 4> kOperations = {{
    {"DeregisterStreamConsumer", DeregisterStreamConsumer},
    {"DescribeStreamConsumer", DescribeStreamConsumer},
    {"ListStreamConsumers", ListStreamConsumers},
    {"RegisterStreamConsumer", RegisterStreamConsumer},
}};

}  // namespace

std::span<const KinesisOperation> ConsumerOperations() {
  return kOperations;
}

}  // namespace penstock::broker
