#include "broker/token/token_key.h"

#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "broker/cluster/embedded_metadata_store.h"
#include "broker/token/token_codec.h"
#include "tests/support/temporary_folder.h"

namespace penstock::broker {
namespace {

std::unique_ptr<EmbeddedMetadataStore> OpenIn(const testing::TemporaryFolder& folder) {
  auto store = EmbeddedMetadataStore::Open({folder.path() + "/metadata", true});
  REQUIRE(store.ok());
  return *std::move(store);
}

TEST_CASE("the token key is made once and kept", "[token]") {
  const testing::TemporaryFolder folder;
  auto store = OpenIn(folder);
  const auto made = LoadOrMakeTokenKey(*store);
  REQUIRE(made.ok());
  CHECK(made->size() == TokenCodec::kKeyBytes);
  CHECK(*LoadOrMakeTokenKey(*store) == *made);
  store.reset();
  store = OpenIn(folder);
  CHECK(*LoadOrMakeTokenKey(*store) == *made);
}

TEST_CASE("every store has a token key of its own", "[token]") {
  const testing::TemporaryFolder one;
  const testing::TemporaryFolder other;
  CHECK(*LoadOrMakeTokenKey(*OpenIn(one)) != *LoadOrMakeTokenKey(*OpenIn(other)));
}

TEST_CASE("a token key of another length is refused", "[token]") {
  const testing::TemporaryFolder folder;
  const auto store = OpenIn(folder);
  REQUIRE(store->CompareAndPut("secret/token-key", "short", Revision()).ok());
  CHECK(LoadOrMakeTokenKey(*store).status().code() == absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace penstock::broker
