#include "client/cli/stream_tail.h"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/mutex.h"
#include "tests/unit/client/fake_broker.h"

namespace penstock::cli {
namespace {

using grpc::StatusCode;

// A stream of shards with ready-made records; an iterator is "shard/next record". At the tip a
// long-poll is answered with nothing, and a closed shard ends and names its children. Subscriptions
// give the same records, an event for each.
class FakeStream {
 public:
  struct FakeShard {
    std::vector<std::string> records;
    bool is_closed = false;
    std::string parent = {};
    std::string adjacent_parent = {};
  };

  FakeStream() {
    broker.list_shards.handler = [this](const v1::ListShardsRequest& request,
                                        v1::ListShardsResponse* response) {
      MutexLock lock(mutex_);
      const bool is_open_only = request.shard_filter().type() == v1::SHARD_FILTER_TYPE_AT_LATEST;
      for (const auto& [id, shard] : shards) {
        if (is_open_only && shard.is_closed) continue;
        v1::Shard* const listed = response->add_shards();
        listed->set_shard_id(id);
        listed->set_parent_shard_id(shard.parent);
        listed->set_adjacent_parent_shard_id(shard.adjacent_parent);
        if (shard.is_closed)
          listed->mutable_sequence_number_range()->set_ending_sequence_number(99);
      }
      return grpc::Status::OK;
    };
    broker.get_shard_iterator.handler = [this](const v1::GetShardIteratorRequest& request,
                                               v1::GetShardIteratorResponse* response) {
      MutexLock lock(mutex_);
      if (gone.count(request.shard_id()) > 0)
        return test::ErrorWith(StatusCode::NOT_FOUND, {"SHARD_NOT_FOUND", "not_applied"});
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
    broker.subscribe_to_shard.handler =
        [this](const v1::SubscribeToShardRequest& request, grpc::ServerContext& context,
               test::FakeSubscribe::Writer& writer) { return Subscribe(request, context, writer); };
  }

  // What a tail of the stream has seen: "shard:data shard:data".
  std::string Tail(StreamTailOptions options) {
    options.stream_name = "orders";
    options.retry_delay = absl::Milliseconds(1);
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
  bool names_children = true;
  // A closed shard says that it has ended in an answer of its own, after its last record.
  bool ends_separately = false;
  int empty_answers_before_end = 0;
  std::vector<uint32_t> waits_ms;
  std::set<std::string> gone;
  // How the first subscriptions end, after two events each, or at once if they are refused.
  std::vector<grpc::Status> ends;
  bool are_refused = false;
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
    waits_ms.push_back(request.max_wait_ms());
    const bool is_empty = response->records_size() == 0;
    const bool ends_later =
        (ends_separately && !is_empty) ||
        (empty_answers_before_end > 0 && (!is_empty || --empty_answers_before_end >= 0));
    if (left > 0 || !shard.is_closed || ends_later) {
      response->set_next_shard_iterator(id + "/" + std::to_string(next));
    } else {
      shards.merge(later);
      if (names_children) AddChildrenOf(id, response->mutable_child_shards());
    }
    return grpc::Status::OK;
  }

  void AddChildrenOf(const std::string& parent,
                     google::protobuf::RepeatedPtrField<v1::ChildShard>* children) {
    for (const auto& [id, shard] : shards) {
      if (shard.parent != parent && shard.adjacent_parent != parent) continue;
      v1::ChildShard* const child = children->Add();
      child->set_shard_id(id);
      child->add_parent_shards(shard.parent);
      if (!shard.adjacent_parent.empty()) child->add_parent_shards(shard.adjacent_parent);
    }
  }

  grpc::Status Subscribe(const v1::SubscribeToShardRequest& request, grpc::ServerContext& context,
                         test::FakeSubscribe::Writer& writer) {
    mutex_.Lock();
    std::optional<grpc::Status> end;
    if (subscriptions_ < ends.size()) end = ends[subscriptions_];
    ++subscriptions_;
    const FakeShard shard = shards.at(request.shard_id());
    positions.push_back(request.starting_position());
    mutex_.Unlock();
    if (end.has_value() && are_refused) return *end;
    const bool is_after =
        request.starting_position() == v1::SHARD_ITERATOR_TYPE_AFTER_SEQUENCE_NUMBER;
    uint64_t next = is_after ? request.starting_sequence_number() : 0;
    for (int events = 0; next < shard.records.size(); ++events) {
      if (end.has_value() && events == 2) return *end;
      v1::SubscribeToShardEvent event;
      event.add_records()->set_data(shard.records[next]);
      event.mutable_records(0)->set_sequence_number(++next);
      event.set_continuation_sequence_number(next);
      event.set_records_behind_latest(shard.records.size() - next);
      writer.Write(event);
    }
    v1::SubscribeToShardEvent last;
    if (shard.is_closed) {
      MutexLock lock(mutex_);
      AddChildrenOf(request.shard_id(), last.mutable_child_shards());
    }
    writer.Write(last);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!shard.is_closed && !context.IsCancelled() &&
           std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    return grpc::Status::OK;
  }

  Mutex mutex_;
  int answers_ = 0;
  size_t subscriptions_ = 0;
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

TEST_CASE("a merged shard is read when both parents have ended") {
  FakeStream stream;
  stream.shards["a"] = {{"1"}, true};
  stream.shards["b"] = {{"2", "3", "4", "5"}, true};
  stream.later["c"] = {{"6"}, false, "a", "b"};
  const std::string seen = stream.Tail({.from = kTrimHorizon, .until_caught_up = kUntilCaughtUp});
  CHECK(stream.status.ok());
  CHECK(seen.find("c:6") == seen.size() - 4);
  CHECK(seen.size() == 6 * 4);
  // The children were named: all that was asked for is whether the last one is open.
  CHECK(stream.broker.list_shards.calls == 2);
}

TEST_CASE("a closed shard is not taken for one that is caught up") {
  FakeStream stream;
  stream.ends_separately = true;
  stream.shards["a"] = {{"1"}, true};
  // Two reshards, the second while the first shard was read: b was named, not listed.
  stream.later["b"] = {{"2"}, true, "a"};
  stream.later["c"] = {{"3"}, false, "b"};
  CHECK(stream.Tail({.from = kTrimHorizon, .until_caught_up = kUntilCaughtUp}) == "a:1 b:2 c:3 ");
  CHECK(stream.Tail({.consumer_name = "billing",
                     .from = kTrimHorizon,
                     .until_caught_up = kUntilCaughtUp}) == "a:1 b:2 c:3 ");
}

TEST_CASE("the end of a closed shard is waited for, not asked for without a pause") {
  FakeStream stream;
  stream.shards["a"] = {{"1"}, true};
  stream.empty_answers_before_end = 2;
  CHECK(stream.Tail({.from = kTrimHorizon, .until_caught_up = kUntilCaughtUp}) == "a:1 ");
  // The first poll and the one after the record are answered at once.
  CHECK(stream.waits_ms == std::vector<uint32_t>{0, 0, 1'000, 1'000});
}

TEST_CASE("a broker that does not name the children is asked for them") {
  FakeStream stream;
  stream.names_children = false;
  stream.shards["a"] = {{"1"}, true};
  stream.later["b"] = {{"2"}, false, "a"};
  CHECK(stream.Tail({.from = kTrimHorizon, .until_caught_up = kUntilCaughtUp}) == "a:1 b:2 ");
}

TEST_CASE("a tail of the latest follows a reshard") {
  FakeStream stream;
  stream.shards["a"] = {{"old"}, true};
  stream.shards["b"] = {{}, false, "a"};
  int answers = 0;
  const auto get = stream.broker.get_records.handler;
  stream.broker.get_records.handler = [&, get](const auto& request, auto* response) {
    // The second answer of b is its last.
    if (++answers == 2) {
      stream.shards["b"].is_closed = true;
      stream.shards["c"] = {{"new"}, true, "b"};
    }
    return get(request, response);
  };
  CHECK(stream.Tail({}) == "c:new ");
  CHECK(stream.positions ==
        std::vector{v1::SHARD_ITERATOR_TYPE_LATEST, v1::SHARD_ITERATOR_TYPE_TRIM_HORIZON});
}

TEST_CASE("a shard whose records have expired meanwhile has ended") {
  FakeStream stream;
  stream.shards["a"] = {{"1"}, true};
  stream.shards["b"] = {{"2"}, false, "a"};
  stream.gone = {"a"};
  CHECK(stream.Tail({.from = kTrimHorizon, .until_caught_up = kUntilCaughtUp}) == "b:2 ");
  CHECK(stream.status.ok());
}

TEST_CASE("a tail ends when nobody reads it any more") {
  FakeStream stream;
  stream.shards["a"] = {{"1"}, false};
  int asked = 0;
  CHECK(stream.Tail({.from = kTrimHorizon, .is_over = [&] { return ++asked > 3; }}) == "a:1 ");
  CHECK(stream.status.ok());
}

TEST_CASE("a consumer is pushed all shards, through their reshards") {
  FakeStream stream;
  stream.shards["a"] = {{"1", "2"}, true};
  stream.shards["b"] = {{"3"}, true};
  stream.shards["c"] = {{"4"}, false, "a", "b"};
  const std::string seen = stream.Tail(
      {.consumer_name = "billing", .from = kTrimHorizon, .until_caught_up = kUntilCaughtUp});
  INFO(stream.status.ToString());
  CHECK(stream.status.ok());
  CHECK(seen.find("c:4") == seen.size() - 4);
  CHECK(seen.size() == 4 * 4);
  CHECK(stream.broker.get_records.calls == 0);
}

TEST_CASE("a subscription that is over or lost goes on where it was") {
  FakeStream stream;
  stream.shards["a"] = {{"1", "2", "3", "4", "5"}, false};
  stream.ends = {grpc::Status::OK, grpc::Status(StatusCode::UNAVAILABLE, "gone")};
  CHECK(stream.Tail({.consumer_name = "billing",
                     .from = kTrimHorizon,
                     .until_caught_up = kUntilCaughtUp}) == "a:1 a:2 a:3 a:4 a:5 ");
  INFO(stream.status.ToString());
  CHECK(stream.status.ok());
  CHECK(stream.broker.subscribe_to_shard.calls == 3);
}

TEST_CASE("a consumer that is in use is waited for, one that was taken is not taken back") {
  const grpc::Status in_use =
      test::ErrorWith(StatusCode::FAILED_PRECONDITION, {"CONSUMER_IN_USE", "not_applied"});
  FakeStream stream;
  stream.shards["a"] = {{"1", "2", "3"}, false};
  const StreamTailOptions options = {
      .consumer_name = "billing", .from = kTrimHorizon, .until_caught_up = kUntilCaughtUp};
  stream.ends = {in_use, in_use};
  SECTION("in use") {
    stream.are_refused = true;
    CHECK(stream.Tail(options) == "a:1 a:2 a:3 ");
    CHECK(stream.broker.subscribe_to_shard.calls == 3);
  }
  SECTION("taken") {
    CHECK(stream.Tail(options) == "a:1 a:2 ");
    CHECK(absl::IsFailedPrecondition(stream.status));
    CHECK(stream.broker.subscribe_to_shard.calls == 1);
  }
}

TEST_CASE("patience has an end") {
  FakeStream stream;
  stream.shards["a"] = {{"1"}, false};
  stream.ends.assign(100'000, grpc::Status(StatusCode::UNAVAILABLE, "gone"));
  stream.are_refused = true;
  CHECK(stream
            .Tail({.consumer_name = "billing",
                   .from = kTrimHorizon,
                   .patience = absl::Milliseconds(20)})
            .empty());
  CHECK(absl::IsUnavailable(stream.status));
  CHECK(stream.broker.subscribe_to_shard.calls > 1);
}

}  // namespace
}  // namespace penstock::cli
