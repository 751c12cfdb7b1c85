#include "broker/stream/stream_store.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "broker/cluster/embedded_metadata_store.h"
#include "tests/support/temporary_folder.h"

namespace penstock::broker {
namespace {

bool FilesHold(const std::string& folder, std::string_view text) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
    if (bytes.find(text) != std::string::npos) return true;
  }
  return false;
}

TEST_CASE("with an encrypted stream its wrapped keys are gone from the disk", "[stream]") {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/metadata";
  auto opened = EmbeddedMetadataStore::Open({path, true});
  REQUIRE(opened.ok());
  StreamStore store(**opened);

  StreamConfig config;
  config.id = *store.TakeId();
  config.name = "orders";
  config.encryption.type = EncryptionType::kKms;
  config.encryption.data_keys = {{1, "master", "the wrapped data key", 1}};
  ShardInfo shard;
  shard.hash_keys = {HashKey(), HashKey::Max()};
  const StreamSnapshot stream(std::move(config), {shard});
  const auto put = store.Put(stream, Revision());
  REQUIRE(put.ok());
  CHECK(FilesHold(path, "the wrapped data key"));
  REQUIRE(store.Delete(stream, *put).ok());
  CHECK_FALSE(store.Get("orders")->has_value());

  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (FilesHold(path, "the wrapped data key") && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  CHECK_FALSE(FilesHold(path, "the wrapped data key"));
}

TEST_CASE("ids of streams rise by one, from a number that no other store begins with", "[stream]") {
  std::vector<StreamId> first;
  for (int i = 0; i < 3; ++i) {
    const testing::TemporaryFolder folder;
    auto opened = EmbeddedMetadataStore::Open({folder.path() + "/metadata", true});
    REQUIRE(opened.ok());
    StreamStore store(**opened);
    first.push_back(*store.TakeId());
    CHECK(first.back().value() > 0);
    CHECK(first.back().value() < uint64_t{1} << 53);
    CHECK(store.TakeId()->value() == first.back().value() + 1);
    // Of another life of the broker.
    CHECK(StreamStore(**opened).TakeId()->value() == first.back().value() + 2);
  }
  CHECK(first[0] != first[1]);
  CHECK(first[0] != first[2]);
  CHECK(first[1] != first[2]);
}

}  // namespace
}  // namespace penstock::broker
