#include "broker/stream/stream_editor.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {

absl::StatusOr<StreamEditor::Snapshot> StreamEditor::Edit(StreamId id, const Change& change) {
  MutexLock lock(mutex_);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    ASSIGN_OR_RETURN(const StoredStreamEntry stream, table_.Get(id));
    ASSIGN_OR_RETURN(Snapshot changed, change(stream.snapshot));
    if (changed == stream.snapshot) return changed;
    const absl::StatusOr<Revision> put = store_.Put(*changed, stream.revision);
    if (put.status().code() == absl::StatusCode::kAborted) {
      RETURN_IF_ERROR(Reload(*stream.snapshot));
      continue;
    }
    RETURN_IF_ERROR(put.status());
    table_.Publish({changed, *put});
    return changed;
  }
  return MakeError(
      ErrorReason::kStreamNotActive,
      absl::StrCat("stream with id ", id.value(), " is being changed by other nodes all the time"));
}

absl::Status StreamEditor::Remove(StreamId id) {
  MutexLock lock(mutex_);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const absl::StatusOr<StoredStreamEntry> stream = table_.Get(id);
    if (!stream.ok()) return absl::OkStatus();
    const absl::Status removed = store_.Delete(*stream->snapshot, stream->revision);
    if (removed.code() == absl::StatusCode::kAborted) {
      if (!Reload(*stream->snapshot).ok()) return absl::OkStatus();
      continue;
    }
    RETURN_IF_ERROR(removed);
    table_.Remove(id);
    return absl::OkStatus();
  }
  return MakeError(
      ErrorReason::kStreamNotActive,
      absl::StrCat("stream with id ", id.value(), " is being changed by other nodes all the time"));
}

absl::Status StreamEditor::Reload(const StreamSnapshot& stream) {
  const StreamConfig& config = stream.config();
  ASSIGN_OR_RETURN(std::optional<StoredStreamEntry> stored, store_.Get(config.name));
  if (!stored || stored->snapshot->config().id != config.id) {
    table_.Remove(config.id);
    return MakeError(ErrorReason::kStreamNotFound,
                     absl::StrCat("stream ", config.name, " was deleted"));
  }
  table_.Publish(*std::move(stored));
  return absl::OkStatus();
}

}  // namespace penstock::broker
