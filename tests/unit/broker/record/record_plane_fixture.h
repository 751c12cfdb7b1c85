// RecordPlaneFixture: a RecordPlane over a log in memory, with a stream "orders" of four shards.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/thread_pool.hpp>
#include <catch2/catch_test_macros.hpp>

#include "broker/record/record_plane.h"
#include "broker/token/token_codec.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/limits.h"
#include "tests/support/awaited.h"
#include "tests/support/fake_stream_directory.h"
#include "tests/support/memory_shard_log.h"
#include "tests/support/storage_calls.h"

namespace penstock::broker {

inline constexpr int64_t kNowMs = 1'700'000'000'000;
inline constexpr uint32_t kShards = 4;

class RecordPlaneFixture {
 public:
  using Answer = absl::StatusOr<GetRecordsResult>;

  RecordPlaneFixture() : RecordPlaneFixture([](RecordPlaneOptions&) {}) {}

  template <typename Change>
  explicit RecordPlaneFixture(Change change) {
    directory.Set(testing::ActiveStream(1, "orders"), testing::OpenShards(kShards), log);
    RecordPlaneOptions options;
    options.directory = &directory;
    options.log = &log;
    options.tokens = &tokens;
    options.executor = pool.get_executor();
    options.clock = &clock;
    change(options);
    plane = std::make_unique<RecordPlane>(std::move(options));
  }

  // Records of the same shard have the same explicit hash key: the first of the shard's range.
  static std::string KeyOfShard(uint32_t shard) {
    return UniformRanges(kShards)[shard].first.ToDecimal();
  }
  static ShardKey Shard(uint32_t shard) { return {StreamId(1), ShardIndex(shard)}; }

  absl::StatusOr<PutResult> Put(const RecordView& record, std::string_view stream = "orders") {
    testing::Awaited<absl::StatusOr<PutResult>> answer;
    plane->PutRecord(stream, record, answer.Callback());
    return std::move(answer.Get());
  }
  absl::StatusOr<std::vector<PutResult>> Put(const std::vector<RecordView>& records,
                                             std::string_view stream = "orders") {
    testing::Awaited<absl::StatusOr<std::vector<PutResult>>> answer;
    plane->PutRecords(stream, records, answer.Callback());
    return std::move(answer.Get());
  }
  // `count` records of one byte in one batch.
  void PutBatch(uint32_t shard, size_t count) {
    const std::string key = KeyOfShard(shard);
    REQUIRE(Put(std::vector<RecordView>(count, {"x", "key", key})).ok());
  }

  absl::StatusOr<std::string> Iterator(ShardIteratorType type,
                                       std::optional<uint64_t> number = std::nullopt,
                                       std::optional<int64_t> timestamp_ms = std::nullopt,
                                       std::string_view shard_id = "shardId-000000000000") {
    return plane->GetShardIterator({"orders", shard_id, type, number, timestamp_ms});
  }
  std::string Horizon() { return Iterator(ShardIteratorType::kTrimHorizon).value(); }

  Answer Get(std::string_view iterator, uint32_t limit = 0, uint32_t max_wait_ms = 0) {
    testing::Awaited<Answer> answer;
    plane->GetRecords({iterator, limit, max_wait_ms}, answer.Callback());
    return std::move(answer.Get());
  }

  static std::vector<uint64_t> Numbers(const Answer& answer) {
    REQUIRE(answer.ok());
    std::vector<uint64_t> numbers;
    for (const ReadRecord& record : answer->collected.records)
      numbers.push_back(record.sequence_number.value());
    return numbers;
  }

  ManualClock clock{kNowMs};
  testing::MemoryShardLog log{&clock};
  testing::FakeStreamDirectory directory;
  TokenCodec tokens{std::string(TokenCodec::kKeyBytes, 'k'), clock};
  boost::asio::thread_pool pool{2};
  // Stopped while the pool still runs.
  std::unique_ptr<RecordPlane> plane;
};

// The reason of a failed call; CHECK on it shows the status where it is not the one expected.
template <typename T>
std::string_view ReasonName(const absl::StatusOr<T>& result) {
  return result.ok() ? "OK" : TraitsOf(penstock::ReasonOf(result.status())).name;
}

template <typename T>
std::string MessageOf(const absl::StatusOr<T>& result) {
  return std::string(result.status().message());
}

}  // namespace penstock::broker
