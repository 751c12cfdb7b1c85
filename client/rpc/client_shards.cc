// The methods of Client for shards.
#include <utility>

#include "client/rpc/client_impl.h"
#include "client/rpc/convert_streams.h"
#include "client/rpc/error_status.h"
#include "client/rpc/methods.h"
#include "common/status_macros.h"
#include "penstock/client.h"

namespace penstock {

absl::StatusOr<ShardListPage> Client::ListShards(const ListShardsOptions& options) {
  RETURN_IF_ERROR(rpc::RequireAscii("stream_name", options.stream_name));
  RETURN_IF_ERROR(rpc::RequireAscii("next_token", options.next_token));
  RETURN_IF_ERROR(rpc::RequireAscii("exclusive_start_shard_id", options.exclusive_start_shard_id));
  RETURN_IF_ERROR(rpc::RequireAscii("shard_filter.shard_id", options.filter.shard_id()));
  ASSIGN_OR_RETURN(v1::ListShardsResponse response,
                   impl_->Call(rpc::kListShards, rpc::ToRequest(options), options.stream_name));
  return rpc::FromResponse(std::move(response));
}

absl::StatusOr<std::vector<ShardDescription>> Client::ListAllShards(std::string_view stream_name,
                                                                    const ShardFilter& filter) {
  std::vector<ShardDescription> shards;
  ListShardsOptions options;
  options.stream_name = std::string(stream_name);
  options.filter = filter;
  while (true) {
    ASSIGN_OR_RETURN(ShardListPage page, ListShards(options));
    for (ShardDescription& shard : page.shards) shards.push_back(std::move(shard));
    // An empty page that promises more would be asked for without end.
    if (page.next_token.empty() || page.shards.empty()) return shards;
    options = {};
    options.next_token = std::move(page.next_token);
  }
}

absl::Status Client::SplitShard(std::string_view stream_name, std::string_view shard_to_split,
                                std::string_view new_starting_hash_key) {
  RETURN_IF_ERROR(rpc::RequireAscii("stream_name", stream_name));
  RETURN_IF_ERROR(rpc::RequireAscii("shard_to_split", shard_to_split));
  RETURN_IF_ERROR(rpc::RequireAscii("new_starting_hash_key", new_starting_hash_key));
  v1::SplitShardRequest request;
  request.set_stream_name(std::string(stream_name));
  request.set_shard_to_split(std::string(shard_to_split));
  request.set_new_starting_hash_key(std::string(new_starting_hash_key));
  return impl_->Call(rpc::kSplitShard, std::move(request), stream_name).status();
}

absl::Status Client::MergeShards(std::string_view stream_name, std::string_view shard_to_merge,
                                 std::string_view adjacent_shard_to_merge) {
  RETURN_IF_ERROR(rpc::RequireAscii("stream_name", stream_name));
  RETURN_IF_ERROR(rpc::RequireAscii("shard_to_merge", shard_to_merge));
  RETURN_IF_ERROR(rpc::RequireAscii("adjacent_shard_to_merge", adjacent_shard_to_merge));
  v1::MergeShardsRequest request;
  request.set_stream_name(std::string(stream_name));
  request.set_shard_to_merge(std::string(shard_to_merge));
  request.set_adjacent_shard_to_merge(std::string(adjacent_shard_to_merge));
  return impl_->Call(rpc::kMergeShards, std::move(request), stream_name).status();
}

absl::StatusOr<UpdateShardCountResult> Client::UpdateShardCount(std::string_view stream_name,
                                                                uint32_t target_shard_count) {
  RETURN_IF_ERROR(rpc::RequireAscii("stream_name", stream_name));
  v1::UpdateShardCountRequest request;
  request.set_stream_name(std::string(stream_name));
  request.set_target_shard_count(target_shard_count);
  request.set_scaling_type(v1::SCALING_TYPE_UNIFORM_SCALING);
  ASSIGN_OR_RETURN(const v1::UpdateShardCountResponse response,
                   impl_->Call(rpc::kUpdateShardCount, std::move(request), stream_name));
  return UpdateShardCountResult{response.current_shard_count(), response.target_shard_count()};
}

}  // namespace penstock
