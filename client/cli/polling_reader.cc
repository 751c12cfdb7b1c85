#include "client/cli/polling_reader.h"

#include <utility>

#include "common/status_macros.h"
#include "penstock/errors.h"

namespace penstock::cli {
namespace {

// Long enough to be no load, short enough for an iterator of five minutes.
constexpr absl::Duration kPollWait = absl::Seconds(20);
constexpr absl::Duration kEndWait = absl::Seconds(1);

ShardAnswer ToAnswer(GetRecordsResult result) {
  ShardAnswer answer;
  if (!result.records.empty())
    answer.continuation_sequence_number = result.records.back().sequence_number;
  answer.records = std::move(result.records);
  answer.records_behind_latest = result.records_behind_latest;
  answer.has_ended = result.next_shard_iterator.empty();
  answer.child_shards = std::move(result.child_shards);
  answer.next_shard_iterator = std::move(result.next_shard_iterator);
  return answer;
}

}  // namespace

absl::Status PollingReader::Start(const std::string& shard_id, const IteratorPosition& from) {
  ASSIGN_OR_RETURN(const std::string iterator,
                   client_.GetShardIterator(stream_name_, shard_id, from));
  Poll(shard_id, iterator, waits_ ? kPollWait : absl::ZeroDuration());
  return absl::OkStatus();
}

void PollingReader::Next(const std::string& shard_id, const ShardAnswer& last) {
  // A closed shard whose end is still to come must not be asked for it without a pause.
  const absl::Duration wait_for_end = last.records.empty() ? kEndWait : absl::ZeroDuration();
  Poll(shard_id, last.next_shard_iterator, waits_ ? kPollWait : wait_for_end);
}

void PollingReader::Poll(const std::string& shard_id, const std::string& iterator,
                         absl::Duration wait) {
  client_.GetRecordsAsync(iterator, {.max_wait = wait},
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
