#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "common/record_batch.h"
#include "tests/unit/broker/record/record_plane_fixture.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

constexpr size_t kMib = 1024 * 1024;

std::vector<std::string> DataOf(testing::MemoryShardLog& log, const ShardKey& shard) {
  std::vector<std::string> data;
  const auto read = log.Read(shard, SequenceNumber(1), {});
  REQUIRE(read.ok());
  for (const StoredBatch& batch : read->batches) {
    auto reader = RecordBlockReader::Open(*batch);
    REQUIRE(reader.ok());
    RecordView record;
    while (reader->Next(&record)) data.emplace_back(record.data);
  }
  return data;
}

TEST_CASE_METHOD(RecordPlaneFixture, "put record: stored in the shard of its hash key") {
  for (uint32_t shard = 0; shard < kShards; ++shard) {
    const std::string key = KeyOfShard(shard);
    const auto result = Put(RecordView{"data", "key", key});
    REQUIRE(result.ok());
    CHECK(result->shard == ShardIndex(shard));
    CHECK(result->sequence_number == SequenceNumber(1));
  }
  // MD5 of "a" is 0x0cc1..., of "b" 0x92eb...: the first and the third quarter.
  CHECK(Put(RecordView{"", "a", ""})->shard == ShardIndex(0));
  CHECK(Put(RecordView{"", "b", ""})->shard == ShardIndex(2));
}

TEST_CASE_METHOD(RecordPlaneFixture, "put record: streams that take no records") {
  const RecordView record{"data", "key", ""};
  CHECK(ReasonName(Put(record, "other")) == "STREAM_NOT_FOUND");
  CHECK(ReasonName(Put(record, "")) == "INVALID_ARGUMENT");
  CHECK(ReasonName(Put(record, std::string(129, 'x'))) == "STREAM_NOT_FOUND");
  const auto not_utf8 = Put(record, "or\xff");
  CHECK(ReasonName(not_utf8) == "STREAM_NOT_FOUND");
  CHECK_THAT(MessageOf(not_utf8), ContainsSubstring("or\\xff"));

  StreamConfig config = testing::ActiveStream(2, "growing");
  for (const auto& [status, reason] : std::vector<std::pair<StreamStatus, std::string>>{
           {StreamStatus::kCreating, "STREAM_NOT_FOUND"},
           {StreamStatus::kActive, "OK"},
           {StreamStatus::kUpdating, "OK"},
           {StreamStatus::kDeleting, "STREAM_NOT_FOUND"}}) {
    config.status = status;
    directory.Set(config, testing::OpenShards(1), log);
    CHECK(ReasonName(Put(record, "growing")) == reason);
    CHECK(ReasonName(Put(std::vector{record}, "growing")) == reason);
  }
}

TEST_CASE_METHOD(RecordPlaneFixture, "put record: each limit, at it and past it") {
  const std::string key_256(256, 'k');
  const std::string key_257(257, 'k');
  std::string wide_256;
  for (int i = 0; i < 256; ++i) wide_256 += "\xc3\xa9";
  const std::string wide_257 = wide_256 + "e";
  const std::string data(kMib, 'd');
  const auto sized = [&](size_t bytes) { return std::string_view(data).substr(0, bytes); };
  struct Case {
    RecordView record;
    std::string reason;
    std::string field;
  };
  const std::vector<Case> cases = {
      {{"", "k", ""}, "OK", ""},
      {{"d", "", ""}, "INVALID_ARGUMENT", "partition_key"},
      {{"d", key_256, ""}, "OK", ""},
      {{"d", key_257, ""}, "INVALID_ARGUMENT", "partition_key"},
      {{"d", wide_256, ""}, "OK", ""},
      {{"d", wide_257, ""}, "INVALID_ARGUMENT", "partition_key"},
      {{"d", "k\xff", ""}, "INVALID_ARGUMENT", "partition_key"},
      {{sized(kMib - 2), "k", ""}, "OK", ""},
      {{sized(kMib - 1), "k", ""}, "OK", ""},
      {{sized(kMib), "k", ""}, "INVALID_ARGUMENT", "data"},
      {{"d", "k", "0"}, "OK", ""},
      {{"d", "k", "340282366920938463463374607431768211455"}, "OK", ""},
      {{"d", "k", "340282366920938463463374607431768211456"},
       "INVALID_ARGUMENT",
       "explicit_hash_key"},
      {{"d", "k", "-1"}, "INVALID_ARGUMENT", "explicit_hash_key"},
      {{"d", "k", "01"}, "INVALID_ARGUMENT", "explicit_hash_key"},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    INFO("case " << i);
    const auto one = Put(cases[i].record);
    CHECK(ReasonName(one) == cases[i].reason);
    CHECK((one.ok() ? "" : FieldOf(one.status())) == cases[i].field);
    // Among others, the request is refused whole, and the entry is named.
    const auto many = Put(std::vector<RecordView>{{"d", "k", ""}, cases[i].record});
    CHECK(ReasonName(many) == cases[i].reason);
    if (!many.ok()) {
      CHECK(FieldOf(many.status()) == "records[1]." + cases[i].field);
      CHECK_THAT(MessageOf(many), StartsWith("records[1]"));
    }
  }
}

TEST_CASE_METHOD(RecordPlaneFixture, "put records: 1 to 500 entries") {
  const auto put = [&](size_t count) {
    return Put(std::vector<RecordView>(count, {"d", "key", ""}));
  };
  CHECK(ReasonName(put(0)) == "INVALID_ARGUMENT");
  CHECK(put(1)->size() == 1);
  CHECK(put(499)->size() == 499);
  CHECK(put(500)->size() == 500);
  const auto over = put(501);
  CHECK(ReasonName(over) == "INVALID_ARGUMENT");
  CHECK(FieldOf(over.status()) == "records");
  CHECK(MessageOf(over) == "records has 501 entries; it must have 1 to 500");
}

TEST_CASE_METHOD(RecordPlaneFixture, "put records: 10 MiB of data and partition keys") {
  const std::string data(kMib, 'd');
  const auto put = [&](size_t last_bytes) {
    std::vector<RecordView> records(9, {std::string_view(data).substr(1), "k", ""});
    records.push_back({std::string_view(data).substr(0, last_bytes - 1), "k", ""});
    records.push_back({"", "k", ""});
    return Put(records);
  };
  CHECK(ReasonName(put(kMib - 2)) == "OK");
  CHECK(ReasonName(put(kMib - 1)) == "OK");
  const auto over = put(kMib);
  CHECK(ReasonName(over) == "REQUEST_TOO_LARGE");
  CHECK_THAT(MessageOf(over), ContainsSubstring("10485761 bytes"));
}

TEST_CASE_METHOD(RecordPlaneFixture, "put record: the largest record a stream may have") {
  StreamConfig config = testing::ActiveStream(2, "large");
  config.max_record_size_in_kib = kRecordKibMax;
  directory.Set(config, testing::OpenShards(1), log);
  const std::string data(kRecordBytesMax, 'd');
  const std::string_view fits = std::string_view(data).substr(1);
  CHECK(ReasonName(Put(RecordView{fits, "k", ""}, "large")) == "OK");
  CHECK(ReasonName(Put(RecordView{data, "k", ""}, "large")) == "INVALID_ARGUMENT");
  CHECK(ReasonName(Put(std::vector<RecordView>{{fits, "k", ""}}, "large")) == "OK");
}

TEST_CASE_METHOD(RecordPlaneFixture, "put records: order within a shard, a batch a shard") {
  std::vector<std::string> keys;
  for (uint32_t shard = 0; shard < kShards; ++shard) keys.push_back(KeyOfShard(shard));
  std::vector<std::string> data;
  data.reserve(100);
  for (int i = 0; i < 100; ++i) data.push_back("record " + std::to_string(i));
  std::vector<RecordView> records;
  std::vector<std::vector<std::string>> expected(kShards);
  for (size_t i = 0; i < data.size(); ++i) {
    const size_t shard = (i * i) % kShards;
    records.push_back({data[i], "key", keys[shard]});
    expected[shard].push_back(data[i]);
  }
  const auto results = Put(records);
  REQUIRE(results.ok());
  REQUIRE(results->size() == records.size());
  std::vector<uint64_t> next(kShards, 1);
  for (size_t i = 0; i < records.size(); ++i) {
    const size_t shard = (i * i) % kShards;
    CHECK((*results)[i].status.ok());
    CHECK((*results)[i].shard.value() == shard);
    CHECK((*results)[i].sequence_number.value() == next[shard]++);
  }
  for (uint32_t shard = 0; shard < kShards; ++shard)
    CHECK(DataOf(log, Shard(shard)) == expected[shard]);
  CHECK(log.Read(Shard(0), SequenceNumber(1), {})->batches.size() == 1);
}

TEST_CASE_METHOD(RecordPlaneFixture, "put records: a shard that fails leaves the others stored") {
  log.FailAppends(Shard(1), 1, MakeError(ErrorReason::kStorageFailed, "disk is gone"));
  std::vector<std::string> keys;
  for (uint32_t shard = 0; shard < kShards; ++shard) keys.push_back(KeyOfShard(shard));
  const auto results = Put(std::vector<RecordView>{
      {"a", "k", keys[0]}, {"b", "k", keys[1]}, {"c", "k", keys[0]}, {"d", "k", keys[1]}});
  REQUIRE(results.ok());
  CHECK((*results)[0].status.ok());
  CHECK((*results)[2].sequence_number == SequenceNumber(2));
  for (const size_t failed : {1, 3}) {
    const PutResult& result = (*results)[failed];
    CHECK(result.shard == ShardIndex(1));
    REQUIRE_FALSE(result.status.ok());
    CHECK(ReasonOf(result.status) == ErrorReason::kStorageFailed);
  }
  CHECK(DataOf(log, Shard(0)) == std::vector<std::string>{"a", "c"});
  CHECK(DataOf(log, Shard(1)).empty());
}

TEST_CASE_METHOD(RecordPlaneFixture, "put record: the append's error is the call's") {
  const std::string key = KeyOfShard(0);
  log.FailAppends(Shard(0), 1, MakeError(ErrorReason::kOverloaded, "queue is full"));
  CHECK(ReasonName(Put(RecordView{"a", "k", key})) == "OVERLOADED");
  CHECK(ReasonName(Put(RecordView{"a", "k", key})) == "OK");
}

TEST_CASE_METHOD(RecordPlaneFixture, "put: a shard that is gone means a stream that is gone") {
  const std::string key = KeyOfShard(0);
  REQUIRE(testing::DeleteShard(log, Shard(0)).ok());
  CHECK(ReasonName(Put(RecordView{"a", "k", key})) == "STREAM_NOT_FOUND");
  const auto results = Put(std::vector<RecordView>{{"a", "k", key}});
  REQUIRE(results.ok());
  CHECK(ReasonOf((*results)[0].status) == ErrorReason::kStreamNotFound);
}

TEST_CASE_METHOD(RecordPlaneFixture, "put records: answered once all shards have answered") {
  log.HoldAppends();
  const std::string first = KeyOfShard(0);
  const std::string second = KeyOfShard(1);
  testing::Awaited<absl::StatusOr<std::vector<PutResult>>> answer;
  plane->PutRecords("orders", {{"data", "k", first}, {"data", "k", second}}, answer.Callback());
  CHECK(log.held_appends() == 2);
  CHECK_FALSE(answer.ready());
  log.ReleaseAppends();
  REQUIRE(answer.Get().ok());
  CHECK(DataOf(log, Shard(1)).at(0) == "data");
}

}  // namespace
}  // namespace penstock::broker
