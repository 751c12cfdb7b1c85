#include "broker/record/producer_check.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"

#include "common/error.h"

namespace penstock::broker {
namespace {

absl::Status Invalid(std::string_view field, std::string_view what) {
  return WithField(
      MakeError(ErrorReason::kInvalidArgument, std::string(field).append(" ").append(what)), field);
}

}  // namespace

absl::Status CheckProducer(const ProducerStamp& producer,
                           std::optional<uint64_t> previous_producer_sequence) {
  if (producer.producer_id == 0) return Invalid("producer.producer_id", "is 0, which is none");
  if (producer.producer_sequence == 0) {
    return Invalid("producer.producer_sequence", "is 0; sequences begin at 1");
  }
  if (previous_producer_sequence.value_or(0) >= producer.producer_sequence) {
    return Invalid("producer.previous_producer_sequence",
                   absl::StrCat("is ", *previous_producer_sequence,
                                ", not below producer_sequence ", producer.producer_sequence));
  }
  return absl::OkStatus();
}

}  // namespace penstock::broker
