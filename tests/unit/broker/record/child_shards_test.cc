#include "broker/record/child_shards.h"

#include <cstdint>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/broker/record/reshard_fixture.h"

namespace penstock::broker {
namespace {

using Parents = std::vector<uint32_t>;

struct Child {
  uint32_t shard;
  Parents parents;

  friend bool operator==(const Child&, const Child&) = default;
};
using Children = std::vector<Child>;

struct Fixture : ReshardFixture {
  Children ChildrenOf(uint32_t shard) {
    const auto stream = directory.Find("orders").value();
    Children children;
    for (const ChildShard& child : ChildShardsOf(*stream, *stream->FindShard(ShardIndex(shard)))) {
      Parents parents;
      for (const ShardIndex parent : child.parents) parents.push_back(parent.value());
      CHECK(child.hash_keys == shards[child.shard.value()].hash_keys);
      children.push_back({child.shard.value(), parents});
    }
    return children;
  }
};

// 0 ─┬─ 4 ─┬─ 6 ──┬─ 8
//    └─ 5  └─ 7 ──┘        and 1 is split into 9 and 10, of which 9 is merged with 5 into 11.
void Reshard(Fixture& fixture) {
  fixture.Split(0);
  fixture.Split(4);
  fixture.Merge(6, 7);
  fixture.Split(1);
  fixture.Merge(5, 9);
}

TEST_CASE_METHOD(Fixture, "child shards: after splits and merges, with all parents") {
  Reshard(*this);
  CHECK(ChildrenOf(0) == Children{{4, {0}}, {5, {0}}});
  CHECK(ChildrenOf(1) == Children{{9, {1}}, {10, {1}}});
  CHECK(ChildrenOf(4) == Children{{6, {4}}, {7, {4}}});
  CHECK(ChildrenOf(5) == Children{{11, {5, 9}}});
  CHECK(ChildrenOf(6) == Children{{8, {6, 7}}});
  CHECK(ChildrenOf(7) == Children{{8, {6, 7}}});
  CHECK(ChildrenOf(9) == Children{{11, {5, 9}}});
}

TEST_CASE_METHOD(Fixture, "child shards: a parent that has expired is still named") {
  Reshard(*this);
  PublishShards({6});
  CHECK(ChildrenOf(7) == Children{{8, {6, 7}}});
}

TEST_CASE_METHOD(Fixture, "child shards: of children that have expired the nearest descendants") {
  Reshard(*this);
  PublishShards({4});
  CHECK(ChildrenOf(0) == Children{{5, {0}}, {6, {0}}, {7, {0}}});
  PublishShards({4, 6});
  // 8 is reached through 7.
  CHECK(ChildrenOf(0) == Children{{5, {0}}, {7, {0}}});
  PublishShards({4, 5, 6, 7, 9});
  CHECK(ChildrenOf(0) == Children{{8, {0}}, {11, {0}}});
}

}  // namespace
}  // namespace penstock::broker
