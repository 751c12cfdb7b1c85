// Client: every call that a broker answers, with deadlines, and with retries where they are safe.
//
//   absl::StatusOr<std::unique_ptr<penstock::Client>> client =
//       penstock::Client::Connect({.endpoint = "127.0.0.1:7070"});
//   if (!client.ok()) return client.status();
//
//   absl::StatusOr<penstock::PutRecordResult> put =
//       (*client)->PutRecord("orders", {.data = "{\"id\":1}", .partition_key = "customer-7"});
//
//   absl::StatusOr<std::string> iterator = (*client)->GetShardIterator(
//       "orders", put->shard_id, penstock::IteratorPosition::TrimHorizon());
//   absl::StatusOr<penstock::GetRecordsResult> got = (*client)->GetRecords(*iterator);
//
// Streams are described in streams.h, shards in shards.h, records in records.h, consumers in
// consumers.h, pushed records in subscription.h, errors in errors.h.
//
// Retries. A call that only reads (describe, list, get) is tried again on UNAVAILABLE,
// RESOURCE_EXHAUSTED and CANCELLED until ClientOptions::call_timeout is over. A call that changes
// something (put, create, split, tag) is tried again on the first two only if the broker says that
// it was not applied: a put whose answer was lost may have been stored, and is returned with
// ErrorDetails::outcome_unknown (errors.h) for the caller to decide. A put with a stamp
// (PutRecordOptions::stamp) may be put again whatever became of it, and is, as if it only read.
// LIMIT_EXCEEDED is never tried again: waiting does not mend it. Single records that fail within a
// PutRecords are not tried again: that would put them after their followers. Subscriptions are not
// taken up again.
//
// Threads. Thread-safe. Synchronous calls run on the calling thread; callbacks run on a thread of
// the client, or on the calling one where an argument is refused at once; they must not block, nor
// destroy the client. The destructor cancels what is under way, and returns after the last callback
// has run.
//
// Errors. Besides those of each call: DEADLINE_EXCEEDED, UNAVAILABLE (no connection, or it was
// lost), CANCELLED (the client was destroyed), INVALID_ARGUMENT (an argument out of its range; the
// message names it), NOT_FOUND (STREAM_NOT_FOUND) wherever a stream is named.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "penstock/account.h"
#include "penstock/client_options.h"
#include "penstock/consumers.h"
#include "penstock/records.h"
#include "penstock/shards.h"
#include "penstock/streams.h"
#include "penstock/subscription.h"

namespace penstock {

class Client {
 public:
  using PutRecordsCallback = absl::AnyInvocable<void(absl::StatusOr<PutRecordsResult>)>;
  using GetRecordsCallback = absl::AnyInvocable<void(absl::StatusOr<GetRecordsResult>)>;

  // Does not touch the network: the first call connects, and a connection that is lost is made
  // again by itself. Fails with INVALID_ARGUMENT where an option is out of its range.
  static absl::StatusOr<std::unique_ptr<Client>> Connect(const ClientOptions& options);

  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  // Waits until a connection stands. UNAVAILABLE where none does within `timeout`, with the
  // endpoint in the message.
  absl::Status WaitUntilConnected(absl::Duration timeout);

  // ---- Streams

  // Returns at once; the stream is ACTIVE when its shards are stored (WaitUntilActive). 1 to 128
  // characters of letters, digits, '_', '.', '-'. ALREADY_EXISTS (STREAM_ALREADY_EXISTS),
  // RESOURCE_EXHAUSTED (LIMIT_EXCEEDED).
  absl::Status CreateStream(std::string_view stream_name, const CreateStreamOptions& options = {});

  // Deletes the stream and all its records; returns at once (WaitUntilDeleted).
  // FAILED_PRECONDITION (STREAM_NOT_ACTIVE, STREAM_HAS_CONSUMERS).
  absl::Status DeleteStream(std::string_view stream_name, const DeleteStreamOptions& options = {});

  absl::StatusOr<StreamListPage> ListStreams(const ListStreamsOptions& options = {});

  // A stream with a page of its shards.
  absl::StatusOr<StreamPage> DescribeStream(std::string_view stream_name,
                                            const DescribeStreamOptions& options = {});

  // A stream without its shards.
  absl::StatusOr<StreamDescription> DescribeStreamSummary(std::string_view stream_name);

  // All pages of ListStreams.
  absl::StatusOr<std::vector<StreamListing>> ListAllStreams();

  // Asks again and again until the stream is ACTIVE, or is gone. DEADLINE_EXCEEDED after `timeout`.
  absl::StatusOr<StreamDescription> WaitUntilActive(std::string_view stream_name,
                                                    absl::Duration timeout);
  absl::Status WaitUntilDeleted(std::string_view stream_name, absl::Duration timeout);

  // ---- Settings of a stream. Except for tags the stream must be ACTIVE: FAILED_PRECONDITION
  // (STREAM_NOT_ACTIVE) where it is being created, changed or deleted. It may be UPDATING for a
  // moment afterwards. RESOURCE_EXHAUSTED (LIMIT_EXCEEDED).

  // `warm_throughput_mibps` is for on-demand mode alone; 0 is none.
  absl::Status UpdateStreamMode(std::string_view stream_name, StreamMode mode,
                                uint32_t warm_throughput_mibps = 0);
  // What an on-demand stream is kept ready for, 0 to 10,240 MiB/s. FAILED_PRECONDITION
  // (WRONG_STREAM_MODE).
  absl::StatusOr<WarmThroughput> UpdateStreamWarmThroughput(std::string_view stream_name,
                                                            uint32_t warm_throughput_mibps);
  // 1,024 to 10,240.
  absl::Status UpdateMaxRecordSize(std::string_view stream_name, uint32_t record_kib_max);
  absl::Status UpdateStreamLimits(std::string_view stream_name, const StreamLimits& limits);
  // 1 minute to 365 days, in whole minutes; not shorter, or not longer, than it is. What has
  // expired does not come back; what is older than the new period is no longer to be had at once.
  absl::Status IncreaseStreamRetentionPeriod(std::string_view stream_name, absl::Duration period);
  absl::Status DecreaseStreamRetentionPeriod(std::string_view stream_name, absl::Duration period);

  // Encrypts what is put from now on with a key of the stream's own, wrapped by the master key
  // `key_id` of the broker's key ring; with another key_id it changes the master key. NOT_FOUND
  // (KMS_NOT_FOUND), FAILED_PRECONDITION (KMS_DISABLED, KMS_INVALID_STATE), PERMISSION_DENIED.
  absl::Status StartStreamEncryption(std::string_view stream_name, std::string_view key_id);
  // What is stored stays as it is.
  absl::Status StopStreamEncryption(std::string_view stream_name, std::string_view key_id);

  // Counts metrics for each shard, beside those of the stream. 1 to 7, or kAll.
  absl::StatusOr<ShardLevelMetrics> EnableEnhancedMonitoring(
      std::string_view stream_name, const std::vector<ShardLevelMetric>& metrics);
  absl::StatusOr<ShardLevelMetrics> DisableEnhancedMonitoring(
      std::string_view stream_name, const std::vector<ShardLevelMetric>& metrics);

  // Adds 1 to 50; a tag whose key is there replaces it.
  absl::Status AddTagsToStream(std::string_view stream_name, const std::vector<Tag>& tags);
  // Keys that are not there are passed over.
  absl::Status RemoveTagsFromStream(std::string_view stream_name,
                                    const std::vector<std::string>& keys);
  absl::StatusOr<TagListPage> ListTagsForStream(std::string_view stream_name,
                                                const ListTagsOptions& options = {});
  // The same for a stream, or, where `consumer_name` is not empty, for a consumer of it. NOT_FOUND
  // (CONSUMER_NOT_FOUND).
  absl::Status TagResource(std::string_view stream_name, std::string_view consumer_name,
                           const std::vector<Tag>& tags);
  absl::Status UntagResource(std::string_view stream_name, std::string_view consumer_name,
                             const std::vector<std::string>& keys);
  absl::StatusOr<std::vector<Tag>> ListTagsForResource(std::string_view stream_name,
                                                       std::string_view consumer_name);

  // ---- Shards

  // FAILED_PRECONDITION (EXPIRED_NEXT_TOKEN).
  absl::StatusOr<ShardListPage> ListShards(const ListShardsOptions& options);
  // All pages of it.
  absl::StatusOr<std::vector<ShardDescription>> ListAllShards(std::string_view stream_name,
                                                              const ShardFilter& filter = {});

  // The calls below return at once, with the stream in UPDATING; records are taken meanwhile, and
  // WaitUntilActive returns when it is done. Errors: NOT_FOUND (SHARD_NOT_FOUND),
  // FAILED_PRECONDITION (STREAM_NOT_ACTIVE; WRONG_STREAM_MODE: on-demand streams are split and
  // merged by the broker), RESOURCE_EXHAUSTED (LIMIT_EXCEEDED).

  // Splits a shard in two. `new_starting_hash_key`, decimal, is the first of the upper child: in
  // the shard's range, above its first.
  absl::Status SplitShard(std::string_view stream_name, std::string_view shard_to_split,
                          std::string_view new_starting_hash_key);
  // Merges two shards whose hash keys are next to each other.
  absl::Status MergeShards(std::string_view stream_name, std::string_view shard_to_merge,
                           std::string_view adjacent_shard_to_merge);
  // Splits and merges until the stream has so many open shards, of equal size.
  absl::StatusOr<UpdateShardCountResult> UpdateShardCount(std::string_view stream_name,
                                                          uint32_t target_shard_count);

  // ---- Registered consumers. NOT_FOUND (CONSUMER_NOT_FOUND).

  // ALREADY_EXISTS (CONSUMER_ALREADY_EXISTS), RESOURCE_EXHAUSTED (LIMIT_EXCEEDED).
  absl::StatusOr<ConsumerDescription> RegisterStreamConsumer(std::string_view stream_name,
                                                             std::string_view consumer_name,
                                                             const std::vector<Tag>& tags = {});
  // Ends its subscriptions too.
  absl::Status DeregisterStreamConsumer(std::string_view stream_name,
                                        std::string_view consumer_name);
  absl::StatusOr<ConsumerDescription> DescribeStreamConsumer(std::string_view stream_name,
                                                             std::string_view consumer_name);
  absl::StatusOr<ConsumerListPage> ListStreamConsumers(const ListStreamConsumersOptions& options);
  // All pages of it.
  absl::StatusOr<std::vector<ConsumerDescription>> ListAllStreamConsumers(
      std::string_view stream_name);
  // How far a consumer is behind, shard by shard, whether or not it is subscribed.
  absl::StatusOr<ConsumerLag> DescribeConsumerLag(std::string_view stream_name,
                                                  std::string_view consumer_name);

  // Begins to push the records of a shard to a consumer. What goes wrong comes to on_end; where an
  // argument is refused at once, before this returns.
  std::unique_ptr<Subscription> SubscribeToShard(const SubscribeToShardOptions& options,
                                                 SubscriptionCallbacks callbacks);

  // ---- Records

  // Stores one record; it is synced to disk when this returns OK. INVALID_ARGUMENT,
  // RESOURCE_EXHAUSTED (OVERLOADED, THROUGHPUT_EXCEEDED, DISK_BUDGET_EXCEEDED), and the errors of
  // the options.
  absl::StatusOr<PutRecordResult> PutRecord(std::string_view stream_name, PutRecordsEntry entry,
                                            const PutRecordOptions& options = {});

  // Stores 1 to 500 records, at most 10 MiB in all. OK says that the broker answered, not that
  // every record was stored: look at each result. Records of one partition key are stored in the
  // order of `entries`.
  absl::StatusOr<PutRecordsResult> PutRecords(std::string_view stream_name,
                                              std::vector<PutRecordsEntry> entries,
                                              const PutRecordsOptions& options = {});
  void PutRecordsAsync(std::string_view stream_name, std::vector<PutRecordsEntry> entries,
                       PutRecordsCallback callback) {
    PutRecordsAsync(stream_name, std::move(entries), {}, std::move(callback));
  }
  void PutRecordsAsync(std::string_view stream_name, std::vector<PutRecordsEntry> entries,
                       const PutRecordsOptions& options, PutRecordsCallback callback);

  // A place in a shard, as an opaque token for GetRecords, valid for five minutes. NOT_FOUND
  // (SHARD_NOT_FOUND), INVALID_ARGUMENT.
  absl::StatusOr<std::string> GetShardIterator(std::string_view stream_name,
                                               std::string_view shard_id,
                                               const IteratorPosition& position,
                                               const GetShardIteratorOptions& options = {});

  // Up to 10,000 records or 10 MiB from the iterator on. INVALID_ARGUMENT (INVALID_ITERATOR),
  // FAILED_PRECONDITION (EXPIRED_ITERATOR), DATA_LOSS (CORRUPT_RECORDS).
  absl::StatusOr<GetRecordsResult> GetRecords(std::string_view shard_iterator,
                                              const GetRecordsOptions& options = {});
  void GetRecordsAsync(std::string_view shard_iterator, const GetRecordsOptions& options,
                       GetRecordsCallback callback);

  // ---- The broker as a whole

  absl::StatusOr<AccountLimits> DescribeLimits();
  absl::StatusOr<AccountSettings> DescribeAccountSettings();
  // kEnabled or kDisabled. INVALID_ARGUMENT where nothing would change.
  absl::StatusOr<AccountSettings> UpdateAccountSettings(CommitmentStatus throughput_commitment);

 private:
  class Impl;

  explicit Client(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace penstock
