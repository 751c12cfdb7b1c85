// Tables of the operations on tags, registered consumers and the account.
#include <string>
#include <vector>

#include "tests/unit/broker/stream/control_fixture.h"

namespace penstock::testing {
namespace {

using broker::CommitmentStatus;
using broker::ListConsumersQuery;
using broker::StreamSettings;
using broker::Tag;
using broker::TaggedResource;
using F = ControlFixture;

std::vector<Tag> TagsFrom(size_t first, size_t count) {
  std::vector<Tag> tags;
  for (size_t i = first; i < first + count; ++i) tags.push_back({"k" + std::to_string(i), "v"});
  return tags;
}

absl::Status AddTags(F& f, const TaggedResource& resource, const std::vector<Tag>& tags) {
  return f.Set(&StreamSettings::AddTags, resource, tags).status();
}

absl::Status RemoveTags(F& f, const TaggedResource& resource,
                        const std::vector<std::string>& keys) {
  return f.Set(&StreamSettings::RemoveTags, resource, keys).status();
}

// The stream, or its consumer "c".
void MakeResource(F& f, bool is_consumer) {
  f.Active();
  if (is_consumer) F::Must(f.Register("orders", "c").status());
}

TaggedResource ResourceOf(bool is_consumer) {
  return {"orders", is_consumer ? "c" : ""};
}

// `call` makes the operation of a fixture and a consumer "orders/<name>"; the stream is there.
template <typename Call>
void AddNoConsumerRows(ControlTable& table, Call call) {
  const auto named = [&](const std::string& input, const std::string& name,
                         const std::string& expected, const std::string& field) {
    table.Row(input, expected, field, [=](F& f) {
      f.Active();
      return call(f, name);
    });
  };
  named("a consumer name of 129 characters", std::string(129, 'c'), "INVALID_ARGUMENT",
        "consumer_name");
  named("a consumer name of 128 characters that nobody has", std::string(128, 'c'),
        "CONSUMER_NOT_FOUND", "");
  named("a consumer name with a space", "c d", "INVALID_ARGUMENT", "consumer_name");
}

OperationTable AddTagsTable(const std::string& operation, bool is_consumer) {
  ControlTable table(operation);
  AddNameRows(table, [](F& f, const std::string& name) {
    return AddTags(f, {name, ""}, TagsFrom(0, 1));
  });
  AddStateRows(table, {"OK", "OK", "STREAM_NOT_ACTIVE"}, [](F& f) {
    return AddTags(f, {"orders", ""}, TagsFrom(0, 1));
  });
  if (is_consumer) {
    AddNoConsumerRows(table, [](F& f, const std::string& consumer) {
      return AddTags(f, {"orders", consumer}, TagsFrom(0, 1));
    });
  }
  const auto add = [=](std::vector<Tag> tags, size_t tags_before = 0) {
    return [=](F& f) {
      MakeResource(f, is_consumer);
      if (tags_before > 0) F::Must(AddTags(f, ResourceOf(is_consumer), TagsFrom(0, tags_before)));
      return AddTags(f, ResourceOf(is_consumer), tags);
    };
  };
  table.Row("no tags", "INVALID_ARGUMENT", "tags", add({}));
  table.Ok("49 tags", add(TagsFrom(0, 49)));
  table.Ok("50 tags", add(TagsFrom(0, 50)));
  table.Row("51 tags", "INVALID_ARGUMENT", "tags", add(TagsFrom(0, 51)));
  table.Ok("20 to 29 others", add(TagsFrom(100, 20), 29));
  table.Ok("20 to 30 others", add(TagsFrom(100, 20), 30));
  table.Row("20 to 31 others", "INVALID_ARGUMENT", "tags", add(TagsFrom(100, 20), 31));
  table.Ok("the 50 that are there", add(TagsFrom(0, 50), 50));
  constexpr const char* kKey = "tags[0].key";
  table.Row("no key", "INVALID_ARGUMENT", kKey, add({{"", ""}}));
  table.Ok("a key of 1 character", add({{"k", ""}}));
  table.Ok("a key of 127 characters", add({{std::string(127, 'k'), ""}}));
  table.Ok("a key of 128 characters", add({{std::string(128, 'k'), ""}}));
  table.Row("a key of 129 characters", "INVALID_ARGUMENT", kKey,
            add({{std::string(129, 'k'), ""}}));
  table.Row("a key that is reserved", "INVALID_ARGUMENT", kKey, add({{"aws:k", ""}}));
  table.Row("a key with other characters", "INVALID_ARGUMENT", kKey, add({{"k?", ""}}));
  table.Row("a key twice", "INVALID_ARGUMENT", "tags[1].key", add({{"k", "a"}, {"k", "b"}}));
  table.Ok("a value of 255 characters", add({{"k", std::string(255, 'v')}}));
  table.Ok("a value of 256 characters", add({{"k", std::string(256, 'v')}}));
  table.Row("a value of 257 characters", "INVALID_ARGUMENT", "tags[0].value",
            add({{"k", std::string(257, 'v')}}));
  return table.Build();
}

OperationTable RemoveTagsTable(const std::string& operation, bool is_consumer) {
  ControlTable table(operation);
  AddNameRows(table, [](F& f, const std::string& name) {
    return RemoveTags(f, {name, ""}, {"k"});
  });
  AddStateRows(table, {"OK", "OK", "STREAM_NOT_ACTIVE"}, [](F& f) {
    return RemoveTags(f, {"orders", ""}, {"k"});
  });
  if (is_consumer) {
    AddNoConsumerRows(table, [](F& f, const std::string& consumer) {
      return RemoveTags(f, {"orders", consumer}, {"k"});
    });
  }
  const auto remove = [=](std::vector<std::string> keys) {
    return [=](F& f) {
      MakeResource(f, is_consumer);
      return RemoveTags(f, ResourceOf(is_consumer), keys);
    };
  };
  table.Row("no keys", "INVALID_ARGUMENT", "tag_keys", remove({}));
  table.Ok("a key that is not there", remove({"k"}));
  table.Ok("49 keys", remove(std::vector<std::string>(49, "k")));
  table.Ok("50 keys", remove(std::vector<std::string>(50, "k")));
  table.Row("51 keys", "INVALID_ARGUMENT", "tag_keys", remove(std::vector<std::string>(51, "k")));
  table.Ok("a key of 128 characters", remove({std::string(128, 'k')}));
  table.Row("a key of 129 characters", "INVALID_ARGUMENT", "tag_keys[0]",
            remove({std::string(129, 'k')}));
  table.Row("an empty key", "INVALID_ARGUMENT", "tag_keys[1]", remove({"k", ""}));
  return table.Build();
}

OperationTable ListTagsForStreamTable() {
  ControlTable table("ListTagsForStream");
  AddNameRows(table, [](F& f, const std::string& name) {
    return f.settings().ListTags(name, "", 0).status();
  });
  AddStateRows(table, kAlways,
               [](F& f) { return f.settings().ListTags("orders", "", 0).status(); });
  const auto list = [](std::string start, uint32_t limit) {
    return [=](F& f) {
      f.Active();
      return f.settings().ListTags("orders", start, limit).status();
    };
  };
  table.Ok("limit 1", list("", 1));
  table.Ok("limit 49", list("", 49));
  table.Ok("limit 50", list("", 50));
  table.Row("limit 51", "INVALID_ARGUMENT", "limit", list("", 51));
  table.Ok("a start of 128 characters", list(std::string(128, 'k'), 0));
  table.Row("a start of 129 characters", "INVALID_ARGUMENT", "exclusive_start_tag_key",
            list(std::string(129, 'k'), 0));
  return table.Build();
}

OperationTable ListTagsForResourceTable() {
  ControlTable table("ListTagsForResource");
  AddNameRows(table, [](F& f, const std::string& name) {
    return f.settings().TagsOf({name, ""}).status();
  });
  AddStateRows(table, kAlways, [](F& f) { return f.settings().TagsOf({"orders", ""}).status(); });
  AddNoConsumerRows(table, [](F& f, const std::string& consumer) {
    return f.settings().TagsOf({"orders", consumer}).status();
  });
  table.Ok("a consumer", [](F& f) {
    MakeResource(f, true);
    return f.settings().TagsOf(ResourceOf(true)).status();
  });
  return table.Build();
}

OperationTable RegisterConsumerTable() {
  ControlTable table("RegisterStreamConsumer");
  AddNameRows(table, [](F& f, const std::string& name) { return f.Register(name, "c").status(); });
  AddStateRows(table, {"STREAM_NOT_ACTIVE", "OK", "STREAM_NOT_ACTIVE"},
               [](F& f) { return f.Register("orders", "c").status(); });
  const auto named = [](std::string name, std::vector<Tag> tags = {}) {
    return [=](F& f) {
      f.Active();
      return f.Register("orders", name, tags).status();
    };
  };
  constexpr const char* kName = "consumer_name";
  table.Row("no consumer name", "INVALID_ARGUMENT", kName, named(""));
  table.Ok("a consumer name of 127 characters", named(std::string(127, 'c')));
  table.Ok("a consumer name of 128 characters", named(std::string(128, 'c')));
  table.Row("a consumer name of 129 characters", "INVALID_ARGUMENT", kName,
            named(std::string(129, 'c')));
  table.Row("a consumer name with a colon", "INVALID_ARGUMENT", kName, named("c:1"));
  table.Ok("50 tags", named("c", TagsFrom(0, 50)));
  table.Row("51 tags", "INVALID_ARGUMENT", "tags", named("c", TagsFrom(0, 51)));
  table.Row("a name that a consumer has", "CONSUMER_ALREADY_EXISTS", "", [](F& f) {
    MakeResource(f, true);
    return f.Register("orders", "c").status();
  });
  const auto beside = [](int others, bool committed) {
    return [=](F& f) {
      if (committed) f.Commit();
      f.Active();
      for (int i = 0; i < others; ++i)
        F::Must(f.Register("orders", "other" + std::to_string(i)).status());
      return f.Register("orders", "c").status();
    };
  };
  table.Ok("the 19th consumer", beside(18, false));
  table.Ok("the 20th consumer", beside(19, false));
  table.Row("the 21st consumer", "LIMIT_EXCEEDED", "", beside(20, false));
  table.Ok("the 21st with a commitment", beside(20, true));
  table.Ok("the 49th with a commitment", beside(48, true));
  table.Ok("the 50th with a commitment", beside(49, true));
  table.Row("the 51st with a commitment", "LIMIT_EXCEEDED", "", beside(50, true));
  return table.Build();
}

OperationTable DeregisterConsumerTable() {
  ControlTable table("DeregisterStreamConsumer");
  AddNameRows(table, [](F& f, const std::string& name) { return f.Deregister(name, "c"); });
  AddStateRows(table, {"CONSUMER_NOT_FOUND", "CONSUMER_NOT_FOUND", "CONSUMER_NOT_FOUND"},
               [](F& f) { return f.Deregister("orders", "c"); });
  AddNoConsumerRows(
      table, [](F& f, const std::string& consumer) { return f.Deregister("orders", consumer); });
  table.Ok("a consumer", [](F& f) {
    MakeResource(f, true);
    return f.Deregister("orders", "c");
  });
  return table.Build();
}

OperationTable DescribeConsumerTable() {
  ControlTable table("DescribeStreamConsumer");
  AddNameRows(table, [](F& f, const std::string& name) {
    return f.consumers().Describe(name, "c").status();
  });
  AddNoConsumerRows(table, [](F& f, const std::string& consumer) {
    return f.consumers().Describe("orders", consumer).status();
  });
  table.Ok("a consumer", [](F& f) {
    MakeResource(f, true);
    return f.consumers().Describe("orders", "c").status();
  });
  return table.Build();
}

absl::Status NextConsumers(F& f, int64_t later_ms, ListConsumersQuery query = {}) {
  MakeResource(f, true);
  F::Must(f.Register("orders", "d").status());
  const auto first = f.consumers().List({.stream_name = "orders", .max_results = 1});
  F::Must(first.status());
  f.clock_.AdvanceMs(later_ms);
  query.next_token = first->next_token;
  return f.consumers().List(query).status();
}

OperationTable ListConsumersTable() {
  ControlTable table("ListStreamConsumers");
  AddNameRows(table, [](F& f, const std::string& name) {
    return f.consumers().List({.stream_name = name}).status();
  });
  AddStateRows(table, kAlways,
               [](F& f) { return f.consumers().List({.stream_name = "orders"}).status(); });
  const auto list = [](ListConsumersQuery query) {
    query.stream_name = "orders";
    return [=](F& f) {
      f.Active();
      return f.consumers().List(query).status();
    };
  };
  table.Ok("max_results 1", list({.max_results = 1}));
  table.Ok("max_results 9999", list({.max_results = 9'999}));
  table.Ok("max_results 10000", list({.max_results = 10'000}));
  table.Row("max_results 10001", "INVALID_ARGUMENT", "max_results", list({.max_results = 10'001}));
  table.Ok("the stream of that time", list({.stream_creation_timestamp_ms = F::kStartMs}));
  table.Row("a stream of another time", "STREAM_NOT_FOUND", "",
            list({.stream_creation_timestamp_ms = F::kStartMs + 1}));
  table.Row("a token that is none", "INVALID_ARGUMENT", "next_token",
            [](F& f) { return f.consumers().List({.next_token = "x"}).status(); });
  table.Ok("a token of 299.999 s", [](F& f) { return NextConsumers(f, 299'999); });
  table.Ok("a token of 300 s", [](F& f) { return NextConsumers(f, 300'000); });
  table.Row("a token of 300.001 s", "EXPIRED_NEXT_TOKEN", "next_token",
            [](F& f) { return NextConsumers(f, 300'001); });
  table.Row("a token and a stream", "INVALID_ARGUMENT", "stream_name",
            [](F& f) { return NextConsumers(f, 0, {.stream_name = "orders"}); });
  return table.Build();
}

OperationTable UpdateAccountSettingsTable() {
  ControlTable table("UpdateAccountSettings");
  constexpr const char* kField = "minimum_throughput_billing_commitment_status";
  const auto after = [](std::vector<CommitmentStatus> before, CommitmentStatus status,
                        int64_t later_ms = 0) {
    return [=](F& f) {
      for (const CommitmentStatus earlier : before)
        F::Must(f.SettingsFixture::Commit(earlier).status());
      f.clock_.AdvanceMs(later_ms);
      return f.SettingsFixture::Commit(status).status();
    };
  };
  constexpr auto kOn = CommitmentStatus::kEnabled;
  constexpr auto kOff = CommitmentStatus::kDisabled;
  constexpr int64_t kDayMs = 24 * 3'600'000;
  table.Ok("ENABLED", after({}, kOn));
  table.Ok("DISABLED at once", after({kOn}, kOff));
  table.Ok("DISABLED after a day", after({kOn}, kOff, kDayMs));
  table.Row("DISABLED when it is", "INVALID_ARGUMENT", kField, after({}, kOff));
  table.Row("ENABLED when it is", "INVALID_ARGUMENT", kField, after({kOn}, kOn));
  table.Row("DISABLED when it is ending", "INVALID_ARGUMENT", kField,
            after({kOn, kOff}, kOff, kDayMs - 1));
  table.Row("DISABLED when it has ended", "INVALID_ARGUMENT", kField,
            after({kOn, kOff}, kOff, kDayMs));
  table.Ok("ENABLED when it is ending", after({kOn, kOff}, kOn, kDayMs - 1));
  table.Ok("ENABLED when it has ended", after({kOn, kOff}, kOn, kDayMs));
  table.Row("no status", "INVALID_ARGUMENT", kField, after({}, CommitmentStatus{0}));
  table.Row("a status of answers", "INVALID_ARGUMENT", kField,
            after({}, CommitmentStatus::kEnabledUntilEarliestAllowedEnd));
  return table.Build();
}

OperationTable DescribeAccountSettingsTable() {
  ControlTable table("DescribeAccountSettings");
  table.Ok("nothing", [](F& f) {
    f.Commit();
    const bool right = f.account_->commitment().status == CommitmentStatus::kEnabled;
    return right ? absl::OkStatus() : absl::InternalError("the commitment is not told");
  });
  return table.Build();
}

}  // namespace

std::vector<OperationTable> TagsTables() {
  return {AddTagsTable("AddTagsToStream", false),
          AddTagsTable("TagResource", true),
          RemoveTagsTable("RemoveTagsFromStream", false),
          RemoveTagsTable("UntagResource", true),
          ListTagsForStreamTable(),
          ListTagsForResourceTable()};
}

std::vector<OperationTable> ConsumerTables() {
  return {RegisterConsumerTable(), DeregisterConsumerTable(), DescribeConsumerTable(),
          ListConsumersTable()};
}

std::vector<OperationTable> AccountTables() {
  return {UpdateAccountSettingsTable(), DescribeAccountSettingsTable()};
}

}  // namespace penstock::testing
