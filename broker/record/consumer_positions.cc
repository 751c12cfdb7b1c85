#include "broker/record/consumer_positions.h"

#include <chrono>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <boost/asio/post.hpp>

#include "common/error.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "penstock/internal/v1/consumer_positions.pb.h"

namespace penstock::broker {
namespace {

namespace stored_v1 = ::penstock::internal::v1;

constexpr std::string_view kPrefix = "consumer-position/";

std::string StoreKey(const ConsumerKey& consumer) {
  return absl::StrCat(std::string(kPrefix), consumer.stream.value(), "/", consumer.name, "/",
                      consumer.creation_timestamp_ms);
}

absl::Status Damaged(const std::string& key, std::string_view what) {
  return MakeError(ErrorReason::kCorruptRecords,
                   absl::StrCat("metadata ", Excerpt(key), ": ", std::string(what)));
}

absl::StatusOr<ConsumerKey> ParseStoreKey(const std::string& key) {
  const std::vector<std::string> parts = absl::StrSplit(key.substr(kPrefix.size()), '/');
  uint64_t stream = 0;
  ConsumerKey consumer;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &stream) ||
      !absl::SimpleAtoi(parts[2], &consumer.creation_timestamp_ms)) {
    return Damaged(key, "is no key of a consumer's positions");
  }
  consumer.stream = StreamId(stream);
  consumer.name = parts[1];
  return consumer;
}

std::string Encode(const std::map<ShardIndex, SequenceNumber>& positions) {
  stored_v1::StoredConsumerPositions stored;
  for (const auto& [shard, next] : positions) {
    stored.add_shard_index(shard.value());
    stored.add_next_sequence_number(next.value());
  }
  return stored.SerializeAsString();
}

absl::StatusOr<std::map<ShardIndex, SequenceNumber>> Decode(const MetadataEntry& entry) {
  stored_v1::StoredConsumerPositions stored;
  if (!stored.ParseFromString(entry.value) ||
      stored.shard_index_size() != stored.next_sequence_number_size()) {
    return Damaged(entry.key, "is not readable");
  }
  std::map<ShardIndex, SequenceNumber> positions;
  for (int i = 0; i < stored.shard_index_size(); ++i)
    positions[ShardIndex(stored.shard_index(i))] = SequenceNumber(stored.next_sequence_number(i));
  return positions;
}

bool IsConsumerOf(const StreamSnapshot& stream, const ConsumerKey& consumer) {
  const ConsumerInfo* const found = stream.FindConsumer(consumer.name);
  return found != nullptr && found->creation_timestamp_ms == consumer.creation_timestamp_ms;
}

}  // namespace

ConsumerPositions::ConsumerPositions(ConsumerPositionsOptions options)
    : options_(std::move(options)),
      strand_(boost::asio::make_strand(options_.executor)),
      timer_(strand_) {}

ConsumerPositions::~ConsumerPositions() {
  Stop();
}

absl::Status ConsumerPositions::Start() {
  ASSIGN_OR_RETURN(const std::vector<MetadataEntry> entries, options_.metadata.List(kPrefix));
  {
    MutexLock lock(mutex_);
    for (const MetadataEntry& stored : entries) {
      ASSIGN_OR_RETURN(const ConsumerKey consumer, ParseStoreKey(stored.key));
      Entry& entry = consumers_[consumer];
      ASSIGN_OR_RETURN(entry.next, Decode(stored));
      entry.revision = stored.revision;
    }
    started_ = true;
  }
  if (pending_.TryBegin()) boost::asio::post(strand_, [this] { WaitForNextFlush(); });
  return absl::OkStatus();
}

void ConsumerPositions::Stop() {
  if (!pending_.TryBegin()) return pending_.CloseAndWait();
  boost::asio::post(strand_, [this] {
    stopping_ = true;
    timer_.cancel();
    pending_.End();
  });
  pending_.CloseAndWait();
  {
    MutexLock lock(mutex_);
    // Nothing is known of what is stored.
    if (!started_) return;
  }
  BeginFlush();
  for (const ConsumerKey& consumer : to_store_) Store(consumer);
  EndFlush();
}

void ConsumerPositions::Set(const ConsumerKey& consumer, ShardIndex shard, SequenceNumber next) {
  MutexLock lock(mutex_);
  Entry& entry = consumers_[consumer];
  const auto [position, is_new] = entry.next.try_emplace(shard, next);
  if (!is_new && position->second == next) return;
  position->second = next;
  entry.changed = true;
}

std::optional<SequenceNumber> ConsumerPositions::Find(const ConsumerKey& consumer,
                                                      ShardIndex shard) const {
  MutexLock lock(mutex_);
  const auto entry = consumers_.find(consumer);
  if (entry == consumers_.end()) return std::nullopt;
  const auto position = entry->second.next.find(shard);
  if (position == entry->second.next.end()) return std::nullopt;
  return position->second;
}

void ConsumerPositions::WaitForNextFlush() {
  if (stopping_) return pending_.End();
  timer_.expires_after(std::chrono::milliseconds(options_.flush_interval_ms));
  timer_.async_wait([this](const boost::system::error_code&) {
    // Cancelled or not: stopping_ tells.
    if (stopping_) return pending_.End();
    BeginFlush();
    Step();
  });
}

void ConsumerPositions::BeginFlush() {
  to_store_.clear();
  next_to_store_ = 0;
  failures_ = 0;
  MutexLock lock(mutex_);
  // Those that have not changed too: they may be gone.
  for (const auto& [consumer, entry] : consumers_) to_store_.push_back(consumer);
}

void ConsumerPositions::Step() {
  for (size_t i = 0; i < kConsumersPerStep && next_to_store_ < to_store_.size() && !stopping_; ++i)
    Store(to_store_[next_to_store_++]);
  if (!stopping_ && next_to_store_ < to_store_.size())
    return boost::asio::post(strand_, [this] { Step(); });
  EndFlush();
  WaitForNextFlush();
}

void ConsumerPositions::EndFlush() {
  if (failures_ == 0) return;
  LogWarning("positions of consumers could not be stored",
             {{"consumers", absl::StrCat(failures_)},
              {"first_error", std::string(first_failure_.message())}});
}

void ConsumerPositions::Store(const ConsumerKey& consumer) {
  const absl::Status stored = TryStore(consumer);
  if (stored.ok()) return;
  if (failures_++ == 0) first_failure_ = stored;
  // A write that failed may have been made all the same, and then the revision is another one.
  std::optional<Revision> revision;
  if (stored.code() == absl::StatusCode::kAborted) {
    const auto found = options_.metadata.Get(StoreKey(consumer));
    if (found.ok()) revision = found->has_value() ? (*found)->revision : Revision();
  }
  MutexLock lock(mutex_);
  const auto entry = consumers_.find(consumer);
  if (entry == consumers_.end()) return;
  entry->second.changed = true;
  if (revision.has_value()) entry->second.revision = *revision;
}

absl::Status ConsumerPositions::TryStore(const ConsumerKey& consumer) {
  const auto stream = options_.directory.Find(consumer.stream);
  if (!stream.ok() || !IsConsumerOf(**stream, consumer)) return Delete(consumer);
  std::string value;
  Revision revision;
  {
    MutexLock lock(mutex_);
    Entry& entry = consumers_[consumer];
    if (!std::exchange(entry.changed, false)) return absl::OkStatus();
    std::erase_if(entry.next, [&](const auto& position) {
      return (*stream)->FindShard(position.first) == nullptr;
    });
    value = Encode(entry.next);
    revision = entry.revision;
  }
  ASSIGN_OR_RETURN(const Revision stored,
                   options_.metadata.CompareAndPut(StoreKey(consumer), value, revision));
  MutexLock lock(mutex_);
  consumers_[consumer].revision = stored;
  return absl::OkStatus();
}

absl::Status ConsumerPositions::Delete(const ConsumerKey& consumer) {
  Revision revision;
  {
    MutexLock lock(mutex_);
    revision = consumers_[consumer].revision;
  }
  if (revision != Revision())
    RETURN_IF_ERROR(options_.metadata.CompareAndDelete(StoreKey(consumer), revision));
  MutexLock lock(mutex_);
  consumers_.erase(consumer);
  return absl::OkStatus();
}

}  // namespace penstock::broker
