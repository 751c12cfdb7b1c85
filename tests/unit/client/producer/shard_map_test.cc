// A producer and the shard map: late, of a stream of the same name, of before a reshard.
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "client/producer/transport.h"
#include "client/rpc/error_details.h"
#include "penstock/producer.h"
#include "tests/support/awaited.h"
#include "tests/unit/client/producer/producer_peer.h"

namespace penstock {
namespace {

using testing::Awaited;

ProducerOptions Options() {
  ProducerOptions options;
  options.stream_name = "orders";
  options.client.retry_delay_initial = absl::Microseconds(500);
  options.client.retry_delay_max = absl::Milliseconds(5);
  options.record_max_buffered_time = absl::Milliseconds(1);
  return options;
}

// Answers when it goes, as gRPC does with what it cancels.
class LateTransport final : public producer::Transport {
 public:
  ~LateTransport() override {
    std::thread([this] {
      for (ShardMapCallback& done : waiting_) done(absl::CancelledError("going"));
    }).join();
  }
  void GetShardMap(const std::string& /*stream_name*/, ShardMapCallback done) override {
    waiting_.push_back(std::move(done));
    asked_.Set(true);
  }
  std::unique_ptr<producer::BatchStream> Open(int /*connection*/,
                                              producer::BatchStreamCallbacks /*cb*/) override {
    return nullptr;
  }
  int connection_count() const override { return 1; }
  Awaited<bool>& asked() { return asked_; }

 private:
  std::vector<ShardMapCallback> waiting_;
  Awaited<bool> asked_;
};

TEST_CASE("producer: it may end while it asks for the shard map", "[producer]") {
  auto transport = std::make_unique<LateTransport>();
  LateTransport& late = *transport;
  auto producer = ProducerTestPeer::Create(Options(), std::move(transport));
  REQUIRE(producer.ok());
  Awaited<PutOutcome> outcome;
  REQUIRE((*producer)->Put({"d", "k"}, outcome.Callback()).ok());
  CHECK(late.asked().Get());
  producer->reset();
  CHECK(absl::IsCancelled(outcome.Get().status));
}

// A broker whose stream was made again under its name: it first answers for the one that was
// deleted, with that one's shards.
class TwoLivesTransport final : public producer::Transport {
 public:
  struct Seen {
    std::atomic<int> maps_asked = 0;
    std::atomic<int> sent_to_old = 0;
    std::atomic<int> sent_to_new = 0;
  };
  // The shard map is late by as many answers.
  explicit TwoLivesTransport(Seen& seen, int maps_late = 0) : seen_(seen), maps_late_(maps_late) {}

  static producer::ShardMapPtr Map(uint64_t stream, uint64_t version, uint32_t shard) {
    auto map = std::make_shared<producer::ShardMap>();
    map->stream = StreamId(stream);
    map->version = version;
    map->record_bytes_max = 1 << 20;
    map->shards.push_back({ShardIndex(shard), {HashKey(0), HashKey::Max()}});
    return map;
  }
  void GetShardMap(const std::string& /*stream_name*/, ShardMapCallback done) override {
    const int asked = ++seen_.maps_asked;
    done(asked <= 1 + maps_late_ ? Map(2, 1, 0) : Map(2, 2, 1));
  }
  std::unique_ptr<producer::BatchStream> Open(int /*connection*/,
                                              producer::BatchStreamCallbacks callbacks) override {
    return std::make_unique<Stream>(seen_, std::move(callbacks));
  }
  int connection_count() const override { return 1; }

 private:
  class Stream final : public producer::BatchStream {
   public:
    Stream(Seen& seen, producer::BatchStreamCallbacks callbacks)
        : seen_(seen), callbacks_(std::move(callbacks)) {}
    void Send(producer::BatchToSend batch) override {
      producer::BatchAnswer answer;
      answer.call_id = batch.call_id;
      if (batch.shard.stream == StreamId(1)) ++seen_.sent_to_old;
      if (batch.shard == ShardKey{StreamId(2), ShardIndex(0)}) {
        answer.status = rpc::ToStatus({.reason = "SHARD_CLOSED", .message = "closed"});
        answer.shard_map = Map(1, 100, 7);
      } else {
        ++seen_.sent_to_new;
        answer.first_sequence_number = SequenceNumber(5);
      }
      callbacks_.on_answer(std::move(answer));
    }

   private:
    Seen& seen_;
    const producer::BatchStreamCallbacks callbacks_;
  };
  Seen& seen_;
  const int maps_late_;
};

TEST_CASE("producer: shards of a stream that was deleted are not those of its namesake",
          "[producer]") {
  TwoLivesTransport::Seen seen;
  auto producer = ProducerTestPeer::Create(Options(), std::make_unique<TwoLivesTransport>(seen));
  REQUIRE(producer.ok());
  const PutOutcome outcome = (*producer)->Put({"d", "k"}).get();
  CHECK(outcome.ok());
  CHECK(outcome.shard_id() == FormatShardId(ShardIndex(1)));
  CHECK(seen.maps_asked == 2);
  CHECK(seen.sent_to_old == 0);
  CHECK(seen.sent_to_new == 1);
}

TEST_CASE("producer: the shard map is asked for until it shows what took a closed shard's place",
          "[producer]") {
  TwoLivesTransport::Seen seen;
  auto producer = ProducerTestPeer::Create(Options(), std::make_unique<TwoLivesTransport>(seen, 3));
  REQUIRE(producer.ok());
  std::future<PutOutcome> outcome = (*producer)->Put({"d", "k"});
  // Less than until the map is asked for anyway.
  REQUIRE(outcome.wait_for(std::chrono::seconds(30)) == std::future_status::ready);
  CHECK(outcome.get().shard_id() == FormatShardId(ShardIndex(1)));
  CHECK(seen.maps_asked == 5);
  CHECK(seen.sent_to_new == 1);
}

}  // namespace
}  // namespace penstock
