#include "storage/deleted_ranges.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <rocksdb/env.h>

#include "storage/lane.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/storage_calls.h"
#include "tests/support/temporary_folder.h"

namespace penstock::storage {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs AsPairs(const std::vector<ReclaimRange>& ranges) {
  Pairs pairs;
  for (const ReclaimRange& range : ranges) pairs.emplace_back(range.begin, range.end);
  return pairs;
}

TEST_CASE("deleted ranges go into a property and come out of it", "[deleted_ranges]") {
  const std::string property =
      EncodeDeletedRanges({{"c", std::string(20, '\0')}, {"x", "yy"}, {"b", "d"}, {"y", "z"}});
  CHECK(AsPairs(DecodeDeletedRanges(property)) == Pairs{{"b", "d"}, {"x", "z"}});
  CHECK(EncodeDeletedRanges({}).empty());
  CHECK(DecodeDeletedRanges("").empty());
  // What is cut short gives what is whole.
  for (size_t size = 0; size < property.size(); ++size) {
    CHECK(DecodeDeletedRanges(property.substr(0, size)).size() == (size < 4 ? 0 : 1));
  }
}

TEST_CASE("deleted ranges beyond their bound become their hull", "[deleted_ranges]") {
  std::vector<ReclaimRange> ranges;
  for (size_t i = 0; i < kRangesPerFileMax; ++i) {
    const std::string key = {static_cast<char>(i / 128), static_cast<char>(2 * (i % 128))};
    ranges.push_back({key, key + "x"});
  }
  CHECK(DecodeDeletedRanges(EncodeDeletedRanges(ranges)).size() == kRangesPerFileMax);
  ranges.push_back({"\x7f", "\x7fz"});
  const Pairs hull{{std::string(2, '\0'), "\x7fz"}};
  const std::string encoded = EncodeDeletedRanges(std::move(ranges));
  CHECK(AsPairs(DecodeDeletedRanges(encoded)) == hull);
}

constexpr ShardKey kShard{StreamId(1), ShardIndex(0)};
constexpr ShardKey kKept{StreamId(2), ShardIndex(0)};
constexpr int kBatches = 120;

// A lane on a disk that loses power.
struct Fixture {
  Fixture() {
    options.env = env.get();
    options.blob_file_bytes = 1 << 20;
    options.trim_step_bytes = 1 << 20;
    Open();
  }

  void Open() {
    auto opened = Lane::Open(path, true, options);
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    lane = *std::move(opened);
  }
  void Kill() {
    files->Freeze();
    lane.reset();
    files->PowerLoss();
  }

  template <typename Call>
  static void Await(Call call) {
    std::promise<absl::Status> done;
    call([&](absl::Status status) { done.set_value(std::move(status)); });
    REQUIRE(done.get_future().get().ok());
  }
  void Create(const ShardKey& shard) {
    Await([&](auto done) { lane->CreateShard(shard, kFirstSequenceNumber, {}, std::move(done)); });
  }
  void Append(const ShardKey& shard) {
    std::promise<bool> done;
    lane->Append(shard, testing::MakeBatch(shard, {std::string(100'000, 'x')}), {},
                 [&](const absl::StatusOr<AppendResult>& result) { done.set_value(result.ok()); });
    REQUIRE(done.get_future().get());
  }

  uintmax_t BlobBytes() const {
    uintmax_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(path)) {
      std::error_code gone;
      if (file.path().extension() != ".blob") continue;
      const uintmax_t size = file.file_size(gone);
      if (!gone) bytes += size;
    }
    return bytes;
  }
  // RocksDB removes the files a little after it reports the compaction done.
  bool WaitForBlobBytesBelow(uintmax_t bytes) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (BlobBytes() >= bytes) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/lane";
  const std::shared_ptr<testing::FaultFileSystem> files =
      std::make_shared<testing::FaultFileSystem>();
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
  LaneOptions options;
  std::unique_ptr<Lane> lane;
};

TEST_CASE_METHOD(Fixture, "space that waited to be reclaimed when the broker ended comes back",
                 "[deleted_ranges]") {
  Create(kShard);
  Create(kKept);
  for (int i = 0; i < kBatches; ++i) {
    Append(kShard);
    if (i % 4 == 0) Append(kKept);
  }
  // Flushes: from here on no flush hurries the reclaimer on.
  lane.reset();
  Open();
  const uintmax_t before = BlobBytes();
  REQUIRE(before > kBatches * 100'000);
  const bool trims = GENERATE(true, false);
  if (trims) {
    Await([&](auto done) { lane->Trim(kShard, SequenceNumber(kBatches + 1), std::move(done)); });
  } else {
    Await([&](auto done) { lane->DeleteShard(kShard, std::move(done)); });
  }
  const bool kills = GENERATE(true, false);
  CAPTURE(trims, kills);
  if (kills) {
    Kill();
  } else {
    lane.reset();
  }
  REQUIRE(BlobBytes() >= before);
  Open();
  // Below 15 MB: the 3 MB of the other shard stay, and a file that holds batches of both.
  CHECK(WaitForBlobBytesBelow(before / 2));
  const absl::StatusOr<ReadResult> kept = lane->Read(kKept, kFirstSequenceNumber, {});
  REQUIRE(kept.ok());
  CHECK(kept->batches.front()->header().first_sequence_number == kFirstSequenceNumber);
}

}  // namespace
}  // namespace penstock::storage
