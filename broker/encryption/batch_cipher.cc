#include "broker/encryption/batch_cipher.h"

#include <bit>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"

#include "broker/encryption/aead.h"
#include "common/check.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

static_assert(std::endian::native == std::endian::little,
              "trailer and associated data are stored as they lie in memory");

struct Trailer {
  uint32_t generation;
  Nonce nonce;
  Tag tag;
};
static_assert(sizeof(Trailer) == kBatchEncryptionBytes);
static_assert(offsetof(Trailer, nonce) == 4);
static_assert(offsetof(Trailer, tag) == 28);
static_assert(std::is_trivially_copyable_v<Trailer>);

struct AssociatedData {
  uint64_t stream;
  uint32_t shard;
  uint32_t generation;
  char start[4];
  char checksummed[RecordBatchHeader::kBytes - RecordBatchHeader::kChecksummedFrom];
  // To the alignment; zero.
  uint32_t end;

  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(this), offsetof(AssociatedData, end)};
  }
};
static_assert(offsetof(AssociatedData, start) == 16);
static_assert(offsetof(AssociatedData, end) == 84, "no padding: every byte is authenticated");

AssociatedData AssociatedDataOf(const ShardKey& shard, uint32_t generation,
                                const RecordBatchHeader& encrypted) {
  char header[RecordBatchHeader::kBytes];
  encrypted.EncodeTo(header);
  AssociatedData data = {};
  data.stream = shard.stream.value();
  data.shard = shard.shard.value();
  data.generation = generation;
  std::memcpy(data.start, header, sizeof(data.start));
  std::memcpy(data.checksummed, header + RecordBatchHeader::kChecksummedFrom,
              sizeof(data.checksummed));
  return data;
}

// Header::Decode has made sure that there is one.
Trailer TrailerOf(const RecordBatch& batch) {
  CHECK(batch.header().encrypted && batch.block().size() >= kBatchEncryptionBytes);
  Trailer trailer;
  std::memcpy(&trailer, batch.block().data() + batch.block().size() - sizeof(trailer),
              sizeof(trailer));
  return trailer;
}

absl::Status CheckPlain(const ShardKey& shard, const RecordBatch& batch) {
  if (batch.header().encrypted) {
    return MakeError(
        ErrorReason::kInvalidArgument,
        absl::StrCat("a batch for ", ToString(shard), " is encrypted; the broker does that"));
  }
  if (batch.block().size() > kBatchPlainBlockBytesMax) {
    return MakeError(
        ErrorReason::kRequestTooLarge,
        absl::StrCat("a block of ", batch.block().size(), " bytes for ", ToString(shard),
                     " cannot be encrypted, as it has more than ", kBatchPlainBlockBytesMax));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RecordBatch> EncryptBatch(const ShardKey& shard, RecordBatch batch,
                                         const SecretKey& key, uint32_t generation) {
  RETURN_IF_ERROR(CheckPlain(shard, batch));
  Trailer trailer = {};
  trailer.generation = generation;
  ASSIGN_OR_RETURN(trailer.nonce, RandomNonce());

  RecordBatchHeader header = batch.header();
  header.encrypted = true;
  header.block_bytes += kBatchEncryptionBytes;
  const AssociatedData associated = AssociatedDataOf(shard, generation, header);

  std::string bytes = std::move(batch).TakeBytes();
  const std::span<char> block = std::span(bytes).subspan(RecordBatchHeader::kBytes);
  trailer.tag = SealInPlace(key, trailer.nonce, associated.bytes(), block);
  bytes.append(reinterpret_cast<const char*>(&trailer), sizeof(trailer));
  return RecordBatch::Assemble(shard, header, std::move(bytes));
}

uint32_t GenerationOf(const RecordBatch& batch) {
  return TrailerOf(batch).generation;
}

absl::StatusOr<RecordBatch> DecryptBatch(const ShardKey& shard, const RecordBatch& batch,
                                         const SecretKey& key) {
  const Trailer trailer = TrailerOf(batch);
  RecordBatchHeader header = batch.header();
  const AssociatedData associated = AssociatedDataOf(shard, trailer.generation, header);

  // A copy, decrypted where it lies: faster than to fill with zeros what is then written over.
  std::string bytes(batch.bytes().substr(0, batch.bytes().size() - kBatchEncryptionBytes));
  const std::span<char> block = std::span(bytes).subspan(RecordBatchHeader::kBytes);
  if (!OpenInPlace(key, trailer.nonce, associated.bytes(), block, trailer.tag)) {
    return MakeError(
        ErrorReason::kCorruptRecords,
        absl::StrCat("record batch at sequence number ", header.first_sequence_number.value(),
                     " of ", ToString(shard), ": does not decrypt with data key ",
                     trailer.generation, " of its stream"));
  }
  header.encrypted = false;
  return RecordBatch::Assemble(shard, header, std::move(bytes));
}

}  // namespace penstock::broker
