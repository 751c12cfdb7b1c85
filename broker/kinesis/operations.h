// The operations of Kinesis, by group. Each turns the input into a call of stream/ or record/ and
// the result into the output; the rules are there, not here (see kinesis_call.h for the form).
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "absl/status/status.h"

#include "broker/kinesis/kinesis_call.h"

namespace penstock::broker {

struct KinesisOperation {
  std::string_view name;
  absl::Status (*run)(const KinesisCallPtr& call);
};

// Life and settings of streams.
std::span<const KinesisOperation> StreamOperations();
std::span<const KinesisOperation> StreamSettingOperations();
std::span<const KinesisOperation> ShardOperations();
std::span<const KinesisOperation> ConsumerOperations();
std::span<const KinesisOperation> TagOperations();
// The account's settings and limits; resource policies, which are refused.
std::span<const KinesisOperation> AccountOperations();
std::span<const KinesisOperation> RecordOperations();
std::span<const KinesisOperation> SubscribeOperations();

}  // namespace penstock::broker
