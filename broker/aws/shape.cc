#include "broker/aws/shape.h"

namespace penstock::broker {

const AwsOperation* AwsModel::Find(std::string_view name) const {
  for (const AwsOperation& operation : operations) {
    if (operation.name == name) return &operation;
  }
  return nullptr;
}

}  // namespace penstock::broker
