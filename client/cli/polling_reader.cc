#include "client/cli/polling_reader.h"

#include <utility>

#include "common/status_macros.h"
#include "penstock/errors.h"

namespace penstock::cli {
namespace {

// Long enough to be no load, short enough for an iterator of five minutes.
constexpr absl::Duration kPollWait = absl::Seconds(20);

ShardAnswer ToAnswer(GetRecordsResult result) {
  ShardAnswer answer;
  if (!result.records.empty())
    answer.continuation_sequence_number = result.records.back().sequence_number;
  answer.records = std::move(result.records);
  answer.records_behind_latest = result.records_behind_latest;
  answer.has_ended = result.next_shard_iterator.empty();
  answer.child_shards = std::move(result.child_shards);
  answer.next = std::move(result.next_shard_iterator);
  return answer;
}

}  // namespace

absl::Status PollingReader::Start(const std::string& shard_id, const IteratorPosition& from) {
  ASSIGN_OR_RETURN(const std::string iterator,
                   client_.GetShardIterator(stream_name_, shard_id, from));
  Next(shard_id, iterator);
  return absl::OkStatus();
}

void PollingReader::Next(const std::string& shard_id, const std::string& next) {
  GetRecordsOptions options;
  if (waits_) options.max_wait = kPollWait;
  client_.GetRecordsAsync(next, options,
                          [events = events_, shard_id](absl::StatusOr<GetRecordsResult> result) {
                            if (result.ok()) {
                              events->Push({shard_id, ToAnswer(*std::move(result))});
                            } else {
                              events->Push({shard_id, std::move(result).status()});
                            }
                          });
}

ShardReader::OnError PollingReader::Judge(const absl::Status& error, bool /*has_answered*/) const {
  return GetErrorDetails(error).reason == "EXPIRED_ITERATOR" ? OnError::kStartAgain
                                                             : OnError::kFail;
}

}  // namespace penstock::cli
