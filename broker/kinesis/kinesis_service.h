// KinesisService: Amazon Kinesis Data Streams, as a service of the endpoint: its model, and for each
// of its operations the function that runs it (operations.h). Thread-safe; the context outlives it.
#pragma once

#include <memory>
#include <string_view>

#include "absl/container/flat_hash_map.h"

#include "broker/aws/aws_service.h"
#include "broker/kinesis/kinesis_call.h"
#include "broker/kinesis/operations.h"

namespace penstock::broker {

class KinesisService final : public AwsService {
 public:
  // CHECKs that there is a function for each operation of the model.
  explicit KinesisService(const KinesisContext& context);

  const AwsModel& model() const override;
  void Call(const AwsOperation& operation, std::shared_ptr<AwsCall> call) override;

 private:
  const KinesisContext context_;
  absl::flat_hash_map<const AwsOperation*, KinesisOperation> operations_;
};

}  // namespace penstock::broker
