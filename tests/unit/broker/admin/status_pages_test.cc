#include "broker/admin/status_pages.h"

#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>
#include <rocksdb/env.h>

#include "common/version.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/open_store.h"
#include "tests/support/storage_calls.h"
#include "tests/support/temporary_folder.h"

namespace penstock::broker {
namespace {

TEST_CASE("status pages: ready while serving, with storage well") {
  absl::Status health;
  Readiness readiness([&] { return health; });
  AdminPages pages;
  AddStatusPages(readiness, &pages);
  const auto ready = [&] { return pages.at("/readyz").render(); };

  CHECK(ready().status == 503);
  CHECK(ready().body == "not ready: starting\n");
  readiness.SetServing();
  CHECK(ready().status == 200);
  CHECK(ready().body == "ready\n");
  health = absl::UnavailableError("disk is gone");
  CHECK(ready().status == 503);
  CHECK(ready().body == "not ready: storage failed: disk is gone\n");
  health = absl::OkStatus();
  readiness.SetStopping();
  CHECK(ready().status == 503);
  CHECK(ready().body == "not ready: stopping\n");
  // Alive all the while.
  CHECK(pages.at("/healthz").render().status == 200);
}

TEST_CASE("status pages: a sync that fails makes the broker not ready, and not dead") {
  const testing::TemporaryFolder folder;
  const auto fs = std::make_shared<testing::FaultFileSystem>();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(fs);
  storage::LaneOptions options;
  options.env = env.get();
  auto open = testing::MustOpenStore(folder.path(), options);
  Readiness readiness([&] { return open->Health(); });
  readiness.SetServing();
  AdminPages pages;
  AddStatusPages(readiness, &pages);
  const ShardKey shard{StreamId(1), ShardIndex(0)};
  REQUIRE(testing::CreateShard(*open, shard).ok());
  CHECK(pages.at("/readyz").render().status == 200);

  fs->FailLogSyncs();
  REQUIRE_FALSE(testing::AppendAndWait(*open, shard, testing::MakeBatch(shard, {"a"})).ok());
  CHECK(pages.at("/readyz").render().status == 503);
  CHECK_THAT(pages.at("/readyz").render().body,
             Catch::Matchers::ContainsSubstring("not ready: storage failed: "));
  CHECK(pages.at("/healthz").render().status == 200);
}

TEST_CASE("status pages: the version, as JSON") {
  const Readiness readiness([] { return absl::OkStatus(); });
  AdminPages pages;
  AddStatusPages(readiness, &pages);
  const AdminAnswer answer = pages.at("/version").render();
  CHECK(answer.status == 200);
  CHECK(answer.content_type == "application/json");
  CHECK(nlohmann::json::parse(answer.body).at("version") == PENSTOCK_VERSION);
}

}  // namespace
}  // namespace penstock::broker
