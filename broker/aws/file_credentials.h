// FileCredentials: the access keys of a credentials file (credentials_file.h), as it is now.
//
// The file is read again when a key is asked for and the last look is kReloadMs old, so that a key
// that is added, disabled or taken out counts a second later, without a restart. A file that is not
// good any more (gone, open to others, no valid TOML) leaves the keys in force that were read last:
// a slip of an editor must not lock all clients out. That is logged once, and again when it is
// well. Thread-safe: callers share immutable keys; whoever finds the last look old reads the file,
// alone and outside the lock.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"

#include "broker/aws/credentials.h"
#include "broker/aws/credentials_file.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace penstock::broker {

class FileCredentials final : public CredentialsSource {
 public:
  static constexpr int64_t kReloadMs = 1'000;

  // Errors as ReadCredentialsFile and ParseCredentials: what is wrong at the start is told then.
  // `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<FileCredentials>> Open(std::string path,
                                                               const Clock& clock);

  std::shared_ptr<const AccessKey> Find(std::string_view id) override;

 private:
  using Keys = std::shared_ptr<const AccessKeys>;
  using Digest = std::array<unsigned char, 32>;

  // What one look at the file found.
  struct Look {
    Digest digest = {};
    // Null where the digest is that of the last good look.
    absl::StatusOr<Keys> keys;
  };

  FileCredentials(std::string path, const Clock& clock) : path_(std::move(path)), clock_(clock) {}

  Keys Current();
  Look LookAtFile(const Digest& last_good) const;
  void Adopt(Look look) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  const Clock& clock_;

  Mutex mutex_;
  Keys keys_ ABSL_GUARDED_BY(mutex_);
  // Of the text that keys_ was read from.
  Digest digest_ ABSL_GUARDED_BY(mutex_) = {};
  // What was wrong at the last look; empty: nothing.
  std::string problem_ ABSL_GUARDED_BY(mutex_);
  int64_t looked_ms_ ABSL_GUARDED_BY(mutex_) = 0;
  bool looking_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace penstock::broker
