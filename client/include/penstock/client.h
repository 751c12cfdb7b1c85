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
// Retries. A call that only reads (describe, list, get) is tried again on UNAVAILABLE,
// RESOURCE_EXHAUSTED and CANCELLED until ClientOptions::call_timeout is over. A call that changes
// something (put, create, delete) is tried again on the first two only if the broker says that it
// was not applied: a put whose answer was lost may have been stored, and is returned with
// ErrorDetails::outcome_unknown (errors.h) for the caller to decide. LIMIT_EXCEEDED is never tried
// again: waiting does not mend it. Single records that fail within a PutRecords are not tried
// again: that would put them after their followers.
//
// Threads. Thread-safe. Synchronous calls run on the calling thread; callbacks run on a thread of
// the client, or on the calling one where an argument is refused at once; they must not block, nor
// destroy the client. The destructor cancels what is under
// way, and returns after the last callback has run.
//
// Errors. Besides those of each call: DEADLINE_EXCEEDED, UNAVAILABLE (no connection, or it was
// lost), CANCELLED (the client was destroyed), INVALID_ARGUMENT (an argument out of its range; the
// message names it).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "penstock/client_options.h"
#include "penstock/records.h"
#include "penstock/streams.h"

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

  // Deletes the stream and all its records; returns at once (WaitUntilDeleted). NOT_FOUND
  // (STREAM_NOT_FOUND), FAILED_PRECONDITION (STREAM_NOT_ACTIVE).
  absl::Status DeleteStream(std::string_view stream_name);

  absl::StatusOr<StreamListPage> ListStreams(const ListStreamsOptions& options = {});

  // A stream with a page of its shards. NOT_FOUND (STREAM_NOT_FOUND).
  absl::StatusOr<StreamPage> DescribeStream(std::string_view stream_name,
                                            const DescribeStreamOptions& options = {});

  // A stream without its shards. NOT_FOUND (STREAM_NOT_FOUND).
  absl::StatusOr<StreamDescription> DescribeStreamSummary(std::string_view stream_name);

  // NOT_FOUND (STREAM_NOT_FOUND), FAILED_PRECONDITION (EXPIRED_NEXT_TOKEN).
  absl::StatusOr<ShardListPage> ListShards(const ListShardsOptions& options);

  // All pages of ListStreams, and of ListShards.
  absl::StatusOr<std::vector<StreamListing>> ListAllStreams();
  absl::StatusOr<std::vector<ShardDescription>> ListAllShards(std::string_view stream_name);

  // Asks again and again until the stream is ACTIVE, or is gone. DEADLINE_EXCEEDED after `timeout`.
  absl::StatusOr<StreamDescription> WaitUntilActive(std::string_view stream_name,
                                                    absl::Duration timeout);
  absl::Status WaitUntilDeleted(std::string_view stream_name, absl::Duration timeout);

  // ---- Records

  // Stores one record; it is synced to disk when this returns OK. NOT_FOUND (STREAM_NOT_FOUND),
  // INVALID_ARGUMENT, RESOURCE_EXHAUSTED (OVERLOADED).
  absl::StatusOr<PutRecordResult> PutRecord(std::string_view stream_name, PutRecordsEntry entry);

  // Stores 1 to 500 records, at most 10 MiB in all. OK says that the broker answered, not that
  // every record was stored: look at each result. Records of one partition key are stored in the
  // order of `entries`.
  absl::StatusOr<PutRecordsResult> PutRecords(std::string_view stream_name,
                                              std::vector<PutRecordsEntry> entries);
  void PutRecordsAsync(std::string_view stream_name, std::vector<PutRecordsEntry> entries,
                       PutRecordsCallback callback);

  // A place in a shard, as an opaque token for GetRecords, valid for five minutes. NOT_FOUND
  // (STREAM_NOT_FOUND, SHARD_NOT_FOUND), INVALID_ARGUMENT.
  absl::StatusOr<std::string> GetShardIterator(std::string_view stream_name,
                                               std::string_view shard_id,
                                               const IteratorPosition& position);

  // Up to 10,000 records or 10 MiB from the iterator on. INVALID_ARGUMENT (INVALID_ITERATOR),
  // FAILED_PRECONDITION (EXPIRED_ITERATOR), NOT_FOUND, DATA_LOSS (CORRUPT_RECORDS).
  absl::StatusOr<GetRecordsResult> GetRecords(std::string_view shard_iterator,
                                              const GetRecordsOptions& options = {});
  void GetRecordsAsync(std::string_view shard_iterator, const GetRecordsOptions& options,
                       GetRecordsCallback callback);

 private:
  class Impl;

  explicit Client(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace penstock
