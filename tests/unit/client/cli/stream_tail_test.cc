#include "client/cli/stream_tail.h"

#include <map>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/mutex.h"
#include "tests/unit/client/fake_broker.h"

namespace penstock::cli {
namespace {

using grpc::StatusCode;

// A stream of shards with ready-made records; an iterator is "shard/next record". At the tip a
// long-poll is answered with nothing, and a closed shard ends.
class FakeStream {
 public:
  struct FakeShard {
    std::vector<std::string> records;
    bool is_closed = false;
    std::string parent;
  };

  FakeStream() {
    broker.list_shards.handler = [this](const auto&, v1::ListShardsResponse* response) {
      MutexLock lock(mutex_);
      for (const auto& [id, shard] : shards) {
        v1::Shard* const listed = response->add_shards();
        listed->set_shard_id(id);
        listed->set_parent_shard_id(shard.parent);
        if (shard.is_closed)
          listed->mutable_sequence_number_range()->set_ending_sequence_number(99);
      }
      return grpc::Status::OK;
    };
    broker.get_shard_iterator.handler = [this](const v1::GetShardIteratorRequest& request,
                                               v1::GetShardIteratorResponse* response) {
      MutexLock lock(mutex_);
      const bool is_after =
          request.shard_iterator_type() == v1::SHARD_ITERATOR_TYPE_AFTER_SEQUENCE_NUMBER;
      const uint64_t next = is_after ? request.starting_sequence_number() : 0;
      response->set_shard_iterator(request.shard_id() + "/" + std::to_string(next));
      positions.push_back(request.shard_iterator_type());
      return grpc::Status::OK;
    };
    broker.get_records.handler = [this](const v1::GetRecordsRequest& request,
                                        v1::GetRecordsResponse* response) {
      return Get(request, response);
    };
  }

  // What a tail of the stream has seen: "shard:data shard:data".
  std::string Tail(StreamTailOptions options) {
    options.stream_name = "orders";
    auto client = Client::Connect(test::OptionsFor(broker));
    REQUIRE(client.ok());
    std::string seen;
    StreamTail tail(**client, options,
                    [&](const std::string& shard_id, const std::vector<ReceivedRecord>& records) {
                      for (const ReceivedRecord& record : records)
                        seen += shard_id + ":" + record.data + " ";
                      return absl::OkStatus();
                    });
    status = tail.Run();
    return seen;
  }

  absl::Status status;
  std::map<std::string, FakeShard> shards;
  std::vector<v1::ShardIteratorType> positions;
  // Shards that appear when this many answers were given.
  std::map<std::string, FakeShard> later;
  int expire_at_answer = -1;
  test::FakeBroker broker;

 private:
  grpc::Status Get(const v1::GetRecordsRequest& request, v1::GetRecordsResponse* response) {
    MutexLock lock(mutex_);
    if (answers_++ == expire_at_answer)
      return test::ErrorWith(StatusCode::FAILED_PRECONDITION, {"EXPIRED_ITERATOR", "not_applied"});
    const size_t slash = request.shard_iterator().find('/');
    const std::string id = request.shard_iterator().substr(0, slash);
    size_t next = std::stoull(request.shard_iterator().substr(slash + 1));
    const FakeShard& shard = shards.at(id);
    if (next < shard.records.size()) {
      v1::Record* const record = response->add_records();
      record->set_data(shard.records[next]);
      record->set_sequence_number(++next);
    }
    const size_t left = shard.records.size() - next;
    response->set_records_behind_latest(left);
    if (left > 0 || !shard.is_closed) {
      response->set_next_shard_iterator(id + "/" + std::to_string(next));
    } else {
      shards.merge(later);
    }
    return grpc::Status::OK;
  }

  Mutex mutex_;
  int answers_ = 0;
};

constexpr bool kUntilCaughtUp = true;
const IteratorPosition kTrimHorizon = IteratorPosition::TrimHorizon();

TEST_CASE("all shards are read to their tips") {
  FakeStream stream;
  stream.shards["a"] = {{"1", "2", "3"}, false, ""};
  stream.shards["b"] = {{}, false, ""};
  const std::string seen = stream.Tail({.from = kTrimHorizon, .until_caught_up = kUntilCaughtUp});
  CHECK(stream.status.ok());
  CHECK(seen == "a:1 a:2 a:3 ");
}

TEST_CASE("children are read after their parents") {
  FakeStream stream;
  stream.shards["c"] = {{"1", "2"}, true, ""};
  stream.shards["a"] = {{"3"}, true, "c"};
  stream.shards["b"] = {{"4"}, true, "a"};
  CHECK(stream.Tail({.from = kTrimHorizon}) == "c:1 c:2 a:3 b:4 ");
  CHECK(stream.status.ok());
}

TEST_CASE("shards that appear later are read from their beginning") {
  FakeStream stream;
  stream.shards["a"] = {{"1"}, true, ""};
  stream.later["b"] = {{"2"}, true, "a"};
  CHECK(stream.Tail({.from = IteratorPosition::AtTimestamp(absl::UnixEpoch())}) == "a:1 b:2 ");
  CHECK(stream.positions ==
        std::vector{v1::SHARD_ITERATOR_TYPE_AT_TIMESTAMP, v1::SHARD_ITERATOR_TYPE_TRIM_HORIZON});
}

TEST_CASE("the latest records are in open shards alone") {
  FakeStream stream;
  stream.shards["a"] = {{"old"}, true, ""};
  stream.shards["b"] = {{"new"}, false, "a"};
  CHECK(stream.Tail({.until_caught_up = kUntilCaughtUp}) == "b:new ");
}

TEST_CASE("an iterator that expired is replaced at the same place") {
  FakeStream stream;
  stream.shards["a"] = {{"1", "2", "3"}, true, ""};
  stream.expire_at_answer = 2;
  CHECK(stream.Tail({.from = kTrimHorizon}) == "a:1 a:2 a:3 ");
  CHECK(stream.positions == std::vector{v1::SHARD_ITERATOR_TYPE_TRIM_HORIZON,
                                        v1::SHARD_ITERATOR_TYPE_AFTER_SEQUENCE_NUMBER});
}

TEST_CASE("one shard alone, if there is such a shard") {
  FakeStream stream;
  stream.shards["a"] = {{"1"}, true, ""};
  stream.shards["b"] = {{"2"}, true, "a"};
  CHECK(stream.Tail({.shard_id = "b", .from = kTrimHorizon}) == "b:2 ");
  CHECK(stream.Tail({.shard_id = "x", .from = kTrimHorizon}).empty());
  CHECK(absl::IsNotFound(stream.status));
}

TEST_CASE("a number without its shard is refused where there are several") {
  FakeStream stream;
  stream.shards["a"] = {{"1", "2"}, false, ""};
  stream.shards["b"] = {{"1"}, false, ""};
  CHECK(stream.Tail({.from = IteratorPosition::AtSequenceNumber(2)}).empty());
  CHECK(absl::IsInvalidArgument(stream.status));
}

TEST_CASE("the first error ends it") {
  FakeStream stream;
  stream.shards["a"] = {{"1"}, false, ""};
  stream.broker.get_records.handler = [](const auto&, auto*) {
    return test::ErrorWith(StatusCode::DATA_LOSS, {"CORRUPT_RECORDS", "not_applied"});
  };
  CHECK(stream.Tail({.from = kTrimHorizon}).empty());
  CHECK(absl::IsDataLoss(stream.status));
}

}  // namespace
}  // namespace penstock::cli
