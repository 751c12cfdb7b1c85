#include "tests/unit/client/producer/batch_broker.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "client/kpl/deaggregate.h"
#include "client/rpc/error_details.h"
#include "common/check.h"
#include "common/error.h"
#include "common/record_batch.h"
#include "tests/support/awaited.h"

namespace penstock::testing {
namespace {

using producer::BatchAnswer;
using producer::BatchToSend;

absl::Status Error(ErrorReason reason) {
  return rpc::ToClientStatus(MakeError(reason, "by the test"));
}

}  // namespace

// Told nothing any more once it has ended or was left.
struct BatchBroker::Stream {
  Mutex mutex;
  bool ended ABSL_GUARDED_BY(mutex) = false;
  producer::BatchStreamCallbacks callbacks;

  void Answer(BatchAnswer answer) {
    MutexLock lock(mutex);
    if (!ended) callbacks.on_answer(std::move(answer));
  }
  void End() {
    MutexLock lock(mutex);
    if (std::exchange(ended, true)) return;
    callbacks.on_end(absl::UnavailableError("the connection was cut"));
  }
  bool is_cut() {
    MutexLock lock(mutex);
    return ended;
  }
};

class BatchBroker::BrokerStream final : public producer::BatchStream {
 public:
  BrokerStream(BatchBroker& broker, std::shared_ptr<Stream> stream)
      : broker_(broker), stream_(std::move(stream)) {}
  ~BrokerStream() override {
    MutexLock lock(stream_->mutex);
    stream_->ended = true;
  }
  void Send(BatchToSend batch) override { broker_.Arrive(stream_, std::move(batch)); }

 private:
  BatchBroker& broker_;
  const std::shared_ptr<Stream> stream_;
};

class BatchBroker::BrokerTransport final : public producer::Transport {
 public:
  BrokerTransport(BatchBroker& broker, int connections)
      : broker_(broker), connections_(connections) {}
  void GetShardMap(const std::string& /*stream_name*/, ShardMapCallback done) override {
    done(broker_.GetMap());
  }
  std::unique_ptr<producer::BatchStream> Open(int /*connection*/,
                                              producer::BatchStreamCallbacks callbacks) override {
    return std::make_unique<BrokerStream>(broker_, broker_.Open(std::move(callbacks)));
  }
  int connection_count() const override { return connections_; }

 private:
  BatchBroker& broker_;
  const int connections_;
};

BatchBroker::BatchBroker(uint64_t seed, uint32_t shard_count) : random_(seed) {
  uint32_t index = 0;
  for (const HashKeyRange& range : UniformRanges(shard_count)) {
    const Shard shard{ShardIndex(index++), range};
    log_.CreateShard({stream_, shard.index}, {}, [](const absl::Status& s) { CHECK(s.ok()); });
    open_.push_back(shard);
    all_.push_back(shard);
  }
  thread_ = std::thread([this] { Run(); });
}

BatchBroker::~BatchBroker() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
}

std::unique_ptr<producer::Transport> BatchBroker::MakeTransport(int connections) {
  return std::make_unique<BrokerTransport>(*this, connections);
}

void BatchBroker::SetFaults(const Faults& faults) {
  MutexLock lock(mutex_);
  faults_ = faults;
}

void BatchBroker::SetLimits(size_t record_bytes_max, uint64_t records_per_second,
                            uint64_t bytes_per_second) {
  MutexLock lock(mutex_);
  record_bytes_max_ = record_bytes_max;
  records_per_second_ = records_per_second;
  bytes_per_second_ = bytes_per_second;
}

void BatchBroker::Hold(bool hold) {
  MutexLock lock(mutex_);
  held_ = hold;
  changed_.NotifyAll();
}

void BatchBroker::DeleteStream() {
  MutexLock lock(mutex_);
  deleted_ = true;
}

void BatchBroker::SetDown(bool down) {
  {
    MutexLock lock(mutex_);
    down_ = down;
  }
  if (down) CutAll();
}

void BatchBroker::CutAll() {
  std::vector<std::shared_ptr<Stream>> streams;
  {
    MutexLock lock(mutex_);
    for (const auto& weak : std::exchange(streams_, {})) {
      if (auto stream = weak.lock(); stream != nullptr) streams.push_back(std::move(stream));
    }
  }
  for (const auto& stream : streams) Cut(*stream);
}

std::shared_ptr<BatchBroker::Stream> BatchBroker::Open(producer::BatchStreamCallbacks callbacks) {
  auto stream = std::make_shared<Stream>();
  stream->callbacks = std::move(callbacks);
  bool down = false;
  {
    MutexLock lock(mutex_);
    down = down_;
    if (!down) streams_.push_back(stream);
  }
  if (down) stream->End();
  return stream;
}

void BatchBroker::Arrive(std::shared_ptr<Stream> stream, BatchToSend batch) {
  MutexLock lock(mutex_);
  if (down_) return;
  arrived_.push_back({std::move(stream), std::move(batch)});
  changed_.NotifyAll();
}

void BatchBroker::Run() {
  while (true) {
    std::optional<Arrived> next;
    {
      MutexLock lock(mutex_);
      while (!stopping_ && (arrived_.empty() || held_)) changed_.Wait(mutex_);
      if (stopping_) return;
      next = std::move(arrived_.front());
      arrived_.pop_front();
      ++batches_taken_;
      taken_.NotifyAll();
    }
    Take(*std::move(next));
  }
}

void BatchBroker::Cut(Stream& stream) {
  {
    // What is behind on the same connection: lost, or stored a while later.
    MutexLock lock(mutex_);
    std::deque<Arrived> kept;
    std::deque<Arrived> late;
    for (Arrived& arrived : std::exchange(arrived_, {})) {
      if (arrived.stream.get() != &stream) {
        kept.push_back(std::move(arrived));
      } else if (random_() % 2 == 0) {
        late.push_back(std::move(arrived));
      }
    }
    for (Arrived& arrived : late) kept.push_back(std::move(arrived));
    arrived_ = std::move(kept);
  }
  stream.End();
}

void BatchBroker::Take(Arrived arrived) {
  double fault = 1;
  Faults faults;
  {
    MutexLock lock(mutex_);
    faults = faults_;
    fault = std::uniform_real_distribution<double>(0, 1)(random_);
  }
  BatchAnswer answer;
  answer.call_id = arrived.batch.call_id;
  const bool is_late = arrived.stream->is_cut();
  if (!is_late && (fault -= faults.throttled) < 0) {
    answer.status = Error(ErrorReason::kThroughputExceeded);
    return arrived.stream->Answer(std::move(answer));
  }
  if (!is_late && (fault -= faults.overloaded) < 0) {
    answer.status = Error(ErrorReason::kOverloaded);
    return arrived.stream->Answer(std::move(answer));
  }
  if (!is_late && (fault -= faults.cut_before) < 0) return Cut(*arrived.stream);
  answer = Append(arrived.batch);
  if (!is_late && (fault -= faults.cut_after) < 0) return Cut(*arrived.stream);
  arrived.stream->Answer(std::move(answer));
}

BatchAnswer BatchBroker::Append(const BatchToSend& batch) {
  BatchAnswer answer;
  answer.call_id = batch.call_id;
  {
    MutexLock lock(mutex_);
    if (deleted_) {
      answer.status = Error(ErrorReason::kStreamNotFound);
      return answer;
    }
  }
  absl::StatusOr<RecordBatch> parsed = RecordBatch::Parse(batch.shard, *batch.bytes);
  CHECK(parsed.ok());
  storage::AppendConditions conditions;
  conditions.producer_previous = batch.previous_producer_sequence;
  // The log may call back on the thread that reshards.
  Awaited<absl::StatusOr<storage::AppendResult>> appended;
  log_.Append(batch.shard, *std::move(parsed), conditions, appended.Callback());
  if (const auto& result = appended.Get(); result.ok()) {
    answer.first_sequence_number = result->first_sequence_number;
    answer.duplicate = result->duplicate;
  } else {
    answer.status = rpc::ToClientStatus(result.status());
  }
  if (!answer.status.ok() && answer.status.code() == TraitsOf(ErrorReason::kShardClosed).code) {
    MutexLock lock(mutex_);
    answer.shard_map = Map();
  }
  return answer;
}

producer::ShardMapPtr BatchBroker::Map() {
  auto map = std::make_shared<producer::ShardMap>();
  map->stream = stream_;
  map->version = all_.size();
  for (const Shard& shard : open_) map->shards.push_back({shard.index, shard.hash_keys});
  map->record_bytes_max = record_bytes_max_;
  map->write_records_per_second = records_per_second_;
  map->write_bytes_per_second = bytes_per_second_;
  return map;
}

absl::StatusOr<producer::ShardMapPtr> BatchBroker::GetMap() {
  MutexLock lock(mutex_);
  if (down_) return absl::UnavailableError("no broker answers");
  if (deleted_) return Error(ErrorReason::kStreamNotFound);
  return Map();
}

void BatchBroker::Replace(std::vector<size_t> positions, const std::vector<HashKeyRange>& ranges) {
  MutexLock lock(mutex_);
  storage::NewShard made;
  for (const size_t position : positions) {
    const ShardKey key{stream_, open_[position].index};
    Awaited<absl::StatusOr<storage::ShardBounds>> sealed;
    log_.Seal(key, sealed.Callback());
    CHECK(sealed.Get().ok());
    made.first = std::max(made.first, sealed.Get()->end.Plus(1));
    made.parents.push_back(key);
  }
  std::vector<Shard> children;
  for (const HashKeyRange& range : ranges) {
    const Shard child{ShardIndex(static_cast<uint32_t>(all_.size())), range};
    Awaited<absl::Status> created;
    log_.CreateShard({stream_, child.index}, made, created.Callback());
    CHECK(created.Get().ok());
    all_.push_back(child);
    children.push_back(child);
  }
  const auto begin = open_.begin() + static_cast<ptrdiff_t>(positions.front());
  const auto at = open_.erase(begin, begin + static_cast<ptrdiff_t>(positions.size()));
  open_.insert(at, children.begin(), children.end());
}

void BatchBroker::Reshard() {
  size_t position = 0;
  bool split = false;
  HashKeyRange one;
  HashKeyRange two;
  {
    MutexLock lock(mutex_);
    split = open_.size() == 1 || (open_.size() < 8 && random_() % 2 == 0);
    position = random_() % (split ? open_.size() : open_.size() - 1);
    one = open_[position].hash_keys;
    if (!split) two = open_[position + 1].hash_keys;
  }
  if (split) {
    const HashKey middle(one.first.value() + (one.last.value() - one.first.value()) / 2);
    Replace({position}, {{one.first, middle}, {HashKey(middle.value() + 1), one.last}});
  } else {
    Replace({position, position + 1}, {{one.first, two.last}});
  }
}

std::vector<BatchBroker::StoredRecord> BatchBroker::Stored() {
  std::vector<StoredRecord> stored;
  MutexLock lock(mutex_);
  // Children are numbered after their parents.
  for (const Shard& shard : all_) {
    const ShardKey key{stream_, shard.index};
    SequenceNumber next = log_.Bounds(key)->first;
    while (true) {
      const absl::StatusOr<storage::ReadResult> read = log_.Read(key, next, {});
      CHECK(read.ok());
      if (read->batches.empty()) break;
      for (const StoredBatch& batch : read->batches) {
        absl::StatusOr<RecordBlockReader> reader = RecordBlockReader::Open(*batch);
        CHECK(reader.ok());
        RecordView record;
        for (next = batch->header().first_sequence_number; reader->Next(&record);
             next = next.Plus(1)) {
          const auto users = kpl::Deaggregate(record.data);
          if (!users.has_value()) {
            stored.push_back(
                {std::string(record.data), std::string(record.partition_key), shard.index, next});
            continue;
          }
          for (const auto& user : *users) {
            CHECK(shard.hash_keys.Contains(user.hash_key));
            stored.push_back(
                {std::string(user.data), std::string(user.partition_key), shard.index, next});
          }
        }
      }
    }
  }
  return stored;
}

size_t BatchBroker::all_shards() {
  MutexLock lock(mutex_);
  return all_.size();
}

void BatchBroker::WaitForBatches(uint64_t more) {
  MutexLock lock(mutex_);
  const uint64_t target = batches_taken_ + more;
  while (batches_taken_ < target) {
    const uint64_t before = batches_taken_;
    taken_.WaitFor(mutex_, std::chrono::milliseconds(5));
    if (batches_taken_ == before) return;
  }
}

}  // namespace penstock::testing
