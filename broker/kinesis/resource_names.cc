#include "broker/kinesis/resource_names.h"

#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "broker/stream/request_checks.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kStreamPart = "stream/";
constexpr std::string_view kConsumerPart = "/consumer/";

absl::Status NoArn(std::string_view field, std::string_view arn, std::string_view of_what) {
  return InvalidField(
      field, absl::StrCat("'", Excerpt(arn), "' is not the ARN of a ", std::string(of_what)));
}

// Cuts `text` at the first ':' and gives what is before it; nothing if there is none.
bool TakePart(std::string_view* text, std::string_view* part) {
  const size_t colon = text->find(':');
  if (colon == std::string_view::npos) return false;
  *part = text->substr(0, colon);
  text->remove_prefix(colon + 1);
  return true;
}

}  // namespace

std::string ResourceNames::StreamArn(std::string_view stream_name) const {
  return absl::StrCat("arn:aws:kinesis:", region_, ":", account_id_, ":stream/",
                      std::string(stream_name));
}

std::string ResourceNames::ConsumerArn(std::string_view stream_name, std::string_view consumer_name,
                                       int64_t creation_timestamp_ms) const {
  return absl::StrCat(StreamArn(stream_name), "/consumer/", std::string(consumer_name), ":",
                      creation_timestamp_ms / 1000);
}

bool ResourceNames::IsConsumerArn(std::string_view arn) {
  return arn.find(kConsumerPart) != std::string_view::npos;
}

absl::StatusOr<std::string_view> ResourceNames::ParsePrefix(std::string_view field,
                                                            std::string_view arn) const {
  std::string_view rest = arn;
  // arn, partition, service, region, account.
  std::array<std::string_view, 5> parts;
  for (std::string_view& part : parts) {
    if (!TakePart(&rest, &part)) return NoArn(field, arn, "stream");
  }
  if (parts[0] != "arn" || !parts[1].starts_with("aws") || parts[2] != "kinesis" ||
      !rest.starts_with(kStreamPart)) {
    return NoArn(field, arn, "stream");
  }
  if (parts[3] != region_ || parts[4] != account_id_) {
    return MakeError(ErrorReason::kStreamNotFound,
                     absl::StrCat(std::string(field), " '", Excerpt(arn), "' is of region ",
                                  Excerpt(parts[3]), " and account ", Excerpt(parts[4]),
                                  "; this broker is region ", region_, ", account ", account_id_));
  }
  rest.remove_prefix(kStreamPart.size());
  return rest;
}

absl::StatusOr<std::string> ResourceNames::ParseStreamArn(std::string_view field,
                                                          std::string_view arn) const {
  ASSIGN_OR_RETURN(const std::string_view name, ParsePrefix(field, arn));
  if (name.empty() || name.find('/') != std::string_view::npos) return NoArn(field, arn, "stream");
  return std::string(name);
}

absl::StatusOr<ConsumerName> ResourceNames::ParseConsumerArn(std::string_view field,
                                                             std::string_view arn) const {
  ASSIGN_OR_RETURN(const std::string_view rest, ParsePrefix(field, arn));
  const size_t middle = rest.find(kConsumerPart);
  const size_t colon = rest.rfind(':');
  if (middle == std::string_view::npos || middle == 0 || colon == std::string_view::npos ||
      colon <= middle + kConsumerPart.size()) {
    return NoArn(field, arn, "consumer");
  }
  ConsumerName name;
  name.stream_name = std::string(rest.substr(0, middle));
  const size_t consumer_begin = middle + kConsumerPart.size();
  name.consumer_name = std::string(rest.substr(consumer_begin, colon - consumer_begin));
  const std::string_view seconds = rest.substr(colon + 1);
  if (!absl::SimpleAtoi(absl::string_view(seconds.data(), seconds.size()),
                        &name.creation_timestamp_s)) {
    return NoArn(field, arn, "consumer");
  }
  return name;
}

}  // namespace penstock::broker
