#include "client/producer/reshard.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include <catch2/catch_test_macros.hpp>

#include "client/rpc/error_details.h"

namespace penstock::producer {
namespace {

constexpr StreamId kStream(9);
const BatchLimits kLimits{1 << 20, 100, {}};

ShardMapPtr Map(uint64_t version, std::vector<MappedShard> shards,
                uint64_t records_per_second = 0) {
  auto map = std::make_shared<ShardMap>();
  map->stream = kStream;
  map->version = version;
  map->shards = std::move(shards);
  map->record_bytes_max = 1 << 20;
  map->write_records_per_second = records_per_second;
  return map;
}

const HashKeyRange kAll{HashKey(0), HashKey::Max()};
const HashKeyRange kLow = UniformRanges(2)[0];
const HashKeyRange kHigh = UniformRanges(2)[1];

// A producer's queues without its thread: what it would do, step by step.
struct Fixture {
  Aggregator aggregator{{kLimits, /*buffered_time_us=*/0, 1 << 20}};
  QueueSet queues{{.limits = kLimits,
                   .window = 4,
                   .delays = {absl::Milliseconds(1), absl::Milliseconds(2)},
                   .seed = 1},
                  aggregator};
  uint64_t last_call = 0;

  void Install(const ShardMapPtr& map) { Take(queues.Install(map)); }
  void Take(std::vector<ClosedBatch> closed) {
    for (ClosedBatch& batch : closed) {
      queues.Find(batch.queue)
          ->Push(std::move(batch.batch).Seal(batch.shard, batch.stamp, Codec::kNone));
    }
  }
  void Put(const std::string& data, HashKey hash_key) {
    aggregator.Add({data, "key", hash_key.ToDecimal()}, hash_key, {[](PutOutcome) {}, 1, 1});
  }
  void Flush() { Take(aggregator.TakeAll()); }

  void Advance() {
    for (auto changed = queues.TakeChanged(); !changed.empty(); changed = queues.TakeChanged()) {
      for (const QueueId id : changed) {
        if (queues.Find(id) == nullptr) continue;
        queues.Find(id)->TakeFinished();
        queues.Advance(id);
      }
    }
  }

  struct Sent {
    QueueId queue = 0;
    uint64_t call = 0;
  };
  // All that may be sent: "2:one,two" is a batch of shard 2.
  std::vector<std::string> Send(std::vector<Sent>* calls) {
    std::vector<std::string> sent;
    for (const auto& [id, queue] : queues.queues()) {
      while (auto batch = queue->NextToSend(++last_call, absl::Now(), 1)) {
        calls->push_back({id, batch->call_id});
        const auto parsed = RecordBatch::Parse(batch->shard, *batch->bytes);
        REQUIRE(parsed.ok());
        auto reader = RecordBlockReader::Open(*parsed);
        std::string text = absl::StrCat(batch->shard.shard.value(), ":");
        RecordView record;
        while (reader->Next(&record))
          absl::StrAppend(&text, text.back() == ':' ? "" : ",", std::string(record.data));
        sent.push_back(text);
      }
    }
    std::sort(sent.begin(), sent.end());
    return sent;
  }
  void Answer(const Sent& call, const absl::Status& status) {
    queues.Find(call.queue)->OnAnswer({call.call, status, SequenceNumber(1), false, nullptr}, 1);
    queues.Find(call.queue)->TakeFinished();
    queues.Advance(call.queue);
    Advance();
  }
};

using Texts = std::vector<std::string>;
const absl::Status kClosed = rpc::ToStatus({.reason = "SHARD_CLOSED", .message = ""});

TEST_CASE("reshard: the rest of a split shard goes before what is put after it", "[reshard]") {
  Fixture f;
  f.Install(Map(1, {{ShardIndex(0), kAll}}));
  f.Put("low", kLow.first);
  f.Put("high", kHigh.first);
  f.Flush();
  std::vector<Fixture::Sent> calls;
  CHECK(f.Send(&calls) == Texts{"0:low,high"});

  f.Install(Map(2, {{ShardIndex(1), kLow}, {ShardIndex(2), kHigh}}));
  f.Put("later", kLow.first);
  f.Flush();
  f.Advance();
  // What became of the batch is not known yet.
  std::vector<Fixture::Sent> none;
  CHECK(f.Send(&none).empty());

  f.Answer(calls[0], kClosed);
  std::vector<Fixture::Sent> rests;
  CHECK(f.Send(&rests) == Texts{"1:low", "2:high"});
  for (const Fixture::Sent& call : rests) f.Answer(call, absl::OkStatus());
  CHECK(f.Send(&calls) == Texts{"1:later"});
  CHECK(f.queues.queues().size() == 2);
}

TEST_CASE("reshard: a batch that is in the closed shard does not move", "[reshard]") {
  Fixture f;
  f.Install(Map(1, {{ShardIndex(0), kAll}}));
  f.Put("one", kLow.first);
  f.Flush();
  std::vector<Fixture::Sent> calls;
  f.Send(&calls);
  f.Install(Map(2, {{ShardIndex(1), kLow}, {ShardIndex(2), kHigh}}));
  f.Advance();
  f.Answer(calls[0], absl::OkStatus());
  std::vector<Fixture::Sent> none;
  CHECK(f.Send(&none).empty());
  CHECK(f.queues.queues().size() == 2);
}

TEST_CASE("reshard: a merged shard waits for both it comes from", "[reshard]") {
  Fixture f;
  f.Install(Map(1, {{ShardIndex(0), kLow}, {ShardIndex(1), kHigh}}));
  f.Put("low", kLow.first);
  f.Put("high", kHigh.first);
  f.Flush();
  std::vector<Fixture::Sent> calls;
  CHECK(f.Send(&calls).size() == 2);
  f.Install(Map(2, {{ShardIndex(2), kAll}}));
  f.Put("later", kLow.first);
  f.Flush();
  f.Advance();
  f.Answer(calls[0], absl::OkStatus());
  std::vector<Fixture::Sent> none;
  CHECK(f.Send(&none).empty());
  f.Answer(calls[1], absl::OkStatus());
  CHECK(f.Send(&calls) == Texts{"2:later"});
}

TEST_CASE("reshard: a reshard upon a reshard keeps what waits in order", "[reshard]") {
  Fixture f;
  f.Install(Map(1, {{ShardIndex(0), kAll}}));
  f.Put("first", kLow.first);
  f.Flush();
  std::vector<Fixture::Sent> calls;
  f.Send(&calls);
  f.Install(Map(2, {{ShardIndex(1), kLow}, {ShardIndex(2), kHigh}}));
  f.Put("second", kLow.first);
  f.Flush();
  f.Install(Map(3, {{ShardIndex(3), kAll}}));
  f.Put("third", kLow.first);
  f.Flush();
  f.Advance();
  f.Answer(calls[0], kClosed);
  std::vector<Fixture::Sent> rest;
  CHECK(f.Send(&rest) == Texts{"3:first"});
  f.Answer(rest[0], absl::OkStatus());
  rest.clear();
  CHECK(f.Send(&rest) == Texts{"3:second"});
  f.Answer(rest[0], absl::OkStatus());
  CHECK(f.Send(&calls) == Texts{"3:third"});
}

TEST_CASE("reshard: limits change without one", "[reshard]") {
  Fixture f;
  f.Install(Map(1, {{ShardIndex(0), kAll}}, /*records_per_second=*/1));
  std::vector<Fixture::Sent> calls;
  f.Put("one", HashKey(1));
  f.Flush();
  CHECK(f.Send(&calls).size() == 1);
  f.Answer(calls[0], absl::OkStatus());
  f.Install(Map(1, {{ShardIndex(0), kAll}}, /*records_per_second=*/0));
  for (int i = 0; i < 3; ++i) {
    f.Put("more", HashKey(1));
    f.Flush();
  }
  CHECK(f.Send(&calls).size() == 3);
  // An older map changes nothing.
  f.Install(Map(0, {{ShardIndex(5), kAll}}));
  CHECK(f.queues.map()->version == 1);
}

}  // namespace
}  // namespace penstock::producer
