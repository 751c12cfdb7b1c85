#include "broker/cluster/embedded_metadata_store.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <rocksdb/db.h>

#include "common/error.h"
#include "tests/support/temporary_folder.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr Revision kAbsent;

class MetadataStoreFixture {
 protected:
  MetadataStoreFixture() { REQUIRE(Open().ok()); }

  absl::Status Open(bool create_if_missing = true) {
    store_.reset();
    auto opened = EmbeddedMetadataStore::Open({path(), create_if_missing});
    if (!opened.ok()) return opened.status();
    store_ = *std::move(opened);
    return absl::OkStatus();
  }

  std::string path() const { return folder_.path() + "/metadata"; }

  Revision Put(std::string_view key, std::string_view value, Revision expected = kAbsent) {
    const absl::StatusOr<Revision> put = store_->CompareAndPut(key, value, expected);
    REQUIRE(put.ok());
    return *put;
  }

  std::vector<std::string> Keys(std::string_view prefix) {
    const auto entries = store_->List(prefix);
    REQUIRE(entries.ok());
    std::vector<std::string> keys;
    for (const MetadataEntry& entry : *entries) keys.push_back(entry.key);
    return keys;
  }

  // The bytes below the store, while it is closed.
  std::unique_ptr<rocksdb::DB> OpenBeneath() {
    rocksdb::DB* db = nullptr;
    REQUIRE(rocksdb::DB::Open(rocksdb::Options(), path(), &db).ok());
    return std::unique_ptr<rocksdb::DB>(db);
  }

  bool FilesHold(std::string_view text) const {
    for (const auto& entry : std::filesystem::directory_iterator(path())) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(file)),
                              std::istreambuf_iterator<char>());
      if (bytes.find(text) != std::string::npos) return true;
    }
    return false;
  }

  // RocksDB removes files a little after it says that it is done.
  bool FilesSoonDoNotHold(std::string_view text) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (FilesHold(text)) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  testing::TemporaryFolder folder_;
  std::unique_ptr<EmbeddedMetadataStore> store_;
};

TEST_CASE_METHOD(MetadataStoreFixture, "what was put is got, with its revision", "[metadata]") {
  CHECK(store_->Get("stream/a")->has_value() == false);
  const Revision put = Put("stream/a", std::string("\0 value", 7));
  const auto entry = store_->Get("stream/a");
  REQUIRE(entry.ok());
  REQUIRE(entry->has_value());
  CHECK((*entry)->key == "stream/a");
  CHECK((*entry)->value == std::string("\0 value", 7));
  CHECK((*entry)->revision == put);
}

TEST_CASE_METHOD(MetadataStoreFixture, "revisions rise over all keys and deletions", "[metadata]") {
  const Revision a = Put("a", "1");
  const Revision b = Put("b", "1");
  CHECK(a < b);
  REQUIRE(store_->CompareAndDelete("a", a).ok());
  const Revision again = Put("a", "2");
  CHECK(again.value() == b.value() + 2);
}

TEST_CASE_METHOD(MetadataStoreFixture, "a change based on another revision is refused",
                 "[metadata]") {
  const Revision first = Put("a", "1");
  const Revision second = Put("a", "2", first);
  for (const Revision stale : {kAbsent, first, second.Next()}) {
    const auto put = store_->CompareAndPut("a", "3", stale);
    CHECK(put.status().code() == absl::StatusCode::kAborted);
    if (stale != kAbsent) {
      CHECK(store_->CompareAndDelete("a", stale).code() == absl::StatusCode::kAborted);
    }
  }
  CHECK(store_->CompareAndPut("missing", "1", first).status().code() == absl::StatusCode::kAborted);
  CHECK(store_->CompareAndDelete("missing", first).code() == absl::StatusCode::kAborted);
  CHECK((*store_->Get("a"))->value == "2");
  // What was refused has used no revision up.
  CHECK(Put("b", "") == second.Next());
}

TEST_CASE_METHOD(MetadataStoreFixture, "list gives a prefix in order of key", "[metadata]") {
  for (const char* key : {"stream/b", "stream/a", "streams", "strea", "stream/", "stream/\xff"}) {
    Put(key, "v");
  }
  CHECK(Keys("stream/") ==
        std::vector<std::string>{"stream/", "stream/a", "stream/b", "stream/\xff"});
  CHECK(Keys("").size() == 6);
  CHECK(Keys("none").empty());
}

TEST_CASE_METHOD(MetadataStoreFixture, "entries and revisions outlive the store", "[metadata]") {
  const Revision a = Put("a", "1");
  const Revision b = Put("b", "2");
  REQUIRE(store_->CompareAndDelete("b", b).ok());
  REQUIRE(store_->Close().ok());
  REQUIRE(Open(false).ok());
  CHECK(Keys("") == std::vector<std::string>{"a"});
  CHECK((*store_->Get("a"))->revision == a);
  CHECK(Put("c", "3").value() == b.value() + 2);
}

TEST_CASE_METHOD(MetadataStoreFixture, "a closed store says so", "[metadata]") {
  REQUIRE(store_->Close().ok());
  REQUIRE(store_->Close().ok());
  CHECK(ReasonOf(store_->Get("a").status()) == ErrorReason::kShuttingDown);
  CHECK(ReasonOf(store_->List("").status()) == ErrorReason::kShuttingDown);
  CHECK(ReasonOf(store_->CompareAndPut("a", "", kAbsent).status()) == ErrorReason::kShuttingDown);
}

TEST_CASE_METHOD(MetadataStoreFixture, "missing metadata is not empty metadata", "[metadata]") {
  store_.reset();
  std::filesystem::remove_all(path());
  const absl::Status opened = Open(false);
  CHECK(opened.code() == absl::StatusCode::kDataLoss);
  CHECK_THAT(std::string(opened.message()), ContainsSubstring(path()));
}

TEST_CASE_METHOD(MetadataStoreFixture, "a value under another key is seen at the start",
                 "[metadata]") {
  Put("stream/a", "1");
  Put("stream/b", "2");
  store_.reset();
  {
    const auto db = OpenBeneath();
    std::string stored;
    REQUIRE(db->Get({}, "estream/a", &stored).ok());
    REQUIRE(db->Put({}, "estream/b", stored).ok());
  }
  const absl::Status opened = Open();
  CHECK(opened.code() == absl::StatusCode::kDataLoss);
  CHECK_THAT(std::string(opened.message()), ContainsSubstring("key stream/b"));
}

TEST_CASE_METHOD(MetadataStoreFixture, "any bit changed in a value is seen, naming the key",
                 "[metadata]") {
  Put("stream/a", "value");
  store_.reset();
  std::string stored;
  REQUIRE(OpenBeneath()->Get({}, "estream/a", &stored).ok());
  for (size_t i = 0; i <= stored.size(); ++i) {
    INFO("byte " << i);
    std::string changed = stored;
    if (i < stored.size()) {
      changed[i] = static_cast<char>(changed[i] ^ 0x10);
    } else {
      changed.resize(7);
    }
    REQUIRE(OpenBeneath()->Put({}, "estream/a", changed).ok());
    const absl::Status opened = Open();
    CHECK(opened.code() == absl::StatusCode::kDataLoss);
    CHECK_THAT(std::string(opened.message()), ContainsSubstring("key stream/a"));
  }
}

TEST_CASE_METHOD(MetadataStoreFixture, "a lost last revision is seen", "[metadata]") {
  Put("a", "1");
  store_.reset();
  REQUIRE(OpenBeneath()->Delete({}, "r").ok());
  CHECK(Open().code() == absl::StatusCode::kDataLoss);
}

TEST_CASE_METHOD(MetadataStoreFixture, "flipped bytes in the files are seen", "[metadata]") {
  for (int i = 0; i < 100; ++i) Put("stream/" + std::to_string(i), std::string(100, 'v'));
  REQUIRE(store_->Close().ok());
  store_.reset();
  int tables = 0;
  for (const auto& file : std::filesystem::directory_iterator(path())) {
    if (file.path().extension() != ".sst") continue;
    ++tables;
    std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(2000);
    bytes.write("XXXX", 4);
  }
  REQUIRE(tables > 0);
  const absl::Status opened = Open();
  CHECK(opened.code() == absl::StatusCode::kDataLoss);
  CHECK_THAT(std::string(opened.message()), ContainsSubstring("metadata store"));
}

TEST_CASE_METHOD(MetadataStoreFixture, "what was erased is in no file", "[metadata]") {
  Put("stream/kept", "kept value");
  const Revision first = Put("stream/a", "first secret");
  // Into a table, and compacted down, as after a long time.
  REQUIRE(Open().ok());
  const Revision second = Put("stream/a", "second secret", first);
  REQUIRE(Open().ok());
  const Revision third = Put("stream/a", "third secret", second);
  for (const char* secret : {"first secret", "third secret"}) CHECK(FilesHold(secret));

  CHECK(store_->CompareAndErase("stream/a", second).code() == absl::StatusCode::kAborted);
  CHECK(FilesHold("third secret"));
  REQUIRE(store_->CompareAndErase("stream/a", third).ok());
  CHECK_FALSE(store_->Get("stream/a")->has_value());
  for (const char* secret : {"first secret", "second secret", "third secret"}) {
    INFO(secret);
    CHECK(FilesSoonDoNotHold(secret));
  }
  CHECK(FilesHold("kept value"));
  CHECK(Keys("") == std::vector<std::string>{"stream/kept"});
}

TEST_CASE_METHOD(MetadataStoreFixture, "an erasure that was not done with is done at the start",
                 "[metadata]") {
  Put("stream/kept", "kept value");
  const Revision put = Put("stream/a", "a secret");
  REQUIRE(Open().ok());
  REQUIRE(store_->CompareAndDelete("stream/a", put).ok());
  REQUIRE(Open().ok());
  CHECK(FilesHold("a secret"));
  store_.reset();
  // As a crash between the deletion and the erasure leaves it.
  REQUIRE(OpenBeneath()->Put(rocksdb::WriteOptions(), "x", "").ok());
  CHECK(FilesHold("a secret"));
  REQUIRE(Open().ok());
  CHECK(FilesSoonDoNotHold("a secret"));
  CHECK(Keys("") == std::vector<std::string>{"stream/kept"});
  store_.reset();
  std::string mark;
  CHECK(OpenBeneath()->Get(rocksdb::ReadOptions(), "x", &mark).IsNotFound());
}

TEST_CASE_METHOD(MetadataStoreFixture, "a watch sees its prefix, in order", "[metadata]") {
  std::vector<MetadataEvent> seen;
  auto watch = store_->Watch("stream/", [&](const MetadataEvent& event) { seen.push_back(event); });
  const Revision put = Put("stream/a", "1");
  Put("secret/a", "2");
  REQUIRE(store_->CompareAndDelete("stream/a", put).ok());
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].key == "stream/a");
  CHECK(seen[0].value == "1");
  CHECK(seen[0].revision == put);
  CHECK_FALSE(seen[1].value.has_value());
  CHECK(seen[1].revision.value() == put.value() + 2);
  watch.reset();
  Put("stream/b", "3");
  CHECK(seen.size() == 2);
}

TEST_CASE_METHOD(MetadataStoreFixture, "a watcher may write, and end its own watch", "[metadata]") {
  std::vector<std::string> seen;
  std::unique_ptr<MetadataWatch> watch;
  watch = store_->Watch("", [&](const MetadataEvent& event) {
    seen.push_back(event.key);
    if (event.key == "a") Put("b", "");
    if (event.key == "b") watch.reset();
  });
  Put("a", "");
  Put("c", "");
  CHECK(seen == std::vector<std::string>{"a", "b"});
}

TEST_CASE_METHOD(MetadataStoreFixture, "writers at once: one wins each revision", "[metadata]") {
  constexpr int kThreads = 4;
  constexpr int kWinsEach = 25;
  // Not atomic: events come one at a time, which the sanitizer build would see otherwise.
  std::vector<Revision> seen;
  auto watch =
      store_->Watch("counter", [&](const MetadataEvent& event) { seen.push_back(event.revision); });
  Put("counter", "0");
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int wins = 0; wins < kWinsEach;) {
        const auto entry = store_->Get("counter");
        const int value = std::stoi((*entry)->value);
        const auto put =
            store_->CompareAndPut("counter", std::to_string(value + 1), (*entry)->revision);
        if (put.ok()) {
          ++wins;
        } else if (put.status().code() != absl::StatusCode::kAborted) {
          ++failures;
          return;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
  CHECK((*store_->Get("counter"))->value == std::to_string(kThreads * kWinsEach));
  REQUIRE(seen.size() == kThreads * kWinsEach + 1);
  CHECK(std::is_sorted(seen.begin(), seen.end()));
}

}  // namespace
}  // namespace penstock::broker
