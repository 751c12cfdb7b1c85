#include "broker/record/batch_decryptor.h"

#include <utility>

namespace penstock::broker {
namespace {

class CipherDecryptor final : public BatchDecryptor {
 public:
  explicit CipherDecryptor(StreamCipher& cipher) : cipher_(cipher) {}

  absl::StatusOr<StoredBatch> Decrypt(const StreamConfig& stream, const ShardKey& shard,
                                      StoredBatch batch) override {
    return cipher_.Decrypt(stream, shard, std::move(batch));
  }

 private:
  StreamCipher& cipher_;
};

}  // namespace

std::unique_ptr<BatchDecryptor> MakeBatchDecryptor(StreamCipher* cipher) {
  return cipher == nullptr ? nullptr : std::make_unique<CipherDecryptor>(*cipher);
}

}  // namespace penstock::broker
