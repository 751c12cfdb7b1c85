#include "broker/aws/file_credentials.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "broker/aws/sigv4_digest.h"
#include "common/log.h"
#include "common/status_macros.h"

namespace penstock::broker {

absl::StatusOr<std::unique_ptr<FileCredentials>> FileCredentials::Open(std::string path,
                                                                       const Clock& clock) {
  auto credentials = std::unique_ptr<FileCredentials>(new FileCredentials(std::move(path), clock));
  Look look = credentials->LookAtFile({});
  RETURN_IF_ERROR(look.keys.status());
  MutexLock lock(credentials->mutex_);
  credentials->looked_ms_ = clock.MonotonicMs();
  credentials->Adopt(std::move(look));
  return credentials;
}

FileCredentials::Look FileCredentials::LookAtFile(const Digest& last_good) const {
  Look look;
  const absl::StatusOr<std::unique_ptr<SecretText>> read = ReadCredentialsFile(path_);
  if (!read.ok()) {
    look.keys = read.status();
    return look;
  }
  look.digest = Sha256((*read)->text());
  if (look.digest == last_good) {
    look.keys = nullptr;
    return look;
  }
  absl::StatusOr<AccessKeys> parsed = ParseCredentials((*read)->text(), path_);
  if (parsed.ok()) {
    look.keys = std::make_shared<const AccessKeys>(*std::move(parsed));
  } else {
    look.keys = parsed.status();
  }
  return look;
}

void FileCredentials::Adopt(Look look) {
  if (!look.keys.ok()) {
    std::string problem(look.keys.status().message());
    if (problem == problem_) return;
    problem_ = std::move(problem);
    LogWarning("credentials file is broken: its last keys stay in force", {{"error", problem_}});
    return;
  }
  if (!problem_.empty()) LogInfo("credentials file is good again", {{"file", path_}});
  problem_.clear();
  if (*look.keys == nullptr) return;
  digest_ = look.digest;
  keys_ = *std::move(look.keys);
  LogInfo("credentials file read", {{"file", path_}, {"keys", absl::StrCat(keys_->size())}});
}

FileCredentials::Keys FileCredentials::Current() {
  const int64_t now_ms = clock_.MonotonicMs();
  Digest last_good;
  {
    MutexLock lock(mutex_);
    if (looking_ || now_ms - looked_ms_ < kReloadMs) return keys_;
    looking_ = true;
    last_good = digest_;
  }
  Look look = LookAtFile(last_good);
  MutexLock lock(mutex_);
  looking_ = false;
  looked_ms_ = now_ms;
  Adopt(std::move(look));
  return keys_;
}

std::shared_ptr<const AccessKey> FileCredentials::Find(std::string_view id) {
  const Keys keys = Current();
  const auto found = keys->find(absl::string_view(id.data(), id.size()));
  if (found == keys->end() || !found->second->enabled) return nullptr;
  return found->second;
}

}  // namespace penstock::broker
