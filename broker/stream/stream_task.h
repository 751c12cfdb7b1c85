// StreamTask: what is to be done so that a stream leaves a status it cannot stay in: CREATING,
// UPDATING or DELETING. StreamJob runs it.
//
// A task is a row of steps. Each can be repeated, after an error as after a crash: what a step does
// is begun again from what is stored. One step at a time.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"

#include "broker/stream/stream_editor.h"
#include "broker/stream/stream_snapshot.h"
#include "common/clock.h"
#include "storage/shard_log.h"

namespace penstock::broker {

struct StreamTaskContext {
  StreamEditor& editor;
  storage::ShardLog& log;
  const Clock& clock;
  // May be empty. Called for a stream that is gone, on a thread that may block.
  const std::function<void(StreamId)>& on_deleted;
};

class StreamTask {
 public:
  // True if there is more to do. Called once a step, on any thread.
  using StepCallback = absl::AnyInvocable<void(absl::StatusOr<bool>) &&>;

  virtual ~StreamTask() = default;

  virtual void Step(StepCallback done) = 0;
  // For the log: "creation".
  virtual std::string_view name() const = 0;
};

// The task that the stream's status asks for, which is one of the three.
std::unique_ptr<StreamTask> MakeStreamTask(const StreamTaskContext& context,
                                           std::shared_ptr<const StreamSnapshot> stream);

}  // namespace penstock::broker
