#include "broker/record/stream_lookup.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "common/error.h"
#include "common/limits.h"

namespace penstock::broker {
namespace {

using SnapshotOr = absl::StatusOr<std::shared_ptr<const StreamSnapshot>>;

bool IsStreamNameChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-';
}

SnapshotOr OnlyServing(SnapshotOr found) {
  if (!found.ok() || (*found)->serving()) return found;
  const StreamConfig& config = (*found)->config();
  // Kinesis: for who puts and gets there is no such stream yet, or any more.
  return MakeError(ErrorReason::kStreamNotFound,
                   absl::StrCat("stream '", config.name, "' not found: it is ",
                                std::string(StreamStatusName(config.status)),
                                ", and takes and gives records when it is ACTIVE or UPDATING"));
}

}  // namespace

SnapshotOr FindServing(const StreamDirectory& directory, std::string_view stream_name) {
  if (stream_name.empty()) {
    return WithField(MakeError(ErrorReason::kInvalidArgument, "stream_name is empty"),
                     "stream_name");
  }
  // Other names are not looked up: they come from outside and may be anything, also not UTF-8.
  if (stream_name.size() > kStreamNameCharsMax ||
      !std::all_of(stream_name.begin(), stream_name.end(), IsStreamNameChar)) {
    return MakeError(ErrorReason::kStreamNotFound,
                     absl::StrCat("stream '", Excerpt(stream_name), "' not found"));
  }
  return OnlyServing(directory.Find(stream_name));
}

SnapshotOr FindServing(const StreamDirectory& directory, StreamId id) {
  return OnlyServing(directory.Find(id));
}

absl::StatusOr<const ShardInfo*> FindShardOf(const StreamSnapshot& stream, ShardIndex shard) {
  const ShardInfo* const found = stream.FindShard(shard);
  if (found != nullptr) return found;
  return MakeError(ErrorReason::kShardNotFound,
                   absl::StrCat("shard '", FormatShardId(shard), "' not found in stream '",
                                stream.config().name, "'"));
}

absl::StatusOr<ConsumerKey> FindConsumerOf(const StreamSnapshot& stream,
                                           std::string_view consumer_name) {
  if (consumer_name.empty()) {
    return WithField(MakeError(ErrorReason::kInvalidArgument, "consumer_name is empty"),
                     "consumer_name");
  }
  const StreamConfig& config = stream.config();
  const ConsumerInfo* const consumer = stream.FindConsumer(consumer_name);
  if (consumer == nullptr) {
    return MakeError(ErrorReason::kConsumerNotFound,
                     absl::StrCat("consumer '", Excerpt(consumer_name), "' not found in stream '",
                                  config.name, "'"));
  }
  return ConsumerKey{config.id, consumer->name, consumer->creation_timestamp_ms};
}

}  // namespace penstock::broker
