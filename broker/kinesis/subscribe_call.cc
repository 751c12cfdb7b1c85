#include "broker/kinesis/subscribe_call.h"

#include <array>
#include <string>
#include <utility>

#include <boost/asio/post.hpp>

#include "broker/aws/aws_error.h"
#include "broker/aws/event_stream.h"
#include "broker/kinesis/kinesis_output.h"
#include "broker/kinesis/sequence_text.h"

namespace penstock::broker {
namespace {

std::string EventFrame(const AwsCall& call, std::string_view event_type, std::string_view payload) {
  const std::array<EventStreamHeader, 3> headers = {
      {{":message-type", "event"},
       {":event-type", std::string(event_type)},
       {":content-type", std::string(ContentTypeOf(call.format()))}}};
  return EncodeEventStreamMessage(headers, payload);
}

std::string ExceptionFrame(const AwsCall& call, const AwsError& error) {
  const std::unique_ptr<OutputWriter> payload = call.NewWriter();
  payload->BeginStructure();
  payload->TextMember("message", error.message);
  payload->EndStructure();
  const std::array<EventStreamHeader, 3> headers = {
      {{":message-type", "exception"},
       {":exception-type", error.type},
       {":content-type", std::string(ContentTypeOf(call.format()))}}};
  return EncodeEventStreamMessage(headers, payload->Take());
}

std::string EmptyStructure(const AwsCall& call) {
  const std::unique_ptr<OutputWriter> payload = call.NewWriter();
  payload->BeginStructure();
  payload->EndStructure();
  return payload->Take();
}

}  // namespace

void SubscribeCall::Start(std::shared_ptr<Subscription> subscription) {
  subscription_ = std::move(subscription);
  AwsCall& aws = call_->aws();
  aws.BeginEvents();
  aws.exchange().OnGone([subscription = subscription_] { subscription->Close(); });
  Write(EventFrame(aws, "initial-response", EmptyStructure(aws)));
}

void SubscribeCall::Write(std::string frame) {
  call_->aws().exchange().Write(
      std::move(frame), [self = shared_from_this()](bool taken) { self->OnWritten(taken); });
}

void SubscribeCall::OnWritten(bool taken) {
  charge_.Release();
  if (taken) return Ask();
  subscription_->Close();
  call_->aws().EndEvents(absl::CancelledError("the subscriber has gone"));
}

void SubscribeCall::Ask() {
  subscription_->Next(
      [self = shared_from_this()](NextEvent next) { self->OnNext(std::move(next)); });
}

void SubscribeCall::OnNext(NextEvent next) {
  if (!next.ok()) return End(next.status());
  if (!next->has_value()) return End(absl::OkStatus());
  // A MiB takes a millisecond to write, and this thread is that of timers and reads.
  boost::asio::post(
      call_->aws().executor(),
      [self = shared_from_this(), event = std::make_shared<SubscriptionEvent>(**std::move(next))] {
        self->WriteEvent(std::move(*event));
      });
}

void SubscribeCall::WriteEvent(SubscriptionEvent event) {
  const AwsCall& aws = call_->aws();
  const std::unique_ptr<OutputWriter> out =
      aws.NewWriter(RecordsBytesExpected(event.collected, aws.format() == AwsFormat::kJson));
  out->BeginStructure();
  WriteRecords(shard_, event.collected, *out);
  out->IntegerMember("MillisBehindLatest", event.millis_behind_latest);
  if (!event.child_shards.empty()) {
    // The end of the shard: clients take the lack of a continuation for it.
    WriteChildShards(event.child_shards, *out);
  } else {
    const SequenceNumber before_next(event.collected.next.value() - 1);
    out->TextMember(
        "ContinuationSequenceNumber",
        FormatSequenceNumber(shard_, event.continuation_sequence_number.value_or(before_next)));
  }
  out->EndStructure();
  charge_ = std::move(event.charge);
  Write(EventFrame(aws, "SubscribeToShardEvent", out->Take()));
}

void SubscribeCall::End(const absl::Status& status) {
  // Before the subscriber learns of it: it may subscribe again at once.
  subscription_->Close();
  AwsCall& aws = call_->aws();
  aws.EndEvents(status);
  if (status.ok()) return aws.exchange().End();
  const AwsError error = DescribeError(status, aws.operation(), call_->subject());
  aws.exchange().Write(ExceptionFrame(aws, error),
                       [call = call_](bool) { call->aws().exchange().End(); });
}

}  // namespace penstock::broker
