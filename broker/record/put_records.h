// PutRecords: checks the records of a request, routes them to their shards and appends them, one
// batch a shard.
//
//   check all ─▶ route by hash key ─▶ a batch a shard ─┬▶ Append ─┐
//                                                      ├▶ Append ─┼▶ join ─▶ done
//                                                      └▶ Append ─┘
//
// A request that breaks a rule is refused whole, nothing stored. Once it is appended, a batch is
// stored or fails whole, and each record's result tells which; another shard's batch is not
// affected. Records of one shard keep the order of the request. Thread-safe: no state between
// calls.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/stream/stream_snapshot.h"
#include "common/ids.h"
#include "common/record.h"
#include "storage/shard_log.h"

namespace penstock::broker {

struct PutResult {
  ShardIndex shard;
  // Valid if status is OK.
  SequenceNumber sequence_number;
  absl::Status status;
};

// One result a record, in the order of the request.
using PutRecordsCallback = absl::AnyInvocable<void(absl::StatusOr<std::vector<PutResult>>) &&>;
using PutRecordCallback = absl::AnyInvocable<void(absl::StatusOr<PutResult>) &&>;

// INVALID_ARGUMENT unless a request may have so many records. For doors that would not even collect
// more.
absl::Status CheckRecordCount(size_t record_count);

// `done` is called exactly once, on the calling thread where the request is refused, else on the
// log's: it must be short. Errors are described in record_plane.h.
void PutRecords(const StreamDirectory& directory, storage::ShardLog& log,
                std::string_view stream_name, std::span<const RecordView> records,
                PutRecordsCallback done);

// The same for one record; an error of its append is the call's.
void PutRecord(const StreamDirectory& directory, storage::ShardLog& log,
               std::string_view stream_name, const RecordView& record, PutRecordCallback done);

}  // namespace penstock::broker
