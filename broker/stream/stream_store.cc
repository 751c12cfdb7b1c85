#include "broker/stream/stream_store.h"

#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <openssl/rand.h>

#include "broker/stream/stream_codec.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kStreamPrefix = "stream/";
constexpr std::string_view kNextIdKey = "next-stream-id";
// Streams made at once on several nodes compete for the counter; each round one of them wins.
constexpr int kTakeIdAttemptsMax = 100;

// 1 to 2^52.
absl::StatusOr<uint64_t> RandomFirstId() {
  uint64_t id = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&id), sizeof(id)) != 1) {
    return MakeError(ErrorReason::kInternalFailure, "no random bytes for the first stream's id");
  }
  return 1 + (id >> 12);
}

std::string StreamKey(std::string_view name) {
  return std::string(kStreamPrefix).append(name);
}

}  // namespace

absl::StatusOr<std::vector<StoredStreamEntry>> StreamStore::Load() {
  ASSIGN_OR_RETURN(const NextId next, ReadNextId());
  ASSIGN_OR_RETURN(const std::vector<MetadataEntry> entries, metadata_.List(kStreamPrefix));
  std::vector<StoredStreamEntry> streams;
  std::set<StreamId> ids;
  for (const MetadataEntry& entry : entries) {
    const std::string name = entry.key.substr(kStreamPrefix.size());
    ASSIGN_OR_RETURN(auto snapshot, DecodeStream(name, entry.value));
    const StreamId id = snapshot->config().id;
    if (id.value() >= next.id || !ids.insert(id).second) {
      return MakeError(
          ErrorReason::kCorruptRecords,
          absl::StrCat("metadata of stream ", name, ": its id ", id.value(),
                       id.value() >= next.id ? " was never given: " : " is another's: ",
                       std::string(kNextIdKey), " is ", next.id));
    }
    streams.push_back({std::move(snapshot), entry.revision});
  }
  return streams;
}

absl::StatusOr<StreamStore::NextId> StreamStore::ReadNextId() {
  ASSIGN_OR_RETURN(const std::optional<MetadataEntry> entry, metadata_.Get(kNextIdKey));
  NextId next;
  if (!entry) return next;
  if (!absl::SimpleAtoi(entry->value, &next.id) || next.id == 0) {
    return MakeError(ErrorReason::kCorruptRecords,
                     absl::StrCat("metadata: ", std::string(kNextIdKey), " is '",
                                  Excerpt(entry->value), "', not a number"));
  }
  next.revision = entry->revision;
  return next;
}

absl::StatusOr<StreamId> StreamStore::TakeId() {
  absl::Status last;
  for (int attempt = 0; attempt < kTakeIdAttemptsMax; ++attempt) {
    ASSIGN_OR_RETURN(NextId next, ReadNextId());
    if (next.id == 0) {
      ASSIGN_OR_RETURN(next.id, RandomFirstId());
    }
    last = metadata_.CompareAndPut(kNextIdKey, absl::StrCat(next.id + 1), next.revision).status();
    if (last.ok()) return StreamId(next.id);
    if (last.code() != absl::StatusCode::kAborted) return last;
  }
  return last;
}

absl::StatusOr<std::optional<StoredStreamEntry>> StreamStore::Get(std::string_view name) {
  ASSIGN_OR_RETURN(const std::optional<MetadataEntry> entry, metadata_.Get(StreamKey(name)));
  if (!entry) return std::optional<StoredStreamEntry>();
  ASSIGN_OR_RETURN(auto snapshot, DecodeStream(name, entry->value));
  return std::optional<StoredStreamEntry>({std::move(snapshot), entry->revision});
}

absl::StatusOr<Revision> StreamStore::Put(const StreamSnapshot& stream, Revision expected) {
  return metadata_.CompareAndPut(StreamKey(stream.config().name), EncodeStream(stream), expected);
}

absl::Status StreamStore::Delete(const StreamSnapshot& stream, Revision expected) {
  const std::string key = StreamKey(stream.config().name);
  return stream.config().encryption.data_keys.empty() ? metadata_.CompareAndDelete(key, expected)
                                                      : metadata_.CompareAndErase(key, expected);
}

}  // namespace penstock::broker
