// Tables of the operations that read records.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/record/shard_position.h"
#include "tests/unit/broker/record/data_fixture.h"

namespace penstock::testing {
namespace {

using broker::ShardIteratorType;
using broker::StreamLimits;
using broker::SubscribeToShardRequest;
using F = DataFixture;

constexpr const char* kShard = "shardId-000000000000";
constexpr const char* kNone = "shardId-000000000009";
constexpr int64_t kNow = broker::kNowMs;
constexpr size_t kMib = 1 << 20;

// Where reading begins; GetShardIterator and SubscribeToShard say it alike.
struct Start {
  std::string shard = kShard;
  ShardIteratorType type = ShardIteratorType::kTrimHorizon;
  std::optional<uint64_t> number = std::nullopt;
  std::optional<int64_t> timestamp_ms = std::nullopt;
};

// `call` makes the operation of a fixture, with records 1 to 3 in the shard, and a start.
template <typename Call>
void AddStartRows(DataTable& table, const std::string& type_field, Call call) {
  const auto from = [=](Start start) {
    return [=](F& f) {
      f.PutBatch(0, 3);
      return call(f, start);
    };
  };
  using Type = ShardIteratorType;
  constexpr const char* kNumber = "starting_sequence_number";
  constexpr const char* kTime = "timestamp_ms";
  table.Row("no shard", "INVALID_ARGUMENT", "shard_id", from({.shard = ""}));
  table.Row("what is no shard", "INVALID_ARGUMENT", "shard_id", from({.shard = "shard-0"}));
  table.Row("a shard that is not there", "SHARD_NOT_FOUND", "", from({.shard = kNone}));
  table.Row("no type", "INVALID_ARGUMENT", type_field, from({.type = Type::kUnspecified}));
  table.Row("a type that is none", "INVALID_ARGUMENT", type_field, from({.type = Type{6}}));
  for (const Type type : {Type::kTrimHorizon, Type::kLatest}) {
    const std::string name = type == Type::kLatest ? "LATEST" : "TRIM_HORIZON";
    table.Ok(name, from({.type = type}));
    table.Row(name + " with a number", "INVALID_ARGUMENT", kNumber,
              from({.type = type, .number = 1}));
    table.Row(name + " with a time", "INVALID_ARGUMENT", kTime,
              from({.type = type, .timestamp_ms = kNow}));
  }
  table.Row("AT_SEQUENCE_NUMBER without one", "INVALID_ARGUMENT", kNumber,
            from({.type = Type::kAtSequenceNumber}));
  table.Row("AFTER_SEQUENCE_NUMBER without one", "INVALID_ARGUMENT", kNumber,
            from({.type = Type::kAfterSequenceNumber}));
  table.Ok("at number 0", from({.type = Type::kAtSequenceNumber, .number = 0}));
  table.Ok("at the last number", from({.type = Type::kAtSequenceNumber, .number = 3}));
  table.Ok("at the next number", from({.type = Type::kAtSequenceNumber, .number = 4}));
  table.Row("at the one after it", "INVALID_ARGUMENT", kNumber,
            from({.type = Type::kAtSequenceNumber, .number = 5}));
  table.Ok("after the last number but one",
           from({.type = Type::kAfterSequenceNumber, .number = 2}));
  table.Ok("after the last number", from({.type = Type::kAfterSequenceNumber, .number = 3}));
  table.Row("after the next number", "INVALID_ARGUMENT", kNumber,
            from({.type = Type::kAfterSequenceNumber, .number = 4}));
  table.Row("AT_TIMESTAMP without one", "INVALID_ARGUMENT", kTime,
            from({.type = Type::kAtTimestamp}));
  table.Row("before 1970", "INVALID_ARGUMENT", kTime,
            from({.type = Type::kAtTimestamp, .timestamp_ms = -1}));
  table.Ok("1970", from({.type = Type::kAtTimestamp, .timestamp_ms = 0}));
  table.Ok("a millisecond ago", from({.type = Type::kAtTimestamp, .timestamp_ms = kNow - 1}));
  table.Ok("now", from({.type = Type::kAtTimestamp, .timestamp_ms = kNow}));
  table.Row("in a millisecond", "INVALID_ARGUMENT", kTime,
            from({.type = Type::kAtTimestamp, .timestamp_ms = kNow + 1}));
  table.Row("a disk that does not read", "CORRUPT_RECORDS", "", [=](F& f) {
    f.log.FailReads(F::Shard(0), 1, MakeError(ErrorReason::kCorruptRecords, "disk"));
    return call(f, Start{.type = Type::kAtTimestamp, .timestamp_ms = kNow});
  });
}

absl::Status Iterator(F& f, const std::string& stream, const Start& start, bool dry_run = false) {
  return f.plane
      ->GetShardIterator(
          {stream, start.shard, start.type, start.number, start.timestamp_ms, dry_run})
      .status();
}

OperationTable GetShardIteratorTable() {
  DataTable table("GetShardIterator");
  AddDataNameRows(table, [](F& f, const std::string& name) { return Iterator(f, name, {}); });
  AddStartRows(table, "shard_iterator_type",
               [](F& f, const Start& start) { return Iterator(f, "orders", start); });
  const auto after = [](int calls, int64_t later_ms = 0) {
    return [=](F& f) {
      f.Limit(StreamLimits::Kinesis());
      for (int i = 0; i < calls; ++i) F::Must(Iterator(f, "orders", {}));
      f.clock.AdvanceMs(later_ms);
      return Iterator(f, "orders", {});
    };
  };
  table.Ok("the 4th call of a second", after(3));
  table.Ok("the 5th call of a second", after(4));
  table.Row("the 6th call of a second", "THROUGHPUT_EXCEEDED", "", after(5));
  table.Row("the 6th after 199 ms", "THROUGHPUT_EXCEEDED", "", after(5, 199));
  table.Ok("the 6th after 200 ms", after(5, 200));
  table.Row("a dry run", "DRY_RUN", "", [](F& f) { return Iterator(f, "orders", {}, true); });
  return table.Build();
}

absl::Status Get(F& f, const std::string& iterator, uint32_t limit = 0, uint32_t wait_ms = 0,
                 bool dry_run = false) {
  Awaited<F::Answer> answer;
  f.plane->GetRecords({iterator, limit, wait_ms, "", dry_run}, answer.Callback());
  return answer.Get().status();
}

std::string IteratorAt(F& f, uint32_t shard, uint64_t number) {
  return broker::SealShardIterator(f.tokens, {F::Shard(shard), SequenceNumber(number)});
}

OperationTable GetRecordsTable() {
  DataTable table("GetRecords");
  const auto get = [](uint32_t limit, uint32_t wait_ms = 0) {
    return [=](F& f) {
      f.PutBatch(0, 3);
      return Get(f, f.Horizon(), limit, wait_ms);
    };
  };
  table.Ok("limit 1", get(1));
  table.Ok("limit 9999", get(9'999));
  table.Ok("limit 10000", get(10'000));
  table.Row("limit 10001", "INVALID_ARGUMENT", "limit", get(10'001));
  table.Ok("a wait of 29999 ms, with records there", get(0, 29'999));
  table.Ok("a wait of 30000 ms, with records there", get(0, 30'000));
  table.Row("a wait of 30001 ms", "INVALID_ARGUMENT", "max_wait_ms", get(0, 30'001));
  table.Row("no iterator", "INVALID_ITERATOR", "shard_iterator", [](F& f) { return Get(f, ""); });
  table.Row("an iterator that is none", "INVALID_ITERATOR", "shard_iterator",
            [](F& f) { return Get(f, "x"); });
  table.Row("an iterator past the shard's end", "INVALID_ITERATOR", "shard_iterator",
            [](F& f) { return Get(f, IteratorAt(f, 0, 2)); });
  const auto aged = [](int64_t age_ms) {
    return [=](F& f) {
      const std::string iterator = f.Horizon();
      f.clock.AdvanceMs(age_ms);
      return Get(f, iterator);
    };
  };
  table.Ok("an iterator of 299.999 s", aged(299'999));
  table.Ok("an iterator of 300 s", aged(300'000));
  table.Row("an iterator of 300.001 s", "EXPIRED_ITERATOR", "shard_iterator", aged(300'001));
  table.Row("a stream that is gone", "STREAM_NOT_FOUND", "", [](F& f) {
    const std::string iterator = f.Horizon();
    f.directory.Remove("orders");
    return Get(f, iterator);
  });
  table.Row("a stream in DELETING", "STREAM_NOT_FOUND", "", [](F& f) {
    const std::string iterator = f.Horizon();
    f.SetStatus(broker::StreamStatus::kDeleting);
    return Get(f, iterator);
  });
  table.Row("a shard that is not there", "SHARD_NOT_FOUND", "",
            [](F& f) { return Get(f, IteratorAt(f, 9, 1)); });
  AddKmsRows(table, [](F& f) {
    const absl::Status error = std::exchange(f.keys.error, absl::OkStatus());
    f.PutBatch(0, 1);
    f.keys.error = error;
    return Get(f, f.Horizon());
  });
  table.Row("a batch that is damaged", "CORRUPT_RECORDS", "", [](F& f) {
    f.log.FailReads(F::Shard(0), 1, MakeError(ErrorReason::kCorruptRecords, "disk"));
    return Get(f, f.Horizon());
  });
  const auto after_calls = [](int calls, int64_t later_ms = 0) {
    return [=](F& f) {
      f.Limit(StreamLimits::Kinesis());
      const std::string iterator = f.Horizon();
      for (int i = 0; i < calls; ++i) F::Must(Get(f, iterator));
      f.clock.AdvanceMs(later_ms);
      return Get(f, iterator);
    };
  };
  table.Ok("the 4th call of a second", after_calls(3));
  table.Ok("the 5th call of a second", after_calls(4));
  table.Row("the 6th call of a second", "THROUGHPUT_EXCEEDED", "", after_calls(5));
  table.Row("the 6th after 199 ms", "THROUGHPUT_EXCEEDED", "", after_calls(5, 199));
  table.Ok("the 6th after 200 ms", after_calls(5, 200));
  // In so many seconds after an answer of 10 MiB.
  const auto after_large = [](int64_t later_ms) {
    return [=](F& f) {
      const std::string data(kMib - 1, 'x');
      const std::string key = F::KeyOfShard(0);
      F::Must(f.Put(std::vector<RecordView>(10, {data, "k", key})).status());
      f.Limit(StreamLimits::Kinesis());
      F::Must(Get(f, f.Horizon()));
      f.clock.AdvanceMs(later_ms);
      return Get(f, IteratorAt(f, 0, 11));
    };
  };
  table.Row("4.999 s after 10 MiB", "THROUGHPUT_EXCEEDED", "", after_large(4'999));
  table.Ok("5 s after 10 MiB", after_large(5'000));
  table.Ok("5.001 s after 10 MiB", after_large(5'001));
  table.Row("a dry run", "DRY_RUN", "", [](F& f) { return Get(f, f.Horizon(), 0, 0, true); });
  return table.Build();
}

// A subscription that is closed as soon as it is there, unless it is kept.
absl::Status Subscribe(F& f, const std::string& stream, const std::string& consumer,
                       const Start& start,
                       std::vector<std::shared_ptr<broker::Subscription>>* kept = nullptr,
                       bool dry_run = false) {
  SubscribeToShardRequest request;
  request.stream_name = stream;
  request.consumer_name = consumer;
  request.shard_id = start.shard;
  request.starting_position = start.type;
  request.starting_sequence_number = start.number;
  request.timestamp_ms = start.timestamp_ms;
  request.dry_run = dry_run;
  const auto subscription = f.plane->subscriptions().Subscribe(request, [] {});
  if (!subscription.ok()) return subscription.status();
  if (kept != nullptr) {
    kept->push_back(*subscription);
  } else {
    (*subscription)->Close();
  }
  return absl::OkStatus();
}

OperationTable SubscribeToShardTable() {
  DataTable table("SubscribeToShard");
  AddDataNameRows(table, [](F& f, const std::string& name) { return Subscribe(f, name, "c", {}); });
  AddStartRows(table, "starting_position",
               [](F& f, const Start& start) { return Subscribe(f, "orders", "c", start); });
  table.Row("no consumer", "INVALID_ARGUMENT", "consumer_name",
            [](F& f) { return Subscribe(f, "orders", "", {}); });
  table.Row("a consumer that is not registered", "CONSUMER_NOT_FOUND", "",
            [](F& f) { return Subscribe(f, "orders", "e", {}); });
  // The status of what `consumer` asks for `shard` so long after "c" began with shard 0.
  const auto after_another = [](const std::string& consumer, const std::string& shard,
                                int64_t later_ms) {
    return [=](F& f) {
      std::vector<std::shared_ptr<broker::Subscription>> kept;
      F::Must(Subscribe(f, "orders", "c", {}, &kept));
      f.clock.AdvanceMs(later_ms);
      const absl::Status second = Subscribe(f, "orders", consumer, {.shard = shard}, &kept);
      for (const auto& subscription : kept) subscription->Close();
      return second;
    };
  };
  table.Row("the same consumer and shard 4.999 s later", "CONSUMER_IN_USE", "",
            after_another("c", kShard, 4'999));
  table.Ok("5 s later", after_another("c", kShard, 5'000));
  table.Ok("5.001 s later", after_another("c", kShard, 5'001));
  table.Ok("another consumer of the shard", after_another("d", kShard, 0));
  table.Ok("another shard of the consumer", after_another("c", "shardId-000000000001", 0));
  const auto after_others = [](size_t others) {
    return [=](F& f) {
      std::vector<std::shared_ptr<broker::Subscription>> kept;
      for (size_t i = 0; i < others; ++i)
        F::Must(Subscribe(f, "orders", "c", {.shard = FormatShardId(ShardIndex(i))}, &kept));
      const absl::Status last = Subscribe(f, "orders", "d", {}, &kept);
      for (const auto& subscription : kept) subscription->Close();
      return last;
    };
  };
  table.Ok("one subscription below the limit", after_others(F::kSubscriptionsMax - 2));
  table.Ok("the last that is allowed", after_others(F::kSubscriptionsMax - 1));
  table.Row("one too many", "LIMIT_EXCEEDED", "", after_others(F::kSubscriptionsMax));
  table.Row("a dry run", "DRY_RUN", "",
            [](F& f) { return Subscribe(f, "orders", "c", {}, nullptr, true); });
  return table.Build();
}

}  // namespace

std::vector<OperationTable> ReadTables() {
  return {GetShardIteratorTable(), GetRecordsTable(), SubscribeToShardTable()};
}

}  // namespace penstock::testing
