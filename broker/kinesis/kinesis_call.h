// KinesisCall: a call of a Kinesis operation: the AwsCall, what it is about, and what the
// operations work with.
//
// An operation is a function that takes the call and either answers it, now or later, or returns
// why it is refused:
//
//   absl::Status DeleteStream(const std::shared_ptr<KinesisCall>& call) {
//     ASSIGN_OR_RETURN(const std::string name, call->StreamName());
//     call->catalog().DeleteStream({name, ...}, FinishEmpty(call));
//     return absl::OkStatus();
//   }
//
// Thread-safe once the operation has been called: then only what is const is used.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/aws/aws_call.h"
#include "broker/aws/output_writer.h"
#include "broker/aws/structure.h"
#include "broker/kinesis/kinesis_errors.h"
#include "broker/kinesis/resource_names.h"
#include "broker/record/record_plane.h"
#include "broker/stream/account_settings.h"
#include "broker/stream/consumer_registry.h"
#include "broker/stream/stream_catalog.h"
#include "broker/stream/stream_settings.h"
#include "broker/stream/tags.h"

namespace penstock::broker {

// What all operations work with. Outlives the service.
struct KinesisContext {
  StreamCatalog& catalog;
  StreamSettings& settings;
  ConsumerRegistry& consumers;
  AccountSettings& account;
  RecordPlane& records;
  const ResourceNames& names;
  // Of streams that are created here.
  StreamLimits new_stream_limits = {.profile = StreamLimits::Profile::kKinesis};
};

class KinesisCall {
 public:
  KinesisCall(const KinesisContext& context, std::shared_ptr<AwsCall> call)
      : context_(context), call_(std::move(call)), input_(call_->input()) {}

  const KinesisContext& context() const { return context_; }
  StreamCatalog& catalog() const { return context_.catalog; }
  StreamSettings& settings() const { return context_.settings; }
  const ResourceNames& names() const { return context_.names; }
  const Structure& input() const { return input_; }
  AwsCall& aws() const { return *call_; }

  // The stream that StreamName or StreamARN names, or both of them; the call is about it from then
  // on. INVALID_ARGUMENT: neither is given, or they differ; errors of ResourceNames.
  absl::StatusOr<std::string> StreamName();
  // The same, but both may be absent: then it is empty.
  absl::StatusOr<std::string> MaybeStreamName();
  // For errors.
  void SetStream(std::string_view stream_name) { stream_name_ = std::string(stream_name); }
  void SetShard(std::string_view shard_id) { shard_id_ = std::string(shard_id); }

  // An input that is a whole number; 0 where it is absent, which stands for the default. Numbers
  // past what 32 bits hold stand for the largest, which is refused by the rule on the field.
  uint32_t Number(std::string_view member) const;
  std::string Text(std::string_view member) const { return std::string(input_.Text(member)); }
  bool Flag(std::string_view member) const { return input_.Boolean(member).value_or(false); }

  // The member Tags.
  std::vector<Tag> GivenTags() const;

  CallSubject subject() const;
  void AnswerEmpty() const { call_->AnswerEmpty(); }
  void Answer(std::string body) const { call_->Answer(std::move(body)); }
  // A structure whose members `fill` writes.
  template <typename Fill>
  void AnswerWith(Fill fill) const {
    const std::unique_ptr<OutputWriter> writer = call_->NewWriter();
    writer->BeginStructure();
    fill(*writer);
    writer->EndStructure();
    call_->Answer(writer->Take());
  }
  void Fail(const absl::Status& status) const;

 private:
  const KinesisContext& context_;
  const std::shared_ptr<AwsCall> call_;
  const Structure input_;
  std::string stream_name_;
  std::string shard_id_;
};

using KinesisCallPtr = std::shared_ptr<KinesisCall>;

// How operations of the control plane end: with no output, or with one that `fill` writes of the
// result.
inline std::function<void(absl::Status)> FinishEmpty(KinesisCallPtr call) {
  return [call = std::move(call)](const absl::Status& status) {
    status.ok() ? call->AnswerEmpty() : call->Fail(status);
  };
}

template <typename Result, typename Fill>
std::function<void(absl::StatusOr<Result>)> FinishWith(KinesisCallPtr call, Fill fill) {
  return [call = std::move(call), fill](const absl::StatusOr<Result>& result) {
    if (!result.ok()) return call->Fail(result.status());
    call->AnswerWith([&](OutputWriter& out) { fill(*result, out); });
  };
}

// Of the changes of a stream's settings, which most operations do not describe.
inline StreamSettings::ChangedCallback FinishChange(KinesisCallPtr call) {
  return [call = std::move(call)](const absl::StatusOr<StreamChange>& change) {
    change.ok() ? call->AnswerEmpty() : call->Fail(change.status());
  };
}

}  // namespace penstock::broker
