#include "broker/encryption/batch_cipher.h"

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "common/error.h"
#include "common/limits.h"
#include "common/record_batch_builder.h"

namespace penstock::broker {
namespace {

constexpr ShardKey kShard{StreamId(7), ShardIndex(3)};

RecordBatch Plain(Codec codec = Codec::kNone) {
  RecordBatchBuilder builder;
  for (int i = 0; i < 3; ++i) {
    const std::string data(40, static_cast<char>('a' + i));
    const std::string key = "partition-" + std::to_string(i);
    const RecordView record{data, key, ""};
    builder.Add(record, *HashKeyOf(record));
  }
  return std::move(builder).Build(kShard, codec, {11, 12, 13});
}

SecretKey Key(char c = 'k') {
  return SecretKey(std::string(SecretKey::kBytes, c));
}

RecordBatch Encrypted(Codec codec = Codec::kNone, uint32_t generation = 5) {
  absl::StatusOr<RecordBatch> batch = EncryptBatch(kShard, Plain(codec), Key(), generation);
  REQUIRE(batch.ok());
  return *std::move(batch);
}

// As if the one who changed it had made the checksum right again.
absl::StatusOr<RecordBatch> WithChecksum(std::string bytes, const ShardKey& shard = kShard) {
  const uint64_t checksum = BatchChecksum(shard, bytes);
  for (size_t i = 0; i < 8; ++i) bytes[24 + i] = static_cast<char>(checksum >> (8 * i));
  return RecordBatch::Parse(shard, bytes);
}

TEST_CASE("a batch decrypts to what it was, with the place it was given", "[encryption]") {
  const Codec codec = GENERATE(Codec::kNone, Codec::kLz4, Codec::kZstd);
  RecordBatch plain = Plain(codec);
  RecordBatch encrypted = Encrypted(codec);
  CHECK(encrypted.header().encrypted);
  CHECK(encrypted.block().size() == plain.block().size() + kBatchEncryptionBytes);
  CHECK(GenerationOf(encrypted) == 5);
  CHECK(encrypted.bytes().find("partition-") == std::string_view::npos);

  encrypted.Stamp(Epoch(2), SequenceNumber(1000), 1'700'000'000'000);
  plain.Stamp(Epoch(2), SequenceNumber(1000), 1'700'000'000'000);
  const auto stored = RecordBatch::Parse(kShard, std::string(encrypted.bytes()));
  REQUIRE(stored.ok());
  const auto decrypted = DecryptBatch(kShard, *stored, Key());
  REQUIRE(decrypted.ok());
  CHECK(decrypted->bytes() == plain.bytes());
  CHECK(RecordBatch::Parse(kShard, std::string(decrypted->bytes())).ok());
  auto reader = RecordBlockReader::Open(*decrypted);
  REQUIRE(reader.ok());
  int count = 0;
  for (RecordView record; reader->Next(&record); ++count) {
    CHECK(record.partition_key == "partition-" + std::to_string(count));
  }
  CHECK(count == 3);
  CHECK(reader->status().ok());
}

TEST_CASE("the same batch encrypts to other bytes each time", "[encryption]") {
  CHECK(Encrypted().bytes() != Encrypted().bytes());
}

TEST_CASE("a batch that was built for is encrypted where it lies", "[encryption]") {
  const std::string data(100'000, 'x');
  RecordBatchBuilder builder(data.size() + 64);
  builder.Add({data, "k", ""}, HashKey());
  RecordBatch plain = std::move(builder).Build(kShard, Codec::kNone);
  const char* const before = plain.bytes().data();
  const auto encrypted = EncryptBatch(kShard, std::move(plain), Key(), 1);
  REQUIRE(encrypted.ok());
  CHECK(encrypted->bytes().data() == before);
}

TEST_CASE("no bit of what was encrypted can be changed", "[encryption]") {
  const std::string sound(Encrypted().bytes());
  int decoded = 0;
  for (size_t i = 0; i < sound.size(); ++i) {
    // Set by the broker afterwards, or the checksum that is made right.
    if (i >= 4 && i < 32) continue;
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = sound;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      const auto batch = WithChecksum(changed);
      // Much of the header does not even decode.
      if (!batch.ok() || !batch->header().encrypted) continue;
      ++decoded;
      const auto decrypted = DecryptBatch(kShard, *batch, Key());
      INFO("byte " << i << " bit " << bit);
      REQUIRE_FALSE(decrypted.ok());
      REQUIRE(ReasonOf(decrypted.status()) == ErrorReason::kCorruptRecords);
    }
  }
  // The block, its trailer, and producer and hash keys of the header.
  CHECK(decoded > static_cast<int>(8 * (sound.size() - 80)));
}

TEST_CASE("the codec is authenticated", "[encryption]") {
  std::string bytes(Encrypted(Codec::kLz4).bytes());
  bytes[3] ^= static_cast<char>(Codec::kLz4) ^ static_cast<char>(Codec::kZstd);
  const auto batch = WithChecksum(bytes);
  REQUIRE(batch.ok());
  CHECK(batch->header().codec == Codec::kZstd);
  CHECK(ReasonOf(DecryptBatch(kShard, *batch, Key()).status()) == ErrorReason::kCorruptRecords);
}

TEST_CASE("a batch decrypts in its own shard with its own key alone", "[encryption]") {
  const std::string bytes(Encrypted().bytes());
  const ShardKey other_shard{StreamId(7), ShardIndex(4)};
  const ShardKey other_stream{StreamId(8), ShardIndex(3)};
  for (const ShardKey& shard : {other_shard, other_stream}) {
    const auto moved = WithChecksum(bytes, shard);
    REQUIRE(moved.ok());
    CHECK(ReasonOf(DecryptBatch(shard, *moved, Key()).status()) == ErrorReason::kCorruptRecords);
  }
  const auto batch = RecordBatch::Parse(kShard, bytes);
  REQUIRE(batch.ok());
  const auto wrong_key = DecryptBatch(kShard, *batch, Key('K'));
  CHECK(wrong_key.status().message() ==
        "record batch at sequence number 0 of 7/shardId-000000000003: does not decrypt with data "
        "key 5 of its stream");
}

TEST_CASE("a batch is not encrypted twice", "[encryption]") {
  const auto twice = EncryptBatch(kShard, Encrypted(), Key(), 1);
  CHECK(ReasonOf(twice.status()) == ErrorReason::kInvalidArgument);
}

TEST_CASE("a block that leaves no room is refused", "[encryption]") {
  const auto encrypt = [](size_t block_bytes) {
    RecordBatchHeader header;
    header.record_count = 1;
    header.uncompressed_bytes = static_cast<uint32_t>(block_bytes);
    return EncryptBatch(
        kShard,
        RecordBatch::Assemble(kShard, header,
                              std::string(RecordBatchHeader::kBytes + block_bytes, 'x')),
        Key(), 1);
  };
  CHECK(encrypt(kBatchPlainBlockBytesMax).ok());
  CHECK(ReasonOf(encrypt(kBatchPlainBlockBytesMax + 1).status()) == ErrorReason::kRequestTooLarge);
}

}  // namespace
}  // namespace penstock::broker
