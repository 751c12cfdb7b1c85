// ResourceNames: the Amazon resource names (ARNs) of streams and consumers, made and read.
//
//   arn:aws:kinesis:<region>:<account>:stream/<stream>
//   arn:aws:kinesis:<region>:<account>:stream/<stream>/consumer/<consumer>:<creation, epoch seconds>
//
// A broker has one region and one account, which are settings: clients take the region out of an
// ARN (Flink) and expect twelve digits for the account (KCL StreamIdentifier). An ARN of another
// region or account names nothing here and is refused as such, never taken for the stream of the
// same name. Immutable, hence thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace penstock::broker {

// A consumer's ARN, taken apart.
struct ConsumerName {
  std::string stream_name;
  std::string consumer_name;
  // Tells a consumer from an earlier one of the same name.
  int64_t creation_timestamp_s = 0;
};

class ResourceNames {
 public:
  ResourceNames(std::string region, std::string account_id)
      : region_(std::move(region)), account_id_(std::move(account_id)) {}

  const std::string& region() const { return region_; }
  const std::string& account_id() const { return account_id_; }

  std::string StreamArn(std::string_view stream_name) const;
  std::string ConsumerArn(std::string_view stream_name, std::string_view consumer_name,
                          int64_t creation_timestamp_ms) const;

  // The stream's name. INVALID_ARGUMENT: it is no ARN of a stream; NOT_FOUND (STREAM_NOT_FOUND): of
  // another region or account. `field` is the member that held it.
  absl::StatusOr<std::string> ParseStreamArn(std::string_view field, std::string_view arn) const;
  // The same for a consumer's.
  absl::StatusOr<ConsumerName> ParseConsumerArn(std::string_view field, std::string_view arn) const;
  // Whether it has the form of a consumer's ARN rather than a stream's.
  static bool IsConsumerArn(std::string_view arn);

 private:
  // What follows "stream/".
  absl::StatusOr<std::string_view> ParsePrefix(std::string_view field, std::string_view arn) const;

  const std::string region_;
  const std::string account_id_;
};

}  // namespace penstock::broker
