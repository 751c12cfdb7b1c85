// KeyRing: the KeyService on a file of master keys (key_ring_file.h).
//
// The file is read again when a key is asked for and the last look is kReloadMs old, so that a key
// that is added, disabled or taken out counts a second later, without a restart:
//
//   the file            from then on
//   good                its keys
//   good TOML no more   the keys that were read last, and a warning
//   cannot be read,     KMS_ACCESS_DENIED for every key, until it can: whoever takes the file
//   or others can       away means the keys
//
// A data key is wrapped with XAES-256-GCM (aead.h):
//
//   version, 1   1 | nonce 24 | ciphertext 32 | tag 16
//
// authenticated with its stream (8), generation (4) and the master key's id, so that it unwraps
// nowhere else. Thread-safe: readers share an immutable copy of the keys; whoever finds the last
// look old reads the file, alone and outside the lock.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/encryption/key_ring_file.h"
#include "broker/encryption/key_service.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace penstock::broker {

class KeyRing final : public KeyService {
 public:
  static constexpr int64_t kReloadMs = 1'000;

  // Errors as ReadKeyRingFile and ParseKeyRing: what is wrong at the start is told then. `clock`
  // must outlive it.
  static absl::StatusOr<std::unique_ptr<KeyRing>> Open(std::string path, const Clock& clock);

  absl::StatusOr<WrappedDataKey> GenerateDataKey(std::string_view key_id, StreamId stream,
                                                 uint32_t generation) override;
  absl::StatusOr<SecretKey> Unwrap(const WrappedDataKey& key, StreamId stream) override;
  absl::StatusOr<WrappedDataKey> Rewrap(const WrappedDataKey& key, StreamId stream,
                                        std::string_view key_id) override;
  absl::StatusOr<MasterKeyVersion> CheckUsable(std::string_view key_id) override;

 private:
  using Contents = std::shared_ptr<const KeyRingContents>;
  using Digest = std::array<unsigned char, 32>;

  // What one look at the file found.
  struct Look {
    // KMS_ACCESS_DENIED: then nothing else is set.
    absl::Status access;
    Digest digest = {};
    // Of ParseKeyRing. Not set where the digest is that of the last look.
    absl::StatusOr<Contents> contents;
  };

  KeyRing(std::string path, const Clock& clock) : path_(std::move(path)), clock_(clock) {}

  // The keys as of now, after a look at the file if one is due.
  absl::StatusOr<Contents> Current();
  Look LookAtFile(const Digest& last) const;
  void Adopt(Look look) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // A key that may be used; `key_id` as in a request, or the id of a key.
  absl::StatusOr<const MasterKey*> FindRequested(const KeyRingContents& ring,
                                                 std::string_view key_id) const;
  absl::StatusOr<const MasterKey*> FindUsable(const KeyRingContents& ring,
                                              std::string_view id) const;

  const std::string path_;
  const Clock& clock_;

  Mutex mutex_;
  Contents contents_ ABSL_GUARDED_BY(mutex_);
  absl::Status access_ ABSL_GUARDED_BY(mutex_);
  // Of the file's text at the last look, good or not.
  Digest digest_ ABSL_GUARDED_BY(mutex_) = {};
  int64_t looked_ms_ ABSL_GUARDED_BY(mutex_) = 0;
  bool looking_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace penstock::broker
