#include "broker/record/get_shard_iterator.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/record/dry_run.h"
#include "broker/record/stream_lookup.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kTypeField = "shard_iterator_type";

absl::Status Invalid(std::string_view field, std::string_view what) {
  return WithField(MakeError(ErrorReason::kInvalidArgument,
                             absl::StrCat(std::string(field), " ", std::string(what))),
                   field);
}

std::string_view TypeName(ShardIteratorType type) {
  switch (type) {
    case ShardIteratorType::kAtSequenceNumber:
      return "AT_SEQUENCE_NUMBER";
    case ShardIteratorType::kAfterSequenceNumber:
      return "AFTER_SEQUENCE_NUMBER";
    case ShardIteratorType::kTrimHorizon:
      return "TRIM_HORIZON";
    case ShardIteratorType::kLatest:
      return "LATEST";
    case ShardIteratorType::kAtTimestamp:
      return "AT_TIMESTAMP";
    case ShardIteratorType::kUnspecified:
      break;
  }
  return "";
}

// Each type takes just the argument it needs.
absl::Status CheckArguments(const GetShardIteratorRequest& request, std::string_view type_field) {
  const std::string type(TypeName(request.type));
  const std::string with_type = absl::StrCat(" with ", std::string(type_field), " ", type);
  if (type.empty()) {
    return Invalid(type_field,
                   "must be one of AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER, TRIM_HORIZON, "
                   "LATEST, AT_TIMESTAMP");
  }
  const bool by_number = request.type == ShardIteratorType::kAtSequenceNumber ||
                         request.type == ShardIteratorType::kAfterSequenceNumber;
  if (by_number != request.starting_sequence_number.has_value()) {
    return Invalid("starting_sequence_number",
                   absl::StrCat(by_number ? "is required" : "is refused", with_type));
  }
  const bool by_time = request.type == ShardIteratorType::kAtTimestamp;
  if (by_time != request.timestamp_ms.has_value()) {
    return Invalid("timestamp_ms", absl::StrCat(by_time ? "is required" : "is refused", with_type));
  }
  return absl::OkStatus();
}

absl::StatusOr<const ShardInfo*> FindRequestedShard(const StreamSnapshot& stream,
                                                    const GetShardIteratorRequest& request) {
  const absl::StatusOr<ShardIndex> index = ParseShardId(request.shard_id);
  if (!index.ok()) return WithField(index.status(), "shard_id");
  return FindShardOf(stream, *index);
}

absl::StatusOr<SequenceNumber> FindByNumber(const GetShardIteratorRequest& request,
                                            const ShardInfo& shard,
                                            const storage::ShardBounds& bounds) {
  const SequenceNumber number(*request.starting_sequence_number);
  if (request.type == ShardIteratorType::kAtSequenceNumber) {
    // At the number that the next record will get is after the last one.
    if (number <= bounds.end) return number;
  } else {
    if (number < bounds.end) return number.Next();
    // No record has the number of a closed shard's end, nor that of a shard's start before there is
    // one; what comes after them is what comes then.
    const bool is_edge = bounds.sealed || !shard.open() || number == shard.starting_sequence_number;
    if (number == bounds.end && is_edge) return bounds.end;
  }
  return Invalid(
      "starting_sequence_number",
      absl::StrCat(number.value(), " is past the end of ", std::string(request.shard_id),
                   ", which holds [", bounds.first.value(), ", ", bounds.end.value(), ")"));
}

absl::StatusOr<SequenceNumber> FindByTime(const GetShardIteratorRequest& request,
                                          const ShardKey& shard, storage::ShardLog& log,
                                          const Clock& clock) {
  const int64_t now_ms = clock.NowMs();
  if (*request.timestamp_ms < 0)
    return Invalid("timestamp_ms", absl::StrCat(*request.timestamp_ms, " is before 1970"));
  if (*request.timestamp_ms > now_ms) {
    return Invalid("timestamp_ms", absl::StrCat(*request.timestamp_ms, " is in the future: it is ",
                                                now_ms, " now"));
  }
  return log.FindByTime(shard, *request.timestamp_ms);
}

absl::StatusOr<SequenceNumber> FindPlace(const GetShardIteratorRequest& request,
                                         const ShardKey& key, const ShardInfo& shard,
                                         const storage::ShardBounds& bounds, storage::ShardLog& log,
                                         const Clock& clock) {
  switch (request.type) {
    case ShardIteratorType::kTrimHorizon:
      return bounds.first;
    case ShardIteratorType::kLatest:
      return bounds.end;
    case ShardIteratorType::kAtTimestamp:
      return FindByTime(request, key, log, clock);
    default:
      return FindByNumber(request, shard, bounds);
  }
}

}  // namespace

absl::StatusOr<ShardPosition> ResolveShardPosition(const StreamSnapshot& stream,
                                                   storage::ShardLog& log, const Clock& clock,
                                                   const GetShardIteratorRequest& request,
                                                   std::string_view type_field) {
  RETURN_IF_ERROR(CheckArguments(request, type_field));
  ASSIGN_OR_RETURN(const ShardInfo* const shard, FindRequestedShard(stream, request));
  const ShardKey key = stream.KeyOf(*shard);
  ASSIGN_OR_RETURN(const storage::ShardBounds bounds, log.Bounds(key));
  ASSIGN_OR_RETURN(const SequenceNumber place, FindPlace(request, key, *shard, bounds, log, clock));
  return ShardPosition{key, std::max(place, bounds.first)};
}

absl::StatusOr<ShardPosition> ResolveShardPosition(const ShardIteratorContext& context,
                                                   const GetShardIteratorRequest& request) {
  RETURN_IF_ERROR(CheckArguments(request, kTypeField));
  ASSIGN_OR_RETURN(const std::shared_ptr<const StreamSnapshot> stream,
                   FindServing(context.directory, request.stream_name));
  if (context.limiter != nullptr && !request.dry_run) {
    ASSIGN_OR_RETURN(const ShardInfo* const shard, FindRequestedShard(*stream, request));
    RETURN_IF_ERROR(context.limiter->AdmitIteratorCall(stream->config(), stream->KeyOf(*shard)));
  }
  ASSIGN_OR_RETURN(const ShardPosition position,
                   ResolveShardPosition(*stream, context.log, context.clock, request, kTypeField));
  if (request.dry_run) return DryRunError();
  return position;
}

}  // namespace penstock::broker
