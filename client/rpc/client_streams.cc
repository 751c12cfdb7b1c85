// The methods of Client for streams as wholes.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "client/rpc/client_impl.h"
#include "client/rpc/convert_streams.h"
#include "client/rpc/error_status.h"
#include "client/rpc/methods.h"
#include "common/status_macros.h"
#include "penstock/client.h"

namespace penstock {

absl::Status Client::CreateStream(std::string_view stream_name,
                                  const CreateStreamOptions& options) {
  RETURN_IF_ERROR(rpc::RequireAscii("stream_name", stream_name));
  ASSIGN_OR_RETURN(v1::CreateStreamRequest request, rpc::ToRequest(stream_name, options));
  return impl_->Call(rpc::kCreateStream, std::move(request), stream_name).status();
}

absl::Status Client::DeleteStream(std::string_view stream_name,
                                  const DeleteStreamOptions& options) {
  RETURN_IF_ERROR(rpc::RequireAscii("stream_name", stream_name));
  v1::DeleteStreamRequest request;
  request.set_stream_name(std::string(stream_name));
  request.set_enforce_consumer_deletion(options.enforce_consumer_deletion);
  return impl_->Call(rpc::kDeleteStream, std::move(request), stream_name).status();
}

absl::StatusOr<StreamListPage> Client::ListStreams(const ListStreamsOptions& options) {
  RETURN_IF_ERROR(
      rpc::RequireAscii("exclusive_start_stream_name", options.exclusive_start_stream_name));
  v1::ListStreamsRequest request;
  request.set_limit(options.limit);
  request.set_exclusive_start_stream_name(options.exclusive_start_stream_name);
  ASSIGN_OR_RETURN(v1::ListStreamsResponse response,
                   impl_->Call(rpc::kListStreams, std::move(request), ""));
  return rpc::FromResponse(std::move(response));
}

absl::StatusOr<StreamPage> Client::DescribeStream(std::string_view stream_name,
                                                  const DescribeStreamOptions& options) {
  RETURN_IF_ERROR(rpc::RequireAscii("stream_name", stream_name));
  RETURN_IF_ERROR(rpc::RequireAscii("exclusive_start_shard_id", options.exclusive_start_shard_id));
  v1::DescribeStreamRequest request;
  request.set_stream_name(std::string(stream_name));
  request.set_limit(options.limit);
  request.set_exclusive_start_shard_id(options.exclusive_start_shard_id);
  ASSIGN_OR_RETURN(v1::DescribeStreamResponse response,
                   impl_->Call(rpc::kDescribeStream, std::move(request), stream_name));
  return rpc::FromResponse(std::move(response));
}

absl::StatusOr<StreamDescription> Client::DescribeStreamSummary(std::string_view stream_name) {
  RETURN_IF_ERROR(rpc::RequireAscii("stream_name", stream_name));
  v1::DescribeStreamSummaryRequest request;
  request.set_stream_name(std::string(stream_name));
  ASSIGN_OR_RETURN(v1::DescribeStreamSummaryResponse response,
                   impl_->Call(rpc::kDescribeStreamSummary, std::move(request), stream_name));
  return rpc::FromSummary(std::move(*response.mutable_summary()));
}

absl::StatusOr<std::vector<StreamListing>> Client::ListAllStreams() {
  std::vector<StreamListing> streams;
  ListStreamsOptions options;
  while (true) {
    ASSIGN_OR_RETURN(StreamListPage page, ListStreams(options));
    for (StreamListing& stream : page.streams) streams.push_back(std::move(stream));
    // An empty page that promises more would be asked for without end.
    if (!page.has_more || page.streams.empty()) return streams;
    options.exclusive_start_stream_name = streams.back().stream_name;
  }
}

absl::StatusOr<StreamDescription> Client::WaitUntilActive(std::string_view stream_name,
                                                          absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    ASSIGN_OR_RETURN(StreamDescription stream, DescribeStreamSummary(stream_name));
    if (stream.state == StreamState::kActive) return stream;
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError(absl::StrCat("stream ", stream.stream_name, " is still ",
                                                      std::string(StreamStateName(stream.state)),
                                                      " after ", absl::FormatDuration(timeout)));
    }
    impl_->SleepBetweenPolls();
  }
}

absl::Status Client::WaitUntilDeleted(std::string_view stream_name, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    const absl::StatusOr<StreamDescription> stream = DescribeStreamSummary(stream_name);
    if (absl::IsNotFound(stream.status())) return absl::OkStatus();
    if (!stream.ok()) return stream.status();
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError(absl::StrCat(
          "stream ", stream->stream_name, " is still there after ", absl::FormatDuration(timeout)));
    }
    impl_->SleepBetweenPolls();
  }
}

}  // namespace penstock
