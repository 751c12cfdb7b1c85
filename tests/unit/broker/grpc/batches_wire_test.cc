#include "broker/grpc/batches_wire.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <grpcpp/support/slice.h>

#include "common/error.h"
#include "tests/support/fake_stream_directory.h"

namespace penstock::broker {
namespace {

// `bytes` in slices of `slice_bytes`.
::grpc::ByteBuffer Sliced(std::string_view bytes, size_t slice_bytes) {
  std::vector<::grpc::Slice> slices;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(slice_bytes, bytes.size())))
    slices.emplace_back(std::string(bytes.substr(0, slice_bytes)));
  return {slices.data(), slices.size()};
}

absl::StatusOr<PutBatchesMessage> Parse(const std::string& bytes) {
  return ParsePutBatches(Sliced(bytes, 1'000));
}

v1::PutBatchesRequest AnyRequest() {
  v1::PutBatchesRequest request;
  request.set_call_id(300);
  request.set_stream_id(0x0102030405060708);
  request.set_shard_id("shardId-000000000007");
  request.set_previous_producer_sequence(0);
  request.add_sampled_hash_keys(HashKey(258).ToBytes());
  request.add_sampled_hash_keys(HashKey::Max().ToBytes());
  request.set_batch(std::string("batch \0\xff", 8) + std::string(200, 'b'));
  return request;
}

void CheckIsAny(const absl::StatusOr<PutBatchesMessage>& message) {
  REQUIRE(message.ok());
  CHECK(message->call_id == 300);
  REQUIRE(message->request.ok());
  const PutBatchRequest& request = *message->request;
  CHECK(request.stream == StreamId(0x0102030405060708));
  CHECK(request.shard == ShardIndex(7));
  REQUIRE(request.previous_producer_sequence.has_value());
  CHECK(*request.previous_producer_sequence == 0);
  REQUIRE(request.sampled_hash_keys.size() == 2);
  CHECK(request.sampled_hash_keys[0] == HashKey(258));
  CHECK(request.sampled_hash_keys[1] == HashKey::Max());
  CHECK(request.batch == AnyRequest().batch());
}

TEST_CASE("batches wire: a request as the generated class writes it, in slices of any size") {
  const std::string bytes = AnyRequest().SerializeAsString();
  for (size_t slice_bytes = 1; slice_bytes <= bytes.size(); ++slice_bytes)
    CheckIsAny(ParsePutBatches(Sliced(bytes, slice_bytes)));
}

TEST_CASE("batches wire: fields in another order, unknown ones, and repeated ones") {
  v1::PutBatchesRequest batch;
  batch.set_batch(AnyRequest().batch());
  v1::PutBatchesRequest rest = AnyRequest();
  rest.clear_batch();
  // Field 15: a varint; a string; a group with a field in it; four bytes.
  const std::string unknown = std::string(
                                  "\x78\x01\x7a\x03"
                                  "abc\x7b\x08\x01\x7c\x7d",
                                  12) +
                              "1234";
  v1::PutBatchesRequest overwritten;
  overwritten.set_call_id(7);
  overwritten.set_batch("another");
  overwritten.set_shard_id("another");
  CheckIsAny(Parse(overwritten.SerializeAsString() + batch.SerializeAsString() + unknown +
                   rest.SerializeAsString()));
}

TEST_CASE("batches wire: every request cut anywhere is refused or parsed, never more") {
  const std::string whole = AnyRequest().SerializeAsString();
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    v1::PutBatchesRequest expected;
    const auto parsed = ParsePutBatches(Sliced(cut, 7));
    INFO("cut to " << size);
    REQUIRE(parsed.ok() == expected.ParseFromString(cut));
    if (!parsed.ok()) CHECK(ReasonOf(parsed.status()) == ErrorReason::kInvalidArgument);
  }
  // A length of 2 GiB, and one that is negative: nothing is reserved for them.
  CHECK_FALSE(Parse("\x32\xff\xff\xff\xff\x07").ok());
  CHECK_FALSE(Parse("\x32\xff\xff\xff\xff\x0f").ok());
  // A group's end without its beginning; field 0.
  CHECK_FALSE(Parse("\x7c").ok());
  CHECK_FALSE(Parse(std::string("\x00\x01", 2)).ok());
}

TEST_CASE("batches wire: what is wrong with one batch has its call id") {
  const auto refused = [](const v1::PutBatchesRequest& request) {
    const auto message = Parse(request.SerializeAsString());
    REQUIRE(message.ok());
    CHECK(message->call_id == 300);
    REQUIRE_FALSE(message->request.ok());
    CHECK(ReasonOf(message->request.status()) == ErrorReason::kInvalidArgument);
  };
  v1::PutBatchesRequest request = AnyRequest();
  request.set_shard_id("shard 7");
  refused(request);
  request = AnyRequest();
  request.add_sampled_hash_keys(std::string(15, 'k'));
  refused(request);
  request = AnyRequest();
  while (request.sampled_hash_keys_size() < 8) request.add_sampled_hash_keys(std::string(16, 'k'));
  CHECK(Parse(request.SerializeAsString())->request.ok());
  request.add_sampled_hash_keys(std::string(16, 'k'));
  refused(request);
}

v1::PutBatchesResponse Encoded(const PutBatchResult& result) {
  v1::PutBatchesResponse response;
  REQUIRE(response.ParseFromString(EncodePutBatches(300, result)));
  CHECK(response.call_id() == 300);
  return response;
}

TEST_CASE("batches wire: answers as the generated class reads them") {
  PutBatchResult stored;
  stored.stored.first_sequence_number = SequenceNumber(1'000);
  stored.stored.append_time_ms = 1'700'000'000'000;
  stored.stored.duplicate = true;
  stored.encryption_type = EncryptionType::kKms;
  const v1::PutBatchesResponse of_stored = Encoded(stored);
  CHECK(of_stored.first_sequence_number() == 1'000);
  CHECK(of_stored.append_time_ms() == 1'700'000'000'000);
  CHECK(of_stored.duplicate());
  CHECK(of_stored.encryption_type() == v1::ENCRYPTION_TYPE_KMS);
  CHECK(of_stored.error_code().empty());

  PutBatchResult failed = stored;
  failed.status = WithRetryAfter(MakeError(ErrorReason::kThroughputExceeded, "too fast"), 70);
  const v1::PutBatchesResponse of_failed = Encoded(failed);
  CHECK(of_failed.error_code() == "THROUGHPUT_EXCEEDED");
  CHECK(of_failed.error_message() == "too fast");
  CHECK_FALSE(of_failed.outcome_unknown());
  CHECK(of_failed.retry_after_ms() == 70);
  CHECK(of_failed.first_sequence_number() == 0);
  CHECK_FALSE(of_failed.has_shard_map());

  failed.status = MakeError(ErrorReason::kStorageFailed, "disk");
  CHECK(Encoded(failed).outcome_unknown());
  CHECK(Encoded(failed).retry_after_ms() == 0);
}

TEST_CASE("batches wire: a map has the open shards in order of hash keys") {
  StreamConfig config = testing::ActiveStream(5, "orders");
  config.next_shard_index = ShardIndex(4);
  config.max_record_size_in_kib = 2'048;
  config.limits = StreamLimits::Kinesis();
  // Shard 0 was split into 2 and 3.
  std::vector<ShardInfo> shards = testing::OpenShards(2);
  const HashKeyRange parent = shards[0].hash_keys;
  shards[0].ending_sequence_number = SequenceNumber(9);
  for (uint32_t i = 2; i <= 3; ++i) {
    ShardInfo child;
    child.index = ShardIndex(i);
    child.hash_keys =
        i == 2 ? HashKeyRange{HashKey(100), parent.last} : HashKeyRange{parent.first, HashKey(99)};
    child.parents = {ShardIndex(0)};
    shards.push_back(child);
  }
  PutBatchResult closed;
  closed.status = MakeError(ErrorReason::kShardClosed, "closed");
  closed.stream = std::make_shared<const StreamSnapshot>(config, shards);
  const v1::PutBatchesResponse response = Encoded(closed);
  CHECK(response.error_code() == "SHARD_CLOSED");
  const v1::ShardMap& map = response.shard_map();
  CHECK(map.stream_id() == 5);
  CHECK(map.version() == 4);
  CHECK(map.max_record_size_in_kib() == 2'048);
  CHECK(map.write_records_per_second() == 1'000);
  CHECK(map.write_bytes_per_second() == 1 << 20);
  REQUIRE(map.shards_size() == 3);
  CHECK(map.shards(0).shard_id() == "shardId-000000000003");
  CHECK(map.shards(0).hash_key_range().starting_hash_key() == "0");
  CHECK(map.shards(0).hash_key_range().ending_hash_key() == "99");
  CHECK(map.shards(1).shard_id() == "shardId-000000000002");
  CHECK(map.shards(1).hash_key_range().starting_hash_key() == "100");
  CHECK(map.shards(2).shard_id() == "shardId-000000000001");
  CHECK(map.shards(2).hash_key_range().ending_hash_key() == HashKey::Max().ToDecimal());
}

}  // namespace
}  // namespace penstock::broker
