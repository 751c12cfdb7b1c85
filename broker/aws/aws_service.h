// AwsService: one service of the endpoint, by the prefix of its X-Amz-Target. The endpoint has done
// everything that is the same for all services when Call comes: authentication, decoding, the
// model's rules on the input.
#pragma once

#include <memory>
#include <string_view>

#include "broker/aws/shape.h"

namespace penstock::broker {

class AwsCall;

class AwsService {
 public:
  virtual ~AwsService() = default;

  virtual const AwsModel& model() const = 0;
  // The call is answered now or later, from any thread. `operation` is of the model. Must not block.
  virtual void Call(const AwsOperation& operation, std::shared_ptr<AwsCall> call) = 0;
};

}  // namespace penstock::broker
