#include "broker/encryption/stream_cipher.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "common/limits.h"
#include "common/record_batch_builder.h"
#include "tests/unit/broker/encryption/key_ring_fixture.h"

namespace penstock::broker {
namespace {

// Counts what the cipher asks of the ring.
class CountingKeys final : public KeyService {
 public:
  explicit CountingKeys(KeyService& keys) : keys_(keys) {}

  absl::StatusOr<WrappedDataKey> GenerateDataKey(std::string_view key_id, StreamId stream,
                                                 uint32_t generation) override {
    return keys_.GenerateDataKey(key_id, stream, generation);
  }
  absl::StatusOr<SecretKey> Unwrap(const WrappedDataKey& key, StreamId stream) override {
    unwrapped.fetch_add(1);
    return keys_.Unwrap(key, stream);
  }
  absl::StatusOr<WrappedDataKey> Rewrap(const WrappedDataKey& key, StreamId stream,
                                        std::string_view key_id) override {
    return keys_.Rewrap(key, stream, key_id);
  }
  absl::StatusOr<MasterKeyVersion> CheckUsable(std::string_view key_id) override {
    return keys_.CheckUsable(key_id);
  }

  std::atomic<int> unwrapped = 0;

 private:
  KeyService& keys_;
};

class StreamCipherTest : public KeyRingFixture {
 protected:
  static constexpr ShardKey kShard{kStream, ShardIndex(0)};

  StreamCipherTest() : ring_(Open({{"a", 'x', true, true}, {"b", 'y'}})) {
    config_.id = kStream;
    config_.name = "orders";
  }

  static RecordBatch Plain(const ShardKey& shard = kShard) {
    RecordBatchBuilder builder;
    builder.Add({"data", "key", ""}, HashKey(1));
    return std::move(builder).Build(shard, Codec::kNone);
  }

  void Start(std::string_view key_id, int64_t now_ms = 1) {
    absl::StatusOr<StreamEncryption> started = cipher_.Start(config_, key_id, now_ms);
    REQUIRE(started.ok());
    config_.encryption = *std::move(started);
  }

  StoredBatch Put() {
    absl::StatusOr<RecordBatch> batch = cipher_.Encrypt(config_, kShard, Plain());
    REQUIRE(batch.ok());
    batch->Stamp(Epoch(1), SequenceNumber(10), 1);
    return std::make_shared<const RecordBatch>(*std::move(batch));
  }

  absl::Status PutStatus() { return cipher_.Encrypt(config_, kShard, Plain()).status(); }

  absl::Status Get(const StoredBatch& stored) {
    const absl::StatusOr<StoredBatch> batch = cipher_.Decrypt(config_, kShard, stored);
    if (!batch.ok()) return batch.status();
    CHECK((*batch)->header().first_sequence_number == SequenceNumber(10));
    auto reader = RecordBlockReader::Open(**batch);
    REQUIRE(reader.ok());
    RecordView record;
    REQUIRE(reader->Next(&record));
    CHECK(record.data == "data");
    return absl::OkStatus();
  }

  std::vector<std::string> Masters() const {
    std::vector<std::string> ids;
    for (const WrappedDataKey& key : config_.encryption.data_keys) ids.push_back(key.key_id);
    return ids;
  }

  std::unique_ptr<KeyRing> ring_;
  CountingKeys keys_{*ring_};
  StreamCipher cipher_{{keys_, 4}};
  StreamConfig config_;
};

using Ids = std::vector<std::string>;

TEST_CASE_METHOD(StreamCipherTest, "batches pass as they are where encryption is off",
                 "[encryption]") {
  const StoredBatch stored = Put();
  CHECK_FALSE(stored->header().encrypted);
  CHECK(*cipher_.Decrypt(config_, kShard, stored) == stored);
  CHECK(keys_.unwrapped == 0);
}

TEST_CASE_METHOD(StreamCipherTest, "encryption is started, stopped and started again",
                 "[encryption]") {
  const StoredBatch plain = Put();
  Start("alias/aws/kinesis", 42);
  CHECK(config_.encryption.type == EncryptionType::kKms);
  CHECK(config_.encryption.key_id == "alias/aws/kinesis");
  REQUIRE(config_.encryption.data_keys.size() == 1);
  CHECK(config_.encryption.data_keys[0].generation == 1);
  CHECK(config_.encryption.data_keys[0].creation_timestamp_ms == 42);
  CHECK(Masters() == Ids{"a"});
  const StoredBatch encrypted = Put();
  CHECK(encrypted->header().encrypted);
  config_.encryption.type = EncryptionType::kNone;
  CHECK_FALSE(Put()->header().encrypted);
  CHECK(Get(encrypted).ok());
  Start("a");
  const StoredBatch again = Put();
  CHECK(again->header().encrypted);
  for (const StoredBatch& batch : {plain, encrypted, again}) CHECK(Get(batch).ok());
  CHECK(config_.encryption.data_keys[1].generation == 2);
}

TEST_CASE_METHOD(StreamCipherTest, "a data key is unwrapped once", "[encryption]") {
  Start("a");
  for (int i = 0; i < 10; ++i) CHECK(Get(Put()).ok());
  CHECK(keys_.unwrapped == 1);
  cipher_.Forget(kStream);
  CHECK(Get(Put()).ok());
  CHECK(keys_.unwrapped == 2);
}

TEST_CASE_METHOD(StreamCipherTest, "a batch of another stream or shard does not decrypt",
                 "[encryption]") {
  Start("a");
  const StoredBatch stored = Put();
  CHECK(ReasonOf(cipher_.Decrypt(config_, {kStream, ShardIndex(1)}, stored).status()) ==
        ErrorReason::kCorruptRecords);
  StreamConfig other;
  other.id = StreamId(8);
  other.encryption = *cipher_.Start(other, "a", 1);
  CHECK(ReasonOf(cipher_.Decrypt(other, {other.id, ShardIndex(0)}, stored).status()) ==
        ErrorReason::kCorruptRecords);
}

TEST_CASE_METHOD(StreamCipherTest, "a generation that the stream does not have is named",
                 "[encryption]") {
  Start("a");
  const StreamConfig before = config_;
  Start("a");
  const StoredBatch stored = Put();
  const auto batch = cipher_.Decrypt(before, kShard, stored);
  CHECK(ReasonOf(batch.status()) == ErrorReason::kKmsInvalidState);
  CHECK(batch.status().message() ==
        "record batch at sequence number 10 of 7/shardId-000000000000 is encrypted with data key "
        "2, which its stream has not");
}

TEST_CASE_METHOD(StreamCipherTest, "the data go with the master key and come back with it",
                 "[encryption]") {
  Start("a");
  const StoredBatch stored = Put();
  const auto both_fail_with = [&](ErrorReason reason) {
    CHECK(ReasonOf(PutStatus()) == reason);
    CHECK(ReasonOf(Get(stored)) == reason);
    CHECK(ReasonOf(cipher_.Start(config_, "a", 1).status()) == reason);
  };
  const std::vector<Entry> good = {{"a", 'x'}};
  Change(std::vector<Entry>{{"a", 'x', false}});
  both_fail_with(ErrorReason::kKmsDisabled);
  Change(good);
  CHECK(Get(stored).ok());
  Change(std::vector<Entry>{{"b", 'y'}});
  both_fail_with(ErrorReason::kKmsNotFound);
  Change(good);
  CHECK(Get(stored).ok());
  std::filesystem::remove(path());
  clock_.AdvanceMs(KeyRing::kReloadMs);
  both_fail_with(ErrorReason::kKmsAccessDenied);
  Change(good);
  CHECK(Get(stored).ok());
  // Another secret under the same id.
  Change(std::vector<Entry>{{"a", 'z'}});
  CHECK(ReasonOf(PutStatus()) == ErrorReason::kKmsInvalidState);
  CHECK(ReasonOf(Get(stored)) == ErrorReason::kKmsInvalidState);
  Change(good);
  CHECK(Get(stored).ok());
  CHECK(PutStatus().ok());
}

TEST_CASE_METHOD(StreamCipherTest, "after a start with a new master key the old one may go",
                 "[encryption]") {
  Start("a");
  const StoredBatch first = Put();
  Start("a");
  const StoredBatch second = Put();
  Start("b");
  const StoredBatch third = Put();
  CHECK(Masters() == Ids{"b", "b", "b"});
  Change(std::vector<Entry>{{"b", 'y'}});
  for (const StoredBatch& batch : {first, second, third}) CHECK(Get(batch).ok());
  CHECK(PutStatus().ok());
}

TEST_CASE_METHOD(StreamCipherTest, "a master key that is lost does not hold up the new one",
                 "[encryption]") {
  Start("a");
  const StoredBatch old_batch = Put();
  Change(std::vector<Entry>{{"b", 'y'}});
  Start("b");
  CHECK(Masters() == Ids{"a", "b"});
  CHECK(Get(Put()).ok());
  CHECK(ReasonOf(Get(old_batch)) == ErrorReason::kKmsNotFound);
  // It is found again, and the next start wraps all.
  Change(std::vector<Entry>{{"a", 'x'}, {"b", 'y'}});
  CHECK(Get(old_batch).ok());
  Start("b");
  CHECK(Masters() == Ids{"b", "b", "b"});
}

TEST_CASE_METHOD(StreamCipherTest, "more keys than the cache holds still work", "[encryption]") {
  std::vector<StoredBatch> batches;
  for (int generation = 0; generation < 8; ++generation) {
    Start("a");
    batches.push_back(Put());
  }
  for (const StoredBatch& batch : batches) CHECK(Get(batch).ok());
  CHECK(keys_.unwrapped > 8);
}

TEST_CASE_METHOD(StreamCipherTest, "data keys are dropped when there are too many, and not needed",
                 "[encryption]") {
  constexpr int64_t kDayMs = int64_t{24} * 60 * 60 * 1000;
  config_.retention_period_minutes = 24 * 60;
  for (uint32_t generation = 1; generation <= kDataKeysPerStreamMax; ++generation) {
    config_.encryption.data_keys.push_back({generation, "a", "wrapped", generation * kDayMs});
  }
  const auto keys = [&] { return config_.encryption.data_keys; };
  const uint32_t last = keys().back().generation;
  // As if all had been made within the week.
  StreamConfig busy = config_;
  for (WrappedDataKey& key : busy.encryption.data_keys) key.creation_timestamp_ms = last * kDayMs;
  CHECK(ReasonOf(cipher_.Start(busy, "a", last * kDayMs).status()) == ErrorReason::kLimitExceeded);

  Start("a", last * kDayMs);
  // A day of retention and a week of margin: the key of day last - 8 was succeeded on the day after
  // which all is needed; the one before it still covers that day.
  CHECK(keys().front().generation == last - 9);
  CHECK(keys().back().generation == last + 1);
}

TEST_CASE_METHOD(StreamCipherTest, "threads share a cipher while the ring changes",
                 "[encryption]") {
  Start("a");
  const StreamConfig config = config_;
  std::atomic<bool> failed = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        absl::StatusOr<RecordBatch> batch = cipher_.Encrypt(config, kShard, Plain());
        if (batch.ok()) {
          auto stored = std::make_shared<const RecordBatch>(*std::move(batch));
          if (cipher_.Decrypt(config, kShard, std::move(stored)).ok()) continue;
        }
        failed = true;
      }
    });
  }
  for (int round = 0; round < 50; ++round) {
    const std::string next = path() + ".next";
    { std::ofstream(next) << TextOf({{"a", 'x'}, {"b" + std::to_string(round), 'y'}}); }
    CHECK(::chmod(next.c_str(), 0600) == 0);
    std::filesystem::rename(next, path());
    clock_.AdvanceMs(KeyRing::kReloadMs);
    if (round % 5 == 0) cipher_.Forget(kStream);
  }
  for (std::thread& thread : threads) thread.join();
  CHECK_FALSE(failed);
}

}  // namespace
}  // namespace penstock::broker
