#include "client/rpc/convert_batches.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "penstock/errors.h"

namespace penstock::rpc {
namespace {

v1::ShardMap TwoShards() {
  v1::ShardMap map;
  map.set_stream_id(7);
  map.set_version(3);
  map.set_max_record_size_in_kib(2'048);
  map.set_write_records_per_second(1'000);
  uint32_t index = 0;
  for (const HashKeyRange& range : UniformRanges(2)) {
    v1::OpenShard& shard = *map.add_shards();
    shard.set_shard_id(FormatShardId(ShardIndex(index++)));
    shard.mutable_hash_key_range()->set_starting_hash_key(range.first.ToDecimal());
    shard.mutable_hash_key_range()->set_ending_hash_key(range.last.ToDecimal());
  }
  return map;
}

TEST_CASE("convert batches: a shard map") {
  const auto map = FromShardMap(TwoShards());
  REQUIRE(map.ok());
  CHECK((*map)->stream == StreamId(7));
  CHECK((*map)->version == 3);
  CHECK((*map)->record_bytes_max == 2'048 * 1024);
  CHECK((*map)->write_records_per_second == 1'000);
  CHECK((*map)->write_bytes_per_second == 0);
  CHECK((*map)->Route(HashKey(0)) == 0);
  CHECK((*map)->Route(UniformRanges(2)[0].last) == 0);
  CHECK((*map)->Route(UniformRanges(2)[1].first) == 1);
  CHECK((*map)->Route(HashKey::Max()) == 1);
  CHECK((*map)->Has(ShardIndex(1)));
  CHECK_FALSE((*map)->Has(ShardIndex(2)));
}

TEST_CASE("convert batches: a shard map that does not have all hash keys is refused") {
  const auto refused = [](auto change) {
    v1::ShardMap map = TwoShards();
    change(map);
    return !FromShardMap(map).ok();
  };
  CHECK(refused([](v1::ShardMap& map) { map.clear_shards(); }));
  CHECK(refused([](v1::ShardMap& map) { map.mutable_shards()->RemoveLast(); }));
  CHECK(refused([](v1::ShardMap& map) { map.mutable_shards()->SwapElements(0, 1); }));
  CHECK(refused([](v1::ShardMap& map) {
    map.mutable_shards(1)->mutable_hash_key_range()->set_starting_hash_key("5");
  }));
  CHECK(refused([](v1::ShardMap& map) { map.mutable_shards(1)->set_shard_id("shard 1"); }));
}

TEST_CASE("convert batches: answers") {
  v1::PutBatchesResponse stored;
  stored.set_call_id(4);
  stored.set_first_sequence_number(99);
  stored.set_duplicate(true);
  const producer::BatchAnswer answer = FromPutBatchesResponse(stored);
  CHECK(answer.call_id == 4);
  CHECK(answer.status.ok());
  CHECK(answer.first_sequence_number.value() == 99);
  CHECK(answer.duplicate);

  v1::PutBatchesResponse refused;
  refused.set_call_id(5);
  refused.set_error_code("THROUGHPUT_EXCEEDED");
  refused.set_error_message("too fast");
  refused.set_retry_after_ms(1'250);
  const absl::Status error = FromPutBatchesResponse(refused).status;
  CHECK(absl::IsResourceExhausted(error));
  CHECK(error.message() == "too fast");
  CHECK(GetErrorDetails(error).reason == "THROUGHPUT_EXCEEDED");
  CHECK(GetErrorDetails(error).retry_delay == absl::Milliseconds(1'250));
  CHECK_FALSE(GetErrorDetails(error).outcome_unknown);

  v1::PutBatchesResponse closed;
  closed.set_error_code("SHARD_CLOSED");
  *closed.mutable_shard_map() = TwoShards();
  CHECK(FromPutBatchesResponse(closed).shard_map != nullptr);
  closed.mutable_shard_map()->clear_shards();
  CHECK(FromPutBatchesResponse(closed).shard_map == nullptr);

  v1::PutBatchesResponse newer;
  newer.set_error_code("SOMETHING_NEW");
  newer.set_outcome_unknown(true);
  const absl::Status unknown = FromPutBatchesResponse(newer).status;
  CHECK_FALSE(unknown.ok());
  CHECK(GetErrorDetails(unknown).reason == "SOMETHING_NEW");
  CHECK(GetErrorDetails(unknown).outcome_unknown);
}

TEST_CASE("convert batches: what is sent is what the generated class reads") {
  producer::BatchToSend batch;
  batch.call_id = 300;
  batch.shard = {StreamId(0x0102030405060708), ShardIndex(12)};
  batch.previous_producer_sequence = 0;
  batch.sampled_hash_keys = {HashKey(1), HashKey::Max()};
  batch.bytes = std::make_shared<const std::string>("the batch's bytes");
  v1::PutBatchesRequest request;
  REQUIRE(request.ParseFromString(EncodePutBatchesPrefix(batch) + *batch.bytes));
  CHECK(request.call_id() == 300);
  CHECK(request.stream_id() == 0x0102030405060708);
  CHECK(request.shard_id() == "shardId-000000000012");
  REQUIRE(request.has_previous_producer_sequence());
  CHECK(request.previous_producer_sequence() == 0);
  REQUIRE(request.sampled_hash_keys_size() == 2);
  CHECK(HashKey::FromBytes(request.sampled_hash_keys(1)) == HashKey::Max());
  CHECK(request.batch() == *batch.bytes);

  batch.previous_producer_sequence.reset();
  REQUIRE(request.ParseFromString(EncodePutBatchesPrefix(batch) + *batch.bytes));
  CHECK_FALSE(request.has_previous_producer_sequence());
}

}  // namespace
}  // namespace penstock::rpc
