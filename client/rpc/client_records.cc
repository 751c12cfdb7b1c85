// The methods of Client for records.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "client/rpc/client_impl.h"
#include "client/rpc/convert_records.h"
#include "client/rpc/error_status.h"
#include "client/rpc/methods.h"
#include "common/limits.h"
#include "common/status_macros.h"
#include "penstock/client.h"

namespace penstock {
namespace {

absl::StatusOr<v1::GetRecordsRequest> ToGetRequest(std::string_view shard_iterator,
                                                   const GetRecordsOptions& options) {
  RETURN_IF_ERROR(rpc::RequireAscii("shard_iterator", shard_iterator));
  if (options.max_wait < absl::ZeroDuration() ||
      options.max_wait > absl::Milliseconds(kGetRecordsWaitMsMax)) {
    return rpc::InvalidArgumentError(absl::StrCat(
        "max_wait is ", absl::FormatDuration(options.max_wait), "; it must be 0 to 30s"));
  }
  v1::GetRecordsRequest request;
  request.set_shard_iterator(std::string(shard_iterator));
  request.set_limit(options.limit);
  request.set_dry_run(options.dry_run);
  request.set_max_wait_ms(static_cast<uint32_t>(absl::ToInt64Milliseconds(options.max_wait)));
  return request;
}

absl::StatusOr<v1::PutRecordsRequest> ToPutRequest(std::string_view stream_name,
                                                   std::vector<PutRecordsEntry> entries,
                                                   const PutRecordsOptions& options) {
  RETURN_IF_ERROR(rpc::RequireAscii("stream_name", stream_name));
  if (entries.empty() || entries.size() > kPutRecordsEntriesMax) {
    return rpc::InvalidArgumentError(absl::StrCat(
        "PutRecords of ", entries.size(), " records; it must be 1 to ", kPutRecordsEntriesMax));
  }
  size_t bytes = 0;
  for (const PutRecordsEntry& entry : entries)
    bytes += entry.data.size() + entry.partition_key.size();
  if (bytes > kPutRecordsBytesMax) {
    return rpc::InvalidArgumentError(absl::StrCat(
        "PutRecords of ", bytes, " bytes of data and partition keys; it must be at most ",
        kPutRecordsBytesMax));
  }
  return rpc::ToRequest(stream_name, std::move(entries), options);
}

}  // namespace

absl::StatusOr<PutRecordResult> Client::PutRecord(std::string_view stream_name,
                                                  PutRecordsEntry entry,
                                                  const PutRecordOptions& options) {
  RETURN_IF_ERROR(rpc::RequireAscii("stream_name", stream_name));
  ASSIGN_OR_RETURN(v1::PutRecordRequest request,
                   rpc::ToRequest(stream_name, std::move(entry), options));
  ASSIGN_OR_RETURN(
      v1::PutRecordResponse response,
      impl_->Call(rpc::kPutRecord, std::move(request),
                  {.subject = stream_name, .is_idempotent = options.stamp.has_value()}));
  return rpc::FromResponse(std::move(response));
}

absl::StatusOr<PutRecordsResult> Client::PutRecords(std::string_view stream_name,
                                                    std::vector<PutRecordsEntry> entries,
                                                    const PutRecordsOptions& options) {
  const int entry_count = static_cast<int>(entries.size());
  ASSIGN_OR_RETURN(v1::PutRecordsRequest request,
                   ToPutRequest(stream_name, std::move(entries), options));
  ASSIGN_OR_RETURN(
      v1::PutRecordsResponse response,
      impl_->Call(rpc::kPutRecords, std::move(request),
                  {.subject = stream_name, .is_idempotent = options.stamp.has_value()}));
  return rpc::FromResponse(std::move(response), entry_count);
}

void Client::PutRecordsAsync(std::string_view stream_name, std::vector<PutRecordsEntry> entries,
                             const PutRecordsOptions& options, PutRecordsCallback callback) {
  const int entry_count = static_cast<int>(entries.size());
  absl::StatusOr<v1::PutRecordsRequest> request =
      ToPutRequest(stream_name, std::move(entries), options);
  if (!request.ok()) return callback(request.status());
  impl_->CallAsync(rpc::kPutRecords, *std::move(request),
                   {.subject = stream_name, .is_idempotent = options.stamp.has_value()},
                   [entry_count, callback = std::move(callback)](
                       absl::StatusOr<v1::PutRecordsResponse> response) mutable {
                     if (!response.ok()) return callback(std::move(response).status());
                     callback(rpc::FromResponse(*std::move(response), entry_count));
                   });
}

absl::StatusOr<std::string> Client::GetShardIterator(std::string_view stream_name,
                                                     std::string_view shard_id,
                                                     const IteratorPosition& position,
                                                     const GetShardIteratorOptions& options) {
  RETURN_IF_ERROR(rpc::RequireAscii("stream_name", stream_name));
  RETURN_IF_ERROR(rpc::RequireAscii("shard_id", shard_id));
  ASSIGN_OR_RETURN(
      v1::GetShardIteratorResponse response,
      impl_->Call(rpc::kGetShardIterator, rpc::ToRequest(stream_name, shard_id, position, options),
                  stream_name));
  return std::move(*response.mutable_shard_iterator());
}

absl::StatusOr<GetRecordsResult> Client::GetRecords(std::string_view shard_iterator,
                                                    const GetRecordsOptions& options) {
  ASSIGN_OR_RETURN(v1::GetRecordsRequest request, ToGetRequest(shard_iterator, options));
  ASSIGN_OR_RETURN(
      v1::GetRecordsResponse response,
      impl_->Call(rpc::kGetRecords, std::move(request), {.extra_time = options.max_wait}));
  return rpc::FromResponse(std::move(response));
}

void Client::GetRecordsAsync(std::string_view shard_iterator, const GetRecordsOptions& options,
                             GetRecordsCallback callback) {
  absl::StatusOr<v1::GetRecordsRequest> request = ToGetRequest(shard_iterator, options);
  if (!request.ok()) return callback(request.status());
  impl_->CallAsync(
      rpc::kGetRecords, *std::move(request), {.extra_time = options.max_wait},
      [callback = std::move(callback)](absl::StatusOr<v1::GetRecordsResponse> response) mutable {
        if (!response.ok()) return callback(std::move(response).status());
        callback(rpc::FromResponse(*std::move(response)));
      });
}

}  // namespace penstock
