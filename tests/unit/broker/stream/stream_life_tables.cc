// Tables of the operations that make, remove, describe and list streams.
#include <optional>
#include <string>
#include <vector>

#include "common/limits.h"
#include "tests/unit/broker/stream/control_fixture.h"

namespace penstock::testing {
namespace {

using broker::CreateStreamSpec;
using broker::ListShardsQuery;
using broker::ListStreamsQuery;
using broker::ShardFilterSpec;
using broker::ShardFilterType;
using broker::StreamLimits;
using broker::StreamMode;
using F = ControlFixture;

std::vector<broker::Tag> TagsOf(size_t count) {
  std::vector<broker::Tag> tags;
  for (size_t i = 0; i < count; ++i) tags.push_back({"key" + std::to_string(i), "value"});
  return tags;
}

void AddCreateSizes(ControlTable& table) {
  const auto sized = [&](const std::string& input, const std::string& expected,
                         const std::string& field, uint32_t CreateStreamSpec::*member,
                         uint32_t value) {
    table.Row(input + " " + std::to_string(value), expected, field, [=](F& f) {
      CreateStreamSpec spec{"orders"};
      spec.*member = value;
      return f.Create(spec);
    });
  };
  const auto kShards = &CreateStreamSpec::shard_count;
  sized("shard_count", "OK", "", kShards, 0);
  sized("shard_count", "OK", "", kShards, 1);
  sized("shard_count", "OK", "", kShards, 9'999);
  sized("shard_count", "OK", "", kShards, 10'000);
  sized("shard_count", "INVALID_ARGUMENT", "shard_count", kShards, 10'001);
  const auto kKib = &CreateStreamSpec::max_record_size_in_kib;
  sized("max_record_size_in_kib", "INVALID_ARGUMENT", "max_record_size_in_kib", kKib, 1'023);
  sized("max_record_size_in_kib", "OK", "", kKib, 1'024);
  sized("max_record_size_in_kib", "OK", "", kKib, 1'025);
  sized("max_record_size_in_kib", "OK", "", kKib, 10'239);
  sized("max_record_size_in_kib", "OK", "", kKib, 10'240);
  sized("max_record_size_in_kib", "INVALID_ARGUMENT", "max_record_size_in_kib", kKib, 10'241);
  const auto kHours = &CreateStreamSpec::retention_period_hours;
  sized("retention hours", "INVALID_ARGUMENT", "retention_period_hours", kHours, 23);
  sized("retention hours", "OK", "", kHours, 24);
  sized("retention hours", "OK", "", kHours, 25);
  sized("retention hours", "OK", "", kHours, 8'759);
  sized("retention hours", "OK", "", kHours, 8'760);
  sized("retention hours", "INVALID_ARGUMENT", "retention_period_hours", kHours, 8'761);
  const auto kMinutes = &CreateStreamSpec::retention_period_minutes;
  sized("retention minutes", "OK", "", kMinutes, 1);
  sized("retention minutes", "OK", "", kMinutes, 525'600);
  sized("retention minutes", "INVALID_ARGUMENT", "retention_period_minutes", kMinutes, 525'601);
}

void AddCreateModes(ControlTable& table) {
  const auto warm = [](F& f, bool committed, StreamMode mode, uint32_t mibps, uint32_t shards = 0) {
    if (committed) f.Commit();
    CreateStreamSpec spec{"orders", shards};
    spec.mode = mode;
    spec.warm_throughput_mibps = mibps;
    return f.Create(spec);
  };
  constexpr auto kOnDemand = StreamMode::kOnDemand;
  table.Ok("on-demand", [=](F& f) { return warm(f, false, kOnDemand, 0); });
  table.Row("a mode that is none", "INVALID_ARGUMENT", "stream_mode",
            [=](F& f) { return warm(f, false, StreamMode{3}, 0); });
  table.Row("warm throughput without a commitment", "INVALID_ARGUMENT", "warm_throughput_mibps",
            [=](F& f) { return warm(f, false, kOnDemand, 1); });
  table.Row("warm throughput of a provisioned stream", "INVALID_ARGUMENT", "warm_throughput_mibps",
            [=](F& f) { return warm(f, true, StreamMode::kProvisioned, 1); });
  table.Row("warm throughput and shard_count", "INVALID_ARGUMENT", "shard_count",
            [=](F& f) { return warm(f, true, kOnDemand, 1, 1); });
  table.Ok("warm throughput 10239", [=](F& f) { return warm(f, true, kOnDemand, 10'239); });
  table.Ok("warm throughput 10240", [=](F& f) { return warm(f, true, kOnDemand, 10'240); });
  table.Row("warm throughput 10241", "INVALID_ARGUMENT", "warm_throughput_mibps",
            [=](F& f) { return warm(f, true, kOnDemand, 10'241); });
}

void AddCreateLimitsAndTags(ControlTable& table) {
  const auto limits = [](F& f, StreamLimits given) {
    CreateStreamSpec spec{"orders"};
    spec.limits = given;
    return f.Create(spec);
  };
  using Profile = StreamLimits::Profile;
  constexpr uint64_t kMax = kLimitPerSecondMax;
  table.Row("a profile that is none", "INVALID_ARGUMENT", "limits.profile",
            [=](F& f) { return limits(f, {Profile{4}}); });
  table.Ok("a limit at the most less 1", [=](F& f) {
    return limits(f, {Profile::kCustom, kMax - 1});
  });
  table.Ok("a limit at the most", [=](F& f) { return limits(f, {Profile::kCustom, kMax}); });
  table.Row("a limit one above", "INVALID_ARGUMENT", "limits.write_records_per_second", [=](F& f) {
    return limits(f, {Profile::kCustom, kMax + 1});
  });
  table.Row("a number with a profile that has its own", "INVALID_ARGUMENT",
            "limits.write_records_per_second", [=](F& f) {
              return limits(f, {Profile::kKinesis, 1});
            });

  const auto tagged = [](F& f, std::vector<broker::Tag> tags) {
    CreateStreamSpec spec{"orders"};
    spec.tags = std::move(tags);
    return f.Create(spec);
  };
  table.Ok("49 tags", [=](F& f) { return tagged(f, TagsOf(49)); });
  table.Ok("50 tags", [=](F& f) { return tagged(f, TagsOf(50)); });
  table.Row("51 tags", "INVALID_ARGUMENT", "tags", [=](F& f) { return tagged(f, TagsOf(51)); });
  table.Row("a tag key of 129 characters", "INVALID_ARGUMENT", "tags[0].key", [=](F& f) {
    return tagged(f, {{std::string(129, 'k'), ""}});
  });
  table.Row("a tag value of 257 characters", "INVALID_ARGUMENT", "tags[0].value", [=](F& f) {
    return tagged(f, {{"k", std::string(257, 'v')}});
  });
}

OperationTable CreateStreamTable() {
  ControlTable table("CreateStream");
  const auto named = [](std::string name) { return [name](F& f) { return f.Create({name}); }; };
  table.Row("no name", "INVALID_ARGUMENT", "stream_name", named(""));
  table.Ok("a name of 1 character", named("x"));
  table.Ok("a name of 127 characters", named(std::string(127, 'x')));
  table.Ok("a name of 128 characters", named(std::string(128, 'x')));
  table.Row("a name of 129 characters", "INVALID_ARGUMENT", "stream_name",
            named(std::string(129, 'x')));
  table.Row("a name with a slash", "INVALID_ARGUMENT", "stream_name", named("a/b"));
  AddCreateSizes(table);
  table.Row("retention in hours and minutes", "INVALID_ARGUMENT", "retention_period_minutes",
            [](F& f) {
              return f.Create({"orders", 1, 0, 24, 60});
            });
  AddCreateModes(table);
  AddCreateLimitsAndTags(table);
  table.Row("a name that a stream has", "STREAM_ALREADY_EXISTS", "", [](F& f) {
    f.Active();
    return f.Create({"orders", 1});
  });
  table.Row("a name that a stream in DELETING has", "STREAM_ALREADY_EXISTS", "", [](F& f) {
    f.Deleting();
    return f.Create({"orders", 1});
  });
  const auto beside_one = [](uint32_t streams, uint32_t shards) {
    return [=](F& f) {
      f.LimitNode(streams, shards);
      f.Active(3);
      return f.Create({"more", 2});
    };
  };
  table.Ok("one stream below the node's limit", beside_one(3, 100));
  table.Ok("the last stream of a node", beside_one(2, 100));
  table.Row("one stream too many", "LIMIT_EXCEEDED", "", beside_one(1, 100));
  table.Ok("one shard below the node's limit", beside_one(9, 6));
  table.Ok("the last shards of a node", beside_one(9, 5));
  table.Row("one shard too many", "LIMIT_EXCEEDED", "", beside_one(9, 4));
  const auto on_demand_beside = [](uint32_t others) {
    return [=](F& f) {
      CreateStreamSpec spec;
      spec.mode = StreamMode::kOnDemand;
      for (uint32_t i = 0; i < others; ++i) {
        spec.name = "other" + std::to_string(i);
        F::Must(f.Create(spec));
      }
      spec.name = "orders";
      return f.Create(spec);
    };
  };
  table.Ok("the 49th on-demand stream", on_demand_beside(48));
  table.Ok("the 50th on-demand stream", on_demand_beside(49));
  table.Row("the 51st on-demand stream", "LIMIT_EXCEEDED", "", on_demand_beside(50));
  return table.Build();
}

OperationTable DeleteStreamTable() {
  ControlTable table("DeleteStream");
  AddNameRows(table, [](F& f, const std::string& name) { return f.Delete(name); });
  AddStateRows(table, kOnlyActive, [](F& f) { return f.Delete("orders"); });
  const auto with_consumer = [](bool enforce) {
    return [=](F& f) {
      f.Active();
      F::Must(f.Register("orders", "c").status());
      return f.Delete("orders", enforce);
    };
  };
  table.Row("a stream with a consumer", "STREAM_HAS_CONSUMERS", "", with_consumer(false));
  table.Ok("the same, with its consumers", with_consumer(true));
  table.Ok("a stream", [](F& f) {
    f.Active();
    return f.Delete("orders");
  });
  return table.Build();
}

OperationTable DescribeStreamTable() {
  ControlTable table("DescribeStream");
  AddNameRows(table, [](F& f, const std::string& name) {
    return f.catalog_->DescribeStream({name, 0, ""}).status();
  });
  AddStateRows(table, kAlways, [](F& f) {
    return f.catalog_->DescribeStream({"orders", 0, ""}).status();
  });
  const auto paged = [](uint32_t limit, std::string start) {
    return [=](F& f) {
      f.Active();
      return f.catalog_->DescribeStream({"orders", limit, start}).status();
    };
  };
  table.Ok("limit 1", paged(1, ""));
  table.Ok("limit 9999", paged(9'999, ""));
  table.Ok("limit 10000", paged(10'000, ""));
  table.Row("limit 10001", "INVALID_ARGUMENT", "limit", paged(10'001, ""));
  table.Ok("from behind a shard that is not there", paged(0, "shardId-000000000009"));
  table.Row("from behind what is no shard", "INVALID_ARGUMENT", "exclusive_start_shard_id",
            paged(0, "shard-9"));
  return table.Build();
}

OperationTable DescribeStreamSummaryTable() {
  ControlTable table("DescribeStreamSummary");
  AddNameRows(table, [](F& f, const std::string& name) {
    return f.catalog_->DescribeStreamSummary(name).status();
  });
  AddStateRows(table, kAlways,
               [](F& f) { return f.catalog_->DescribeStreamSummary("orders").status(); });
  return table.Build();
}

// The status of a second page that is asked for so much later.
absl::Status NextStreams(F& f, int64_t later_ms) {
  f.CreateActive("a");
  f.CreateActive("b");
  const auto first = f.catalog_->ListStreams({.limit = 1});
  F::Must(first.status());
  f.clock_.AdvanceMs(later_ms);
  return f.catalog_->ListStreams({.next_token = first->next_token}).status();
}

OperationTable ListStreamsTable() {
  ControlTable table("ListStreams");
  const auto query = [](ListStreamsQuery query) {
    return [=](F& f) { return f.catalog_->ListStreams(query).status(); };
  };
  table.Ok("nothing", query({}));
  table.Ok("limit 1", query({.limit = 1}));
  table.Ok("limit 9999", query({.limit = 9'999}));
  table.Ok("limit 10000", query({.limit = 10'000}));
  table.Row("limit 10001", "INVALID_ARGUMENT", "limit", query({.limit = 10'001}));
  table.Ok("a start of 128 characters",
           query({.exclusive_start_stream_name = std::string(128, 'x')}));
  table.Row("a start of 129 characters", "INVALID_ARGUMENT", "exclusive_start_stream_name",
            query({.exclusive_start_stream_name = std::string(129, 'x')}));
  table.Row("a start and a token", "INVALID_ARGUMENT", "exclusive_start_stream_name",
            query({.exclusive_start_stream_name = "x", .next_token = "x"}));
  table.Row("a token that is none", "INVALID_ARGUMENT", "next_token", query({.next_token = "x"}));
  table.Ok("a token of 299.999 s", [](F& f) { return NextStreams(f, 299'999); });
  table.Ok("a token of 300 s", [](F& f) { return NextStreams(f, 300'000); });
  table.Row("a token of 300.001 s", "EXPIRED_NEXT_TOKEN", "next_token",
            [](F& f) { return NextStreams(f, 300'001); });
  return table.Build();
}

absl::Status NextShards(F& f, int64_t later_ms, ListShardsQuery query = {}) {
  f.Active(2);
  const auto first = f.catalog_->ListShards({.stream_name = "orders", .max_results = 1});
  F::Must(first.status());
  f.clock_.AdvanceMs(later_ms);
  query.next_token = first->next_token;
  return f.catalog_->ListShards(query).status();
}

void AddFilterRows(ControlTable& table) {
  const auto filtered = [](ShardFilterSpec filter) {
    return [=](F& f) {
      f.Active();
      return f.catalog_->ListShards({.stream_name = "orders", .filter = filter}).status();
    };
  };
  constexpr int64_t kNow = F::kStartMs;
  using Type = ShardFilterType;
  table.Row("a filter without a type", "INVALID_ARGUMENT", "shard_filter.type", filtered({}));
  table.Row("a filter of no type", "INVALID_ARGUMENT", "shard_filter.type", filtered({Type{7}}));
  for (const Type type : {Type::kAtTrimHorizon, Type::kFromTrimHorizon, Type::kAtLatest}) {
    const std::string name = "filter " + std::to_string(static_cast<int>(type));
    table.Ok(name, filtered({type}));
    table.Row(name + " with a shard", "INVALID_ARGUMENT", "shard_filter.shard_id",
              filtered({type, "shardId-000000000000"}));
    table.Row(name + " with a time", "INVALID_ARGUMENT", "shard_filter.timestamp_ms",
              filtered({type, "", kNow}));
  }
  table.Ok("after a shard", filtered({Type::kAfterShardId, "shardId-000000000000"}));
  table.Row("after no shard", "INVALID_ARGUMENT", "shard_filter.shard_id",
            filtered({Type::kAfterShardId}));
  table.Row("after what is no shard", "INVALID_ARGUMENT", "shard_filter.shard_id",
            filtered({Type::kAfterShardId, "x"}));
  for (const Type type : {Type::kAtTimestamp, Type::kFromTimestamp}) {
    const std::string name = "filter " + std::to_string(static_cast<int>(type));
    table.Row(name + " without a time", "INVALID_ARGUMENT", "shard_filter.timestamp_ms",
              filtered({type}));
    table.Row(name + " before 1970", "INVALID_ARGUMENT", "shard_filter.timestamp_ms",
              filtered({type, "", -1}));
    table.Ok(name + " at 1970", filtered({type, "", 0}));
    table.Ok(name + " a millisecond ago", filtered({type, "", kNow - 1}));
    table.Ok(name + " now", filtered({type, "", kNow}));
    table.Row(name + " in a millisecond", "INVALID_ARGUMENT", "shard_filter.timestamp_ms",
              filtered({type, "", kNow + 1}));
  }
}

OperationTable ListShardsTable() {
  ControlTable table("ListShards");
  AddNameRows(table, [](F& f, const std::string& name) {
    return f.catalog_->ListShards({.stream_name = name}).status();
  });
  AddStateRows(table, {"STREAM_NOT_ACTIVE", "OK", "STREAM_NOT_ACTIVE"},
               [](F& f) { return f.catalog_->ListShards({.stream_name = "orders"}).status(); });
  const auto query = [](ListShardsQuery query) {
    query.stream_name = "orders";
    return [=](F& f) {
      f.Active();
      return f.catalog_->ListShards(query).status();
    };
  };
  table.Ok("max_results 1", query({.max_results = 1}));
  table.Ok("max_results 9999", query({.max_results = 9'999}));
  table.Ok("max_results 10000", query({.max_results = 10'000}));
  table.Row("max_results 10001", "INVALID_ARGUMENT", "max_results", query({.max_results = 10'001}));
  table.Row("from behind what is no shard", "INVALID_ARGUMENT", "exclusive_start_shard_id",
            query({.exclusive_start_shard_id = "x"}));
  table.Ok("the stream of that time", query({.stream_creation_timestamp_ms = F::kStartMs}));
  table.Row("a stream of another time", "STREAM_NOT_FOUND", "",
            query({.stream_creation_timestamp_ms = F::kStartMs - 1}));
  AddFilterRows(table);
  table.Row("a token that is none", "INVALID_ARGUMENT", "next_token",
            [](F& f) { return f.catalog_->ListShards({.next_token = "x"}).status(); });
  table.Ok("a token of 299.999 s", [](F& f) { return NextShards(f, 299'999); });
  table.Ok("a token of 300 s", [](F& f) { return NextShards(f, 300'000); });
  table.Row("a token of 300.001 s", "EXPIRED_NEXT_TOKEN", "next_token",
            [](F& f) { return NextShards(f, 300'001); });
  const auto with_token = [](ListShardsQuery query) {
    return [=](F& f) { return NextShards(f, 0, query); };
  };
  table.Row("a token and a stream", "INVALID_ARGUMENT", "stream_name",
            with_token({.stream_name = "orders"}));
  table.Row("a token and a start", "INVALID_ARGUMENT", "exclusive_start_shard_id",
            with_token({.exclusive_start_shard_id = "shardId-000000000000"}));
  table.Row("a token and a filter", "INVALID_ARGUMENT", "shard_filter",
            with_token({.filter = ShardFilterSpec{ShardFilterType::kAtLatest}}));
  table.Row("a token and a time", "INVALID_ARGUMENT", "stream_creation_timestamp_ms",
            with_token({.stream_creation_timestamp_ms = F::kStartMs}));
  return table.Build();
}

OperationTable DescribeLimitsTable() {
  ControlTable table("DescribeLimits");
  table.Ok("nothing", [](F& f) {
    f.Active(3);
    const broker::StreamTotals totals = f.catalog_->Totals();
    const bool right = totals.open_shard_count == 3 && totals.on_demand_stream_count == 0 &&
                       totals.shard_limit == kShardsMax &&
                       totals.on_demand_stream_count_limit == kOnDemandStreamsMax;
    return right ? absl::OkStatus() : absl::InternalError("the totals are wrong");
  });
  return table.Build();
}

}  // namespace

std::vector<OperationTable> StreamLifeTables() {
  return {CreateStreamTable(),          DeleteStreamTable(), DescribeStreamTable(),
          DescribeStreamSummaryTable(), ListStreamsTable(),  ListShardsTable(),
          DescribeLimitsTable()};
}

}  // namespace penstock::testing
