#include "broker/stream/stream_task.h"

#include <utility>

#include "broker/stream/lifecycle_tasks.h"
#include "broker/stream/reshard_task.h"
#include "common/check.h"

namespace penstock::broker {

std::unique_ptr<StreamTask> MakeStreamTask(const StreamTaskContext& context,
                                           std::shared_ptr<const StreamSnapshot> stream) {
  switch (stream->config().status) {
    case StreamStatus::kCreating:
      return std::make_unique<CreateTask>(context, std::move(stream));
    case StreamStatus::kUpdating:
      return std::make_unique<ReshardTask>(context, std::move(stream));
    case StreamStatus::kDeleting:
      return std::make_unique<DeleteTask>(context, std::move(stream));
    case StreamStatus::kActive:
      break;
  }
  CHECK(false && "an active stream has nothing to be carried out");
  return nullptr;
}

}  // namespace penstock::broker
