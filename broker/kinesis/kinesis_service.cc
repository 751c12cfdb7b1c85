#include "broker/kinesis/kinesis_service.h"

#include <utility>

#include "absl/status/status.h"

#include "broker/kinesis/kinesis_model.h"
#include "common/check.h"

namespace penstock::broker {

KinesisService::KinesisService(const KinesisContext& context) : context_(context) {
  for (const auto& group :
       {StreamOperations(), StreamSettingOperations(), ShardOperations(), ConsumerOperations(),
        TagOperations(), AccountOperations(), RecordOperations(), SubscribeOperations()}) {
    for (const KinesisOperation& operation : group) {
      const AwsOperation* const of_model = model().Find(operation.name);
      CHECK(of_model != nullptr);
      operations_[of_model] = operation;
    }
  }
  CHECK(operations_.size() == model().operations.size());
}

const AwsModel& KinesisService::model() const {
  return KinesisModel();
}

void KinesisService::Call(const AwsOperation& operation, std::shared_ptr<AwsCall> call) {
  const auto kinesis_call = std::make_shared<KinesisCall>(context_, std::move(call));
  const auto found = operations_.find(&operation);
  CHECK(found != operations_.end());
  if (const absl::Status status = found->second.run(kinesis_call); !status.ok())
    kinesis_call->Fail(status);
}

}  // namespace penstock::broker
