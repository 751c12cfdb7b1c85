#include "broker/kinesis/kinesis_call.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/strings/str_cat.h"

#include "broker/stream/request_checks.h"
#include "common/status_macros.h"

namespace penstock::broker {

absl::StatusOr<std::string> KinesisCall::MaybeStreamName() {
  // Some operations are by StreamARN alone (RegisterStreamConsumer, UpdateStreamMode).
  const bool by_name = input_.shape().Find("StreamName") != nullptr;
  const std::string_view name = by_name ? input_.Text("StreamName") : std::string_view();
  const std::string_view arn = input_.Text("StreamARN");
  if (arn.empty()) {
    SetStream(name);
    return std::string(name);
  }
  ASSIGN_OR_RETURN(std::string of_arn, names().ParseStreamArn("StreamARN", arn));
  if (!name.empty() && name != of_arn) {
    return InvalidField("StreamARN", absl::StrCat("is that of stream ", of_arn,
                                                  ", but StreamName is ", std::string(name)));
  }
  SetStream(of_arn);
  return of_arn;
}

absl::StatusOr<std::string> KinesisCall::StreamName() {
  ASSIGN_OR_RETURN(std::string name, MaybeStreamName());
  if (name.empty()) return InvalidField("StreamName", "or StreamARN must be given");
  return name;
}

uint32_t KinesisCall::Number(std::string_view member) const {
  const int64_t value = input_.Integer(member).value_or(0);
  return static_cast<uint32_t>(std::clamp<int64_t>(value, 0, std::numeric_limits<uint32_t>::max()));
}

std::vector<Tag> KinesisCall::GivenTags() const {
  std::vector<Tag> tags;
  for (const auto& [key, value] : input_.Map("Tags"))
    tags.push_back({std::string(key), std::string(value)});
  return tags;
}

CallSubject KinesisCall::subject() const {
  return {names().account_id(), stream_name_, shard_id_};
}

void KinesisCall::Fail(const absl::Status& status) const {
  call_->Fail(status, DescribeError(status, call_->operation(), subject()));
}

}  // namespace penstock::broker
