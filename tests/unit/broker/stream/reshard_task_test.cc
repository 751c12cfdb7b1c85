// Puts while a stream is resharded: nothing acknowledged is lost, doubled or out of order, whatever
// comes when.
//
// The real catalog and the real record plane over a log and a store in memory. In the first test a seed decides
// all of it, on one thread: which handler of the executor runs when, which appends and seals are
// held back, which fail. A failing run prints its seed; PENSTOCK_TEST_SEED=<seed> replays it alone.
// In the second, threads race, and the seed decides only what they do.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>

#include "broker/record/record_plane.h"
#include "broker/stream/stream_catalog.h"
#include "broker/token/token_codec.h"
#include "common/clock.h"
#include "tests/support/awaited.h"
#include "tests/support/control_pool.h"
#include "tests/support/memory_metadata_store.h"
#include "tests/support/memory_shard_log.h"
#include "tests/unit/broker/stream/reshard_history.h"
#include "tests/unit/broker/stream/reshard_writer.h"

namespace penstock::broker {
namespace {

constexpr int64_t kStartMs = 1'700'000'000'000;
constexpr uint64_t kSeeds = 500;
constexpr uint64_t kThreadedSeeds = 12;
constexpr uint32_t kStepsPerSeed = 150;
constexpr uint32_t kReshardsPerSeed = 6;
// Of the second test, so that its writers are never done before its reshards are.
constexpr uint32_t kPutsBetween = 20;
constexpr uint32_t kShardsMaxOfRun = 7;
constexpr uint64_t kWriters = 4;

// Both planes of a broker over one log in memory.
struct Planes {
  explicit Planes(const boost::asio::any_io_executor& executor)
      : catalog({metadata, log, tokens, executor, clock}), plane(PlaneOptions(executor)) {
    REQUIRE(catalog.Start().ok());
  }
  RecordPlaneOptions PlaneOptions(const boost::asio::any_io_executor& executor) {
    RecordPlaneOptions options;
    options.directory = &catalog;
    options.log = &log;
    options.tokens = &tokens;
    options.executor = executor;
    options.clock = &clock;
    return options;
  }

  ManualClock clock{kStartMs};
  testing::MemoryShardLog log{&clock};
  testing::MemoryMetadataStore metadata;
  TokenCodec tokens{std::string(TokenCodec::kKeyBytes, 'k'), clock};
  StreamCatalog catalog;
  RecordPlane plane;
};

// Everything in a shard.
std::vector<KeptRecord> ReadShard(testing::MemoryShardLog& log, const ShardKey& key) {
  std::vector<KeptRecord> records;
  constexpr storage::ReadLimits kAll{UINT32_MAX, SIZE_MAX};
  RecordCollector collector(kFirstSequenceNumber, kAll);
  while (!collector.full()) {
    const auto read = log.Read(key, collector.next(), collector.room());
    REQUIRE(read.ok());
    collector.Add(*read);
  }
  const auto collected = std::move(collector).Finish();
  REQUIRE(collected.ok());
  for (const ReadRecord& read : collected->records) {
    records.push_back({read.sequence_number, std::string(read.record.partition_key),
                       std::string(read.record.data)});
  }
  return records;
}

KeptShards ReadStream(testing::MemoryShardLog& log, const StreamSnapshot& stream) {
  KeptShards kept;
  for (const ShardInfo& shard : stream.shards()) {
    const auto bounds = log.Bounds(stream.KeyOf(shard));
    REQUIRE(bounds.ok());
    CHECK(bounds->first == shard.starting_sequence_number);
    CHECK(bounds->sealed == !shard.open());
    kept[shard.index] = ReadShard(log, stream.KeyOf(shard));
  }
  return kept;
}

// Begins a split, a merge or a change of the count; `done` tells that it has begun or was refused.
void BeginReshard(StreamCatalog& catalog, const StreamSnapshot& stream, std::mt19937_64& random,
                  StreamCatalog::DoneCallback done) {
  const auto below = [&](uint64_t bound) {
    return std::uniform_int_distribution<uint64_t>(0, bound - 1)(random);
  };
  const std::string& name = stream.config().name;
  // In order of hash key: neighbours are next to each other.
  std::vector<const ShardInfo*> open;
  for (const ShardInfo& shard : stream.shards()) {
    if (shard.open()) open.push_back(&shard);
  }
  std::sort(open.begin(), open.end(), [](const ShardInfo* a, const ShardInfo* b) {
    return a->hash_keys.first < b->hash_keys.first;
  });
  const uint64_t kind = below(3);
  if (kind == 0 && open.size() < kShardsMaxOfRun) {
    const ShardInfo& shard = *open[below(open.size())];
    const Uint128 width = shard.hash_keys.last.value() - shard.hash_keys.first.value();
    const Uint128 offset = width / 16 * (1 + below(15));
    return catalog.SplitShard(
        {name, FormatShardId(shard.index),
         HashKey(shard.hash_keys.first.value() + std::max(offset, Uint128{2})).ToDecimal()},
        std::move(done));
  }
  if (kind == 1 && open.size() > 1) {
    const uint64_t lower = below(open.size() - 1);
    return catalog.MergeShards(
        {name, FormatShardId(open[lower]->index), FormatShardId(open[lower + 1]->index)},
        std::move(done));
  }
  catalog.UpdateShardCount(
      {name, static_cast<uint32_t>(1 + below(kShardsMaxOfRun))},
      [done = std::move(done)](const absl::StatusOr<uint32_t>& before) { done(before.status()); });
}

// One seed of the first test. All on the calling thread.
class SeededRun {
 public:
  SeededRun(uint64_t seed, Planes& planes, boost::asio::io_context& context)
      : planes_(planes), context_(context), random_(seed), name_("stream-" + std::to_string(seed)) {
    for (uint64_t i = 0; i < kWriters; ++i) writers_.emplace_back(i, seed, history_);
  }

  void Go() {
    bool created = false;
    planes_.catalog.CreateStream({name_, static_cast<uint32_t>(1 + Below(3)), 0, 0},
                                 [&](const absl::Status& status) { created = status.ok(); });
    PumpUntil([&] { return created && stream()->config().status == StreamStatus::kActive; });
    Observe();
    for (uint32_t i = 0; i < kStepsPerSeed; ++i) Step();
    planes_.log.ReleaseAppends();
    PumpUntil([&] {
      for (const ReshardWriter& writer : writers_) {
        if (!writer.idle()) return false;
      }
      return resharding_ == 0 && sent_ == answered_ &&
             stream()->config().status == StreamStatus::kActive;
    });
    planes_.catalog.CancelWait(stream()->config().id, observer_);
    // The end of jobs and of waits, which Stop would wait for on the thread that has to run them.
    while (context_.poll_one() > 0) {
    }
    for (const auto& fault : history_.Check(*stream(), ReadStream(planes_.log, *stream())))
      FAIL_CHECK(fault);
  }

  size_t acknowledged() const { return history_.acknowledged(); }
  size_t shards() const { return stream()->shards().size(); }
  uint64_t answered_after_wait() const { return answered_later_; }

 private:
  uint64_t Below(uint64_t bound) {
    return std::uniform_int_distribution<uint64_t>(0, bound - 1)(random_);
  }
  std::shared_ptr<const StreamSnapshot> stream() const { return *planes_.catalog.Find(name_); }

  template <typename Condition>
  void PumpUntil(Condition condition) {
    REQUIRE(testing::WaitUntil([&] {
      context_.poll_one();
      return condition();
    }));
  }

  // Each snapshot: the stream's changes are published one after the other, on this thread.
  void Observe() {
    const auto seen = stream();
    history_.AddSnapshot(*seen);
    observer_ = planes_.catalog.WaitForNewer(*seen, [this] { Observe(); });
  }

  void Step() {
    planes_.clock.AdvanceMs(static_cast<int64_t>(Below(3)));
    const uint64_t kind = Below(20);
    if (kind < 7) {
      ReshardWriter& writer = writers_[Below(writers_.size())];
      if (writer.idle()) Send(writer, writer.Next());
    } else if (kind < 9) {
      ReshardWriter& writer = writers_[Below(writers_.size())];
      if (ReshardWriter::Put* const put = writer.Again()) Send(writer, *put);
    } else if (kind < 15) {
      context_.poll_one();
    } else if (kind < 17) {
      Reshard();
    } else if (kind < 18) {
      planes_.log.HoldAppends();
    } else if (kind < 19) {
      planes_.log.ReleaseAppends();
    } else {
      const auto& shards = stream()->shards();
      planes_.log.FailAppends(stream()->KeyOf(shards[Below(shards.size())]), 1,
                              MakeError(ErrorReason::kStorageFailed, "asked for by the test"));
    }
  }

  void Send(ReshardWriter& writer, ReshardWriter::Put& put) {
    writer.OnSent(put);
    ++sent_;
    const uint64_t step = sent_;
    planes_.plane.PutRecords(
        name_, put.views(),
        [this, &writer, &put, step](const absl::StatusOr<std::vector<PutResult>>& results) {
          ++answered_;
          if (step < sent_) ++answered_later_;
          writer.OnAnswer(put, results);
        },
        put.options);
  }

  void Reshard() {
    if (resharding_ > 0 || reshards_ == kReshardsPerSeed) return;
    if (stream()->config().status != StreamStatus::kActive) return;
    ++reshards_;
    ++resharding_;
    BeginReshard(planes_.catalog, *stream(), random_, [this](const absl::Status& status) {
      --resharding_;
      if (!status.ok()) history_.AddFault(status.ToString());
    });
  }

  Planes& planes_;
  boost::asio::io_context& context_;
  std::mt19937_64 random_;
  const std::string name_;
  ReshardHistory history_;
  std::vector<ReshardWriter> writers_;
  StreamDirectory::WaitId observer_ = 0;
  uint64_t sent_ = 0;
  uint64_t answered_ = 0;
  // After another put was sent.
  uint64_t answered_later_ = 0;
  uint32_t reshards_ = 0;
  // Asked for and not yet begun.
  uint32_t resharding_ = 0;
};

// Seeds to run: 1 to `count`, or the one of the environment.
std::pair<uint64_t, uint64_t> Seeds(uint64_t count) {
  const char* const replay = std::getenv("PENSTOCK_TEST_SEED");
  if (replay == nullptr) return {1, count};
  const uint64_t seed = std::strtoull(replay, nullptr, 10);
  return {seed, seed};
}

TEST_CASE("puts through random reshards: all that is acknowledged is there once and in order",
          "[reshard]") {
  boost::asio::io_context context;
  const auto work = boost::asio::make_work_guard(context);
  Planes planes(context.get_executor());
  const auto [first, last] = Seeds(kSeeds);
  uint64_t acknowledged = 0;
  uint64_t shards = 0;
  uint64_t later = 0;
  for (uint64_t seed = first; seed <= last; ++seed) {
    INFO("seed " << seed);
    SeededRun run(seed, planes, context);
    run.Go();
    acknowledged += run.acknowledged();
    shards += run.shards();
    later += run.answered_after_wait();
  }
  // What a run is made of has not been lost: puts are stored, streams resharded, puts overtaken.
  const uint64_t runs = last - first + 1;
  if (runs > 1) {
    CHECK(acknowledged > 40 * runs);
    CHECK(shards > 8 * runs);
    CHECK(later > runs);
  }
}

// One writer of the second test, on a thread of its own, until told to stop.
void WriteUntil(const std::atomic<bool>& stop, RecordPlane& plane, const std::string& stream,
                ReshardWriter& writer) {
  const auto send = [&](ReshardWriter::Put& put) {
    testing::Awaited<absl::StatusOr<std::vector<PutResult>>> answer;
    writer.OnSent(put);
    plane.PutRecords(stream, put.views(), answer.Callback(), put.options);
    writer.OnAnswer(put, answer.Get());
  };
  while (!stop.load(std::memory_order_relaxed)) {
    send(writer.Next());
    if (ReshardWriter::Put* const put = writer.Again()) send(*put);
  }
}

TEST_CASE("puts of many threads through random reshards: all is there once and in order",
          "[reshard]") {
  testing::ControlPool pool;
  Planes planes(pool.executor());
  const auto [first, last] = Seeds(kThreadedSeeds);
  for (uint64_t seed = first; seed <= last; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    const std::string name = "stream-" + std::to_string(seed);
    const auto stream = [&] { return *planes.catalog.Find(name); };
    const auto wait_until_active = [&] {
      return testing::WaitUntil([&] {
        const auto found = planes.catalog.Find(name);
        return found.ok() && (*found)->config().status == StreamStatus::kActive;
      });
    };
    testing::Awaited<absl::Status> created;
    planes.catalog.CreateStream({name, 2, 0, 0}, created.Callback());
    REQUIRE(created.Get().ok());
    REQUIRE(wait_until_active());

    ReshardHistory history;
    std::vector<ReshardWriter> writers;
    for (uint64_t i = 0; i < kWriters; ++i) writers.emplace_back(i, seed, history);
    // Relaxed: it orders nothing but itself.
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    for (ReshardWriter& writer : writers)
      threads.emplace_back([&] { WriteUntil(stop, planes.plane, name, writer); });
    bool active = true;
    for (uint32_t i = 0; i < kReshardsPerSeed && active; ++i) {
      testing::Awaited<absl::Status> begun;
      BeginReshard(planes.catalog, *stream(), random, begun.Callback());
      if (!begun.Get().ok()) history.AddFault(begun.Get().ToString());
      const size_t before = history.acknowledged();
      active = wait_until_active() &&
               testing::WaitUntil([&] { return history.acknowledged() > before + kPutsBetween; });
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();
    REQUIRE(active);
    for (const auto& fault : history.Check(*stream(), ReadStream(planes.log, *stream())))
      FAIL_CHECK(fault);
    CHECK(history.acknowledged() > 0);
  }
}

}  // namespace
}  // namespace penstock::broker
