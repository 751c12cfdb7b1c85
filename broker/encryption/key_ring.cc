#include "broker/encryption/key_ring.h"

#include <cstring>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "broker/encryption/aead.h"
#include "broker/encryption/key_id.h"
#include "common/error.h"
#include "common/log.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr char kWrappedVersion = 1;
constexpr size_t kCiphertextAt = 1 + kNonceBytes;
constexpr size_t kTagAt = kCiphertextAt + SecretKey::kBytes;
constexpr size_t kWrappedBytes = kTagAt + kTagBytes;

std::array<unsigned char, SHA256_DIGEST_LENGTH> Sha256(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

void AppendFixed(uint64_t value, int bytes, std::string* out) {
  for (int i = 0; i < bytes; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

std::string AssociatedData(StreamId stream, uint32_t generation, std::string_view master_key_id) {
  std::string data = "penstock data key\n";
  AppendFixed(stream.value(), 8, &data);
  AppendFixed(generation, 4, &data);
  return data.append(master_key_id);
}

absl::StatusOr<WrappedDataKey> Wrap(const MasterKey& master, const SecretKey& key, StreamId stream,
                                    uint32_t generation) {
  ASSIGN_OR_RETURN(const Nonce nonce, RandomNonce());
  std::string wrapped(1, kWrappedVersion);
  wrapped.reserve(kWrappedBytes);
  wrapped.append(nonce.data(), nonce.size()).append(key.bytes());
  const Tag tag = SealInPlace(master.secret, nonce, AssociatedData(stream, generation, master.id),
                              std::span(wrapped).subspan(kCiphertextAt));
  wrapped.append(tag.data(), tag.size());
  return WrappedDataKey{generation, master.id, std::move(wrapped), 0};
}

absl::StatusOr<SecretKey> UnwrapWith(const MasterKey& master, const WrappedDataKey& key,
                                     StreamId stream) {
  if (key.wrapped.size() == kWrappedBytes && key.wrapped[0] == kWrappedVersion) {
    Nonce nonce;
    std::memcpy(nonce.data(), key.wrapped.data() + 1, nonce.size());
    Tag tag;
    std::memcpy(tag.data(), key.wrapped.data() + kTagAt, tag.size());
    SecretText text(SecretKey::kBytes);
    std::memcpy(text.text().data(), key.wrapped.data() + kCiphertextAt, SecretKey::kBytes);
    if (OpenInPlace(master.secret, nonce, AssociatedData(stream, key.generation, master.id),
                    text.text(), tag)) {
      return SecretKey(text.text());
    }
  }
  return MakeError(
      ErrorReason::kKmsInvalidState,
      absl::StrCat("master key '", master.id, "' does not unwrap data key ", key.generation,
                   " of stream ", stream.value(), ": it is not the key that wrapped it"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeyRing>> KeyRing::Open(std::string path, const Clock& clock) {
  auto ring = std::unique_ptr<KeyRing>(new KeyRing(std::move(path), clock));
  Look look = ring->LookAtFile({});
  RETURN_IF_ERROR(look.access);
  RETURN_IF_ERROR(look.contents.status());
  MutexLock lock(ring->mutex_);
  ring->looked_ms_ = clock.MonotonicMs();
  ring->Adopt(std::move(look));
  return ring;
}

KeyRing::Look KeyRing::LookAtFile(const Digest& last) const {
  Look look;
  absl::StatusOr<std::unique_ptr<SecretText>> read = ReadKeyRingFile(path_);
  if (!read.ok()) {
    if (ReasonOf(read.status()) == ErrorReason::kKmsAccessDenied) look.access = read.status();
    look.contents = read.status();
    return look;
  }
  look.digest = Sha256((*read)->text());
  if (look.digest == last) return look;
  absl::StatusOr<KeyRingContents> parsed = ParseKeyRing((*read)->text(), path_);
  if (parsed.ok()) {
    look.contents = std::make_shared<const KeyRingContents>(*std::move(parsed));
  } else {
    look.contents = parsed.status();
  }
  return look;
}

void KeyRing::Adopt(Look look) {
  if (look.access.ok() != access_.ok()) {
    if (look.access.ok()) {
      LogInfo("key ring can be read again", {{"file", path_}});
    } else {
      LogError("key ring cannot be read: its keys are refused until it can",
               {{"error", std::string(look.access.message())}});
    }
  }
  access_ = look.access;
  if (!access_.ok() || look.digest == digest_) return;
  digest_ = look.digest;
  if (!look.contents.ok()) {
    LogWarning("key ring is broken: its last keys stay in force",
               {{"error", std::string(look.contents.status().message())}});
    return;
  }
  contents_ = *std::move(look.contents);
  LogInfo("key ring read", {{"file", path_}, {"keys", absl::StrCat(contents_->keys.size())}});
}

absl::StatusOr<KeyRing::Contents> KeyRing::Current() {
  const int64_t now_ms = clock_.MonotonicMs();
  Digest last;
  {
    MutexLock lock(mutex_);
    if (looking_ || now_ms - looked_ms_ < kReloadMs) {
      if (!access_.ok()) return access_;
      return contents_;
    }
    looking_ = true;
    last = digest_;
  }
  Look look = LookAtFile(last);
  MutexLock lock(mutex_);
  looking_ = false;
  looked_ms_ = now_ms;
  Adopt(std::move(look));
  if (!access_.ok()) return access_;
  return contents_;
}

absl::StatusOr<const MasterKey*> KeyRing::FindUsable(const KeyRingContents& ring,
                                                     std::string_view id) const {
  const MasterKey* key = ring.Find(id);
  if (key == nullptr) {
    return MakeError(ErrorReason::kKmsNotFound,
                     absl::StrCat("master key '", Excerpt(id), "' is not in key ring ", path_));
  }
  if (!key->enabled) {
    return MakeError(ErrorReason::kKmsDisabled, absl::StrCat("master key '", Excerpt(id),
                                                             "' is disabled in key ring ", path_));
  }
  return key;
}

absl::StatusOr<const MasterKey*> KeyRing::FindRequested(const KeyRingContents& ring,
                                                        std::string_view key_id) const {
  ASSIGN_OR_RETURN(const KeyId id, KeyId::Parse(key_id));
  if (!id.is_default) return FindUsable(ring, id.name);
  if (ring.default_id.empty()) {
    return MakeError(ErrorReason::kKmsNotFound,
                     absl::StrCat("key ring ", path_, " has no default key for ", Excerpt(key_id)));
  }
  return FindUsable(ring, ring.default_id);
}

absl::StatusOr<WrappedDataKey> KeyRing::GenerateDataKey(std::string_view key_id, StreamId stream,
                                                        uint32_t generation) {
  ASSIGN_OR_RETURN(const Contents ring, Current());
  ASSIGN_OR_RETURN(const MasterKey* const master, FindRequested(*ring, key_id));
  ASSIGN_OR_RETURN(const SecretKey key, SecretKey::Make());
  return Wrap(*master, key, stream, generation);
}

absl::StatusOr<SecretKey> KeyRing::Unwrap(const WrappedDataKey& key, StreamId stream) {
  ASSIGN_OR_RETURN(const Contents ring, Current());
  ASSIGN_OR_RETURN(const MasterKey* const master, FindUsable(*ring, key.key_id));
  return UnwrapWith(*master, key, stream);
}

absl::StatusOr<WrappedDataKey> KeyRing::Rewrap(const WrappedDataKey& key, StreamId stream,
                                               std::string_view key_id) {
  ASSIGN_OR_RETURN(const Contents ring, Current());
  ASSIGN_OR_RETURN(const MasterKey* const old_master, FindUsable(*ring, key.key_id));
  ASSIGN_OR_RETURN(const MasterKey* const new_master, FindRequested(*ring, key_id));
  ASSIGN_OR_RETURN(const SecretKey data_key, UnwrapWith(*old_master, key, stream));
  ASSIGN_OR_RETURN(WrappedDataKey wrapped, Wrap(*new_master, data_key, stream, key.generation));
  wrapped.creation_timestamp_ms = key.creation_timestamp_ms;
  return wrapped;
}

absl::StatusOr<MasterKeyVersion> KeyRing::CheckUsable(std::string_view key_id) {
  ASSIGN_OR_RETURN(const Contents ring, Current());
  ASSIGN_OR_RETURN(const MasterKey* const master, FindUsable(*ring, key_id));
  return master->version;
}

}  // namespace penstock::broker
