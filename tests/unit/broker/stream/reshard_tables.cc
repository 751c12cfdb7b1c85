// Tables of the operations that change which shards a stream has.
#include <string>
#include <vector>

#include "common/hash_key.h"
#include "tests/unit/broker/stream/control_fixture.h"

namespace penstock::testing {
namespace {

using F = ControlFixture;

constexpr const char* kFirst = "shardId-000000000000";
constexpr const char* kSecond = "shardId-000000000001";
constexpr const char* kThird = "shardId-000000000002";
constexpr const char* kNone = "shardId-000000000009";
// Of the first of two shards: 2^127 - 1.
constexpr const char* kLastOfFirst = "170141183460469231731687303715884105727";
constexpr const char* kLastOfFirstLess1 = "170141183460469231731687303715884105726";
constexpr const char* kLastOfFirstLess2 = "170141183460469231731687303715884105725";
constexpr const char* kAboveAll = "340282366920938463463374607431768211456";

OperationTable SplitShardTable() {
  ControlTable table("SplitShard");
  AddNameRows(table, [](F& f, const std::string& name) { return f.Split({name, kFirst, "1000"}); });
  AddStateRows(table, kOnlyActive, [](F& f) { return f.Split({"orders", kFirst, "1000"}); });
  const auto split = [](std::string shard, std::string key) {
    return [=](F& f) {
      f.Active(2);
      return f.Split({"orders", shard, key});
    };
  };
  table.Row("no shard", "INVALID_ARGUMENT", "shard_to_split", split("", "1000"));
  table.Row("what is no shard", "INVALID_ARGUMENT", "shard_to_split", split("shard-0", "1000"));
  table.Row("a shard that is not there", "SHARD_NOT_FOUND", "", split(kNone, "1000"));
  constexpr const char* kKey = "new_starting_hash_key";
  table.Row("no key", "INVALID_ARGUMENT", kKey, split(kFirst, ""));
  table.Row("a key that is no number", "INVALID_ARGUMENT", kKey, split(kFirst, "0x10"));
  table.Row("a key of 2^128", "INVALID_ARGUMENT", kKey, split(kFirst, kAboveAll));
  table.Row("the shard's first key", "INVALID_ARGUMENT", kKey, split(kFirst, "0"));
  table.Row("one above it", "INVALID_ARGUMENT", kKey, split(kFirst, "1"));
  table.Ok("two above it", split(kFirst, "2"));
  table.Ok("two below the shard's last key", split(kFirst, kLastOfFirstLess2));
  table.Ok("one below it", split(kFirst, kLastOfFirstLess1));
  table.Row("the shard's last key", "INVALID_ARGUMENT", kKey, split(kFirst, kLastOfFirst));
  table.Row("a key of another shard", "INVALID_ARGUMENT", kKey, split(kSecond, "1000"));
  table.Row("a shard that is closed", "INVALID_ARGUMENT", "shard_to_split", [](F& f) {
    f.Active(2);
    F::Must(f.Split({"orders", kFirst, "1000"}));
    f.MustWait();
    return f.Split({"orders", kFirst, "500"});
  });
  table.Row("an on-demand stream", "WRONG_STREAM_MODE", "", [](F& f) {
    f.ActiveOnDemand();
    return f.Split({"orders", kFirst, "1000"});
  });
  const auto on_node = [](uint32_t shards_max) {
    return [=](F& f) {
      f.LimitNode(9, shards_max);
      f.Active(2);
      return f.Split({"orders", kFirst, "1000"});
    };
  };
  table.Ok("room for one shard more", on_node(5));
  table.Ok("just room for it", on_node(4));
  table.Row("a shard too many for the node", "LIMIT_EXCEEDED", "", on_node(3));
  return table.Build();
}

OperationTable MergeShardsTable() {
  ControlTable table("MergeShards");
  AddNameRows(table, [](F& f, const std::string& name) {
    return f.Merge({name, kFirst, kSecond});
  });
  AddStateRows(table, kOnlyActive, [](F& f) { return f.Merge({"orders", kFirst, kSecond}); });
  const auto merge = [](std::string shard, std::string adjacent) {
    return [=](F& f) {
      f.Active(3);
      return f.Merge({"orders", shard, adjacent});
    };
  };
  table.Ok("two neighbours", merge(kFirst, kSecond));
  table.Row("no shard", "INVALID_ARGUMENT", "shard_to_merge", merge("", kSecond));
  table.Row("no neighbour", "INVALID_ARGUMENT", "adjacent_shard_to_merge", merge(kFirst, ""));
  table.Row("what is no shard", "INVALID_ARGUMENT", "shard_to_merge", merge("x", kSecond));
  table.Row("a shard that is not there", "SHARD_NOT_FOUND", "", merge(kNone, kSecond));
  table.Row("a neighbour that is not there", "SHARD_NOT_FOUND", "", merge(kFirst, kNone));
  table.Row("shards that are not neighbours", "INVALID_ARGUMENT", "", merge(kFirst, kThird));
  table.Row("a shard with itself", "INVALID_ARGUMENT", "", merge(kFirst, kFirst));
  table.Row("a shard that is closed", "INVALID_ARGUMENT", "", [](F& f) {
    f.Active(3);
    F::Must(f.Merge({"orders", kFirst, kSecond}));
    f.MustWait();
    return f.Merge({"orders", kSecond, kThird});
  });
  table.Row("an on-demand stream", "WRONG_STREAM_MODE", "", [](F& f) {
    f.ActiveOnDemand();
    return f.Merge({"orders", kFirst, kSecond});
  });
  const auto on_node = [](uint32_t shards_max) {
    return [=](F& f) {
      f.LimitNode(9, shards_max);
      f.Active(2);
      return f.Merge({"orders", kFirst, kSecond});
    };
  };
  table.Ok("room for one shard more", on_node(4));
  table.Ok("just room for it", on_node(3));
  table.Row("a shard too many for the node", "LIMIT_EXCEEDED", "", on_node(2));
  return table.Build();
}

// The status of the last of so many changes of the shard count, each after the one before is done.
absl::Status ScaleTimes(F& f, int times, int64_t before_last_ms) {
  f.ActiveKinesis(2);
  absl::Status last;
  for (int i = 1; i <= times; ++i) {
    if (i == times) f.clock_.AdvanceMs(before_last_ms);
    last = f.Scale("orders", i % 2 == 1 ? 3 : 2);
    if (i < times) F::Must(last);
    f.MustWait();
  }
  return last;
}

OperationTable UpdateShardCountTable() {
  ControlTable table("UpdateShardCount");
  AddNameRows(table, [](F& f, const std::string& name) { return f.Scale(name, 2); });
  AddStateRows(table, kOnlyActive, [](F& f) { return f.Scale("orders", 3); });
  const auto scale = [](uint32_t target) {
    return [=](F& f) {
      f.Active(2);
      return f.Scale("orders", target);
    };
  };
  table.Row("0 shards", "INVALID_ARGUMENT", "target_shard_count", scale(0));
  table.Ok("1 shard", scale(1));
  table.Ok("2 shards, which it has", scale(2));
  table.Row("10001 shards", "INVALID_ARGUMENT", "target_shard_count", scale(10'001));
  table.Row("an on-demand stream", "WRONG_STREAM_MODE", "", [](F& f) {
    f.ActiveOnDemand();
    return f.Scale("orders", 2);
  });
  const auto kinesis = [](uint32_t shards, uint32_t target) {
    return [=](F& f) {
      f.ActiveKinesis(shards);
      return f.Scale("orders", target);
    };
  };
  table.Ok("by the limits of Kinesis one less than twice", kinesis(4, 7));
  table.Ok("twice", kinesis(4, 8));
  table.Row("one more than twice", "LIMIT_EXCEEDED", "target_shard_count", kinesis(4, 9));
  table.Ok("one more than half", kinesis(4, 3));
  table.Ok("half", kinesis(4, 2));
  table.Row("one less than half", "LIMIT_EXCEEDED", "target_shard_count", kinesis(4, 1));
  constexpr int64_t kDayMs = 24 * 3'600'000;
  table.Ok("the 9th change of a day", [](F& f) { return ScaleTimes(f, 9, 0); });
  table.Ok("the 10th change of a day", [](F& f) { return ScaleTimes(f, 10, 0); });
  table.Row("the 11th change of a day", "LIMIT_EXCEEDED", "",
            [](F& f) { return ScaleTimes(f, 11, kDayMs - 1); });
  table.Ok("the 11th a day after the first", [](F& f) { return ScaleTimes(f, 11, kDayMs); });
  const auto on_node = [](uint32_t shards_max) {
    return [=](F& f) {
      f.LimitNode(9, shards_max);
      f.Active(2);
      return f.Scale("orders", 4);
    };
  };
  table.Ok("room for one shard more", on_node(7));
  table.Ok("just room for it", on_node(6));
  table.Row("a shard too many for the node", "LIMIT_EXCEEDED", "", on_node(5));
  return table.Build();
}

}  // namespace

std::vector<OperationTable> ReshardTables() {
  return {SplitShardTable(), MergeShardsTable(), UpdateShardCountTable()};
}

}  // namespace penstock::testing
