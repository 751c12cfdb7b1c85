#include "common/record_batch.h"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "common/error.h"
#include "common/limits.h"
#include "common/record_batch_builder.h"
#include "penstock/v1/records.pb.h"

namespace penstock {
namespace {

constexpr ShardKey kShard{StreamId(7), ShardIndex(3)};

RecordBatch BuildBatch(Codec codec, int records = 3) {
  RecordBatchBuilder builder;
  for (int i = 0; i < records; ++i) {
    const std::string data(100, static_cast<char>('a' + i % 26));
    const std::string key = "key-" + std::to_string(i);
    const RecordView record{data, key, i == 1 ? "42" : ""};
    builder.Add(record, *HashKeyOf(record));
  }
  RecordBatch batch = std::move(builder).Build(kShard, codec, {11, 12, 13});
  batch.Stamp(Epoch(2), SequenceNumber(1000), 1'700'000'000'000);
  return batch;
}

TEST_CASE("a batch gives back what was put in", "[record_batch]") {
  const Codec codec = GENERATE(Codec::kNone, Codec::kLz4, Codec::kZstd);
  const RecordBatch built = BuildBatch(codec);
  const auto batch = RecordBatch::Parse(kShard, std::string(built.bytes()));
  REQUIRE(batch.ok());
  const RecordBatchHeader& header = batch->header();
  CHECK(header.codec == codec);
  CHECK(header.epoch == Epoch(2));
  CHECK(header.first_sequence_number == SequenceNumber(1000));
  CHECK(header.end_sequence_number() == SequenceNumber(1003));
  CHECK(header.append_time_ms == 1'700'000'000'000);
  CHECK(header.record_count == 3);
  CHECK(header.producer_id == 11);
  CHECK(header.producer_epoch == 12);
  CHECK(header.producer_sequence == 13);
  CHECK(header.hash_keys.first == HashKey(42));

  auto reader = RecordBlockReader::Open(*batch);
  REQUIRE(reader.ok());
  RecordView record;
  int count = 0;
  while (reader->Next(&record)) {
    CHECK(record.data == std::string(100, static_cast<char>('a' + count)));
    CHECK(record.partition_key == "key-" + std::to_string(count));
    CHECK(record.explicit_hash_key == (count == 1 ? "42" : ""));
    ++count;
  }
  CHECK(reader->status().ok());
  CHECK(count == 3);
}

TEST_CASE("the block is a RecordBlock to every protobuf", "[record_batch]") {
  const RecordBatch batch = BuildBatch(Codec::kNone);
  v1::RecordBlock block;
  REQUIRE(block.ParseFromArray(batch.block().data(), static_cast<int>(batch.block().size())));
  REQUIRE(block.records_size() == 3);
  CHECK(block.records(0).data() == std::string(100, 'a'));
  CHECK(block.records(0).partition_key() == "key-0");
  CHECK(block.records(1).explicit_hash_key() == "42");
}

TEST_CASE("a stamp leaves the checksum right", "[record_batch]") {
  RecordBatch batch = BuildBatch(Codec::kNone);
  const uint64_t checksum = batch.header().checksum;
  batch.Stamp(Epoch(9), SequenceNumber(5), 1);
  CHECK(batch.header().checksum == checksum);
  const auto parsed = RecordBatch::Parse(kShard, std::string(batch.bytes()));
  REQUIRE(parsed.ok());
  CHECK(parsed->header().first_sequence_number == SequenceNumber(5));
}

TEST_CASE("every flipped bit of what the client owns is seen", "[record_batch]") {
  const Codec codec = GENERATE(Codec::kNone, Codec::kZstd);
  const std::string sound(BuildBatch(codec).bytes());
  for (size_t i = 0; i < sound.size(); ++i) {
    // Epoch, first sequence number and append time are the broker's: RocksDB's own checksum guards
    // them on disk.
    if (i >= 4 && i < 24) continue;
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = sound;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      const auto batch = RecordBatch::Parse(kShard, flipped);
      INFO("byte " << i << " bit " << bit);
      REQUIRE_FALSE(batch.ok());
      REQUIRE(ReasonOf(batch.status()) == ErrorReason::kCorruptRecords);
    }
  }
}

TEST_CASE("a batch that was cut or has grown is refused", "[record_batch]") {
  const std::string sound(BuildBatch(Codec::kNone).bytes());
  for (size_t size = 0; size < sound.size(); ++size)
    REQUIRE_FALSE(RecordBatch::Parse(kShard, sound.substr(0, size)).ok());
  CHECK_FALSE(RecordBatch::Parse(kShard, sound + "x").ok());
}

TEST_CASE("a batch of another shard does not verify", "[record_batch]") {
  const std::string bytes(BuildBatch(Codec::kNone).bytes());
  CHECK(RecordBatch::Parse(kShard, bytes).ok());
  CHECK_FALSE(RecordBatch::Parse({StreamId(7), ShardIndex(4)}, bytes).ok());
  CHECK_FALSE(RecordBatch::Parse({StreamId(8), ShardIndex(3)}, bytes).ok());
}

TEST_CASE("a block that is not what its header says ends the reading with an error",
          "[record_batch]") {
  // Checksummed rightly, by a client that is wrong: one record more in the header than in the
  // block.
  std::string bytes(BuildBatch(Codec::kNone).bytes());
  RecordBatchHeader header = *RecordBatchHeader::Decode(bytes);
  header.record_count = 4;
  header.EncodeTo(bytes.data());
  header.checksum = BatchChecksum(kShard, bytes);
  header.EncodeTo(bytes.data());
  const auto batch = RecordBatch::Parse(kShard, bytes);
  REQUIRE(batch.ok());
  auto reader = RecordBlockReader::Open(*batch);
  REQUIRE(reader.ok());
  RecordView record;
  while (reader->Next(&record)) {
  }
  CHECK(ReasonOf(reader->status()) == ErrorReason::kCorruptRecords);
}

TEST_CASE("a record more than the header says is not given out", "[record_batch]") {
  std::string bytes(BuildBatch(Codec::kNone).bytes());
  RecordBatchHeader header = *RecordBatchHeader::Decode(bytes);
  header.record_count = 2;
  header.EncodeTo(bytes.data());
  header.checksum = BatchChecksum(kShard, bytes);
  header.EncodeTo(bytes.data());
  const auto batch = RecordBatch::Parse(kShard, bytes);
  REQUIRE(batch.ok());
  auto reader = RecordBlockReader::Open(*batch);
  REQUIRE(reader.ok());
  int given = 0;
  for (RecordView record; reader->Next(&record);) ++given;
  CHECK(given == 2);
  CHECK(ReasonOf(reader->status()) == ErrorReason::kCorruptRecords);
}

TEST_CASE("a builder is full at its limits", "[record_batch]") {
  RecordBatchBuilder builder;
  const std::string data(1 << 20, 'x');
  const RecordView record{data, "k", ""};
  size_t added = 0;
  for (; builder.Fits(record); ++added) builder.Add(record, HashKey());
  CHECK(added == kBatchBlockBytesMax / data.size() - 1);
  CHECK(builder.block_bytes() + kBatchEncryptionBytes <= kBatchBlockBytesMax);

  RecordBatchBuilder last;
  const std::string most(kBatchBlockBytesMax, 'x');
  const auto fits = [&](size_t bytes) {
    return last.Fits({std::string_view(most).substr(0, bytes), "", ""});
  };
  size_t bytes = 0;
  for (size_t step = kBatchBlockBytesMax; step > 0; step /= 2)
    if (bytes + step <= kBatchBlockBytesMax && fits(bytes + step)) bytes += step;
  last.Add({std::string_view(most).substr(0, bytes), "", ""}, HashKey());
  CHECK(last.block_bytes() <= kBatchPlainBlockBytesMax);
  CHECK(last.block_bytes() + 16 > kBatchPlainBlockBytesMax);

  RecordBatchBuilder many;
  for (uint32_t i = 0; i < kBatchRecordsMax; ++i) many.Add({"", "k", ""}, HashKey());
  CHECK_FALSE(many.Fits({"", "k", ""}));
}

// As broker/encryption makes it, but for the encryption.
RecordBatch PretendEncrypted(Codec codec, size_t added_bytes) {
  RecordBatch plain = BuildBatch(codec);
  RecordBatchHeader header = plain.header();
  header.encrypted = true;
  return RecordBatch::Assemble(kShard, header,
                               std::move(plain).TakeBytes() + std::string(added_bytes, 'e'));
}

TEST_CASE("an encrypted batch verifies, but its records are not read", "[record_batch]") {
  const Codec codec = GENERATE(Codec::kNone, Codec::kLz4);
  const RecordBatch encrypted = PretendEncrypted(codec, kBatchEncryptionBytes);
  const auto parsed = RecordBatch::Parse(kShard, std::string(encrypted.bytes()));
  REQUIRE(parsed.ok());
  CHECK(parsed->header().encrypted);
  const auto reader = RecordBlockReader::Open(*parsed);
  REQUIRE_FALSE(reader.ok());
  CHECK(reader.status().message() ==
        "record batch at sequence number 1000: its block is encrypted, and was not decrypted to be "
        "read");
}

TEST_CASE("an encrypted block is of just the size that encryption makes", "[record_batch]") {
  for (const size_t added : {size_t{0}, kBatchEncryptionBytes - 1, kBatchEncryptionBytes + 1}) {
    const RecordBatch wrong = PretendEncrypted(Codec::kNone, added);
    CHECK(ReasonOf(RecordBatch::Parse(kShard, std::string(wrong.bytes())).status()) ==
          ErrorReason::kCorruptRecords);
  }
  RecordBatchHeader short_header;
  short_header.encrypted = true;
  short_header.record_count = 1;
  short_header.block_bytes = kBatchEncryptionBytes - 1;
  std::string bytes(RecordBatchHeader::kBytes, 0);
  short_header.EncodeTo(bytes.data());
  CHECK_FALSE(RecordBatchHeader::Decode(bytes).ok());
}

TEST_CASE("an incompressible block is stored as it is", "[record_batch]") {
  RecordBatchBuilder builder;
  builder.Add({"x", "k", ""}, HashKey(1));
  const RecordBatch batch = std::move(builder).Build(kShard, Codec::kZstd);
  CHECK(batch.header().codec == Codec::kNone);
  CHECK(batch.header().block_bytes == batch.header().uncompressed_bytes);
}

}  // namespace
}  // namespace penstock
