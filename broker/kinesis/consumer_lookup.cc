#include "broker/kinesis/consumer_lookup.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/stream/request_checks.h"
#include "common/status_macros.h"

namespace penstock::broker {

absl::StatusOr<FoundConsumer> FindConsumerByArn(KinesisCall& call, std::string_view field,
                                                std::string_view arn) {
  ASSIGN_OR_RETURN(const ConsumerName name, call.names().ParseConsumerArn(field, arn));
  call.SetStream(name.stream_name);
  FoundConsumer found;
  found.stream_name = name.stream_name;
  ASSIGN_OR_RETURN(found.info,
                   call.context().consumers.Describe(name.stream_name, name.consumer_name));
  if (found.info.creation_timestamp_ms / 1000 != name.creation_timestamp_s)
    return NoSuchConsumer(name.stream_name, name.consumer_name);
  return found;
}

absl::StatusOr<FoundConsumer> FindConsumer(KinesisCall& call) {
  const std::string_view arn = call.input().Text("ConsumerARN");
  const std::string_view name = call.input().Text("ConsumerName");
  FoundConsumer found;
  ASSIGN_OR_RETURN(found.stream_name, call.MaybeStreamName());
  if (arn.empty()) {
    if (found.stream_name.empty() || name.empty())
      return InvalidField("ConsumerARN", "must be given, or StreamARN and ConsumerName");
    ASSIGN_OR_RETURN(found.info, call.context().consumers.Describe(found.stream_name, name));
    return found;
  }
  ASSIGN_OR_RETURN(FoundConsumer by_arn, FindConsumerByArn(call, "ConsumerARN", arn));
  if (!found.stream_name.empty() && found.stream_name != by_arn.stream_name) {
    return InvalidField("StreamARN", absl::StrCat("is that of stream ", found.stream_name,
                                                  ", but ConsumerARN is of a consumer of stream ",
                                                  by_arn.stream_name));
  }
  if (!name.empty() && name != by_arn.info.name) {
    return InvalidField("ConsumerName",
                        absl::StrCat("is ", std::string(name), ", but ConsumerARN is of consumer ",
                                     by_arn.info.name));
  }
  return by_arn;
}

}  // namespace penstock::broker
