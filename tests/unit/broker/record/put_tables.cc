// Tables of the operations that put records.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/broker/record/data_fixture.h"

namespace penstock::testing {
namespace {

using broker::StreamLimits;
using F = DataFixture;

const std::string kMaxKey = "340282366920938463463374607431768211455";
const std::string kAboveMaxKey = "340282366920938463463374607431768211456";
constexpr size_t kMib = 1 << 20;

// `put` makes the operation of a fixture, one record and the options; PutRecords with it alone.
template <typename Put>
void AddRecordRows(DataTable& table, const std::string& at, Put put) {
  const auto record = [=](std::string data, std::string key, std::string hash_key = "") {
    return [=](F& f) { return put(f, {data, key, hash_key}, "orders"); };
  };
  table.Row("no partition key", "INVALID_ARGUMENT", at + "partition_key", record("x", ""));
  table.Ok("a partition key of 1 character", record("x", "k"));
  table.Ok("a partition key of 255 characters", record("x", std::string(255, 'k')));
  table.Ok("a partition key of 256 characters", record("x", std::string(256, 'k')));
  table.Row("a partition key of 257 characters", "INVALID_ARGUMENT", at + "partition_key",
            record("x", std::string(257, 'k')));
  table.Row("a partition key that is not UTF-8", "INVALID_ARGUMENT", at + "partition_key",
            record("x", "\xff"));
  table.Ok("no data", record("", "k"));
  table.Ok("a byte less than 1 MiB", record(std::string(kMib - 2, 'x'), "k"));
  table.Ok("1 MiB", record(std::string(kMib - 1, 'x'), "k"));
  table.Row("a byte more than 1 MiB", "INVALID_ARGUMENT", at + "data",
            record(std::string(kMib, 'x'), "k"));
  const auto large = [=](size_t bytes) {
    return [=](F& f) {
      f.config.max_record_size_in_kib = 10'240;
      f.PublishShards();
      const std::string data(bytes - 1, 'x');
      return put(f, {data, "k", ""}, "orders");
    };
  };
  table.Ok("a byte less than 10 MiB where that is the limit", large(10 * kMib - 1));
  table.Ok("10 MiB where that is the limit", large(10 * kMib));
  table.Row("a byte more", "INVALID_ARGUMENT", at + "data", large(10 * kMib + 1));
  table.Ok("hash key 0", record("x", "k", "0"));
  table.Ok("hash key 2^128-1", record("x", "k", kMaxKey));
  table.Row("hash key 2^128", "INVALID_ARGUMENT", at + "explicit_hash_key",
            record("x", "k", kAboveMaxKey));
  table.Row("hash key 01", "INVALID_ARGUMENT", at + "explicit_hash_key", record("x", "k", "01"));
  table.Row("hash key -1", "INVALID_ARGUMENT", at + "explicit_hash_key", record("x", "k", "-1"));
}

template <typename Put>
void AddStreamRows(DataTable& table, Put put) {
  const RecordView record{"x", "k", "0"};
  AddDataNameRows(table, [=](F& f, const std::string& name) { return put(f, record, name); });
  AddKmsRows(table, [=](F& f) { return put(f, record, "orders"); });
  table.Row("a disk that fails", "STORAGE_FAILED", "", [=](F& f) {
    f.log.FailAppends(F::Shard(0), 1, MakeError(ErrorReason::kStorageFailed, "disk"));
    return put(f, record, "orders");
  });
  table.Row("a queue that is full", "OVERLOADED", "", [=](F& f) {
    f.log.FailAppends(F::Shard(0), 1, MakeError(ErrorReason::kOverloaded, "full"));
    return put(f, record, "orders");
  });
  table.Row("a disk that is full", "DISK_BUDGET_EXCEEDED", "", [=](F& f) {
    f.FillDisk();
    return put(f, record, "orders");
  });
  // The 1,000th, and the last of the 10 MiB at once, after what was put before in the same second.
  const auto after = [=](size_t puts, size_t bytes, size_t bytes_now, int64_t later_ms = 0) {
    return [=](F& f) {
      f.Limit(StreamLimits::Kinesis());
      const std::string before(bytes - 1, 'x');
      for (size_t i = 0; i < puts; ++i) F::Must(put(f, {before, "k", "0"}, "orders"));
      f.clock.AdvanceMs(later_ms);
      const std::string data(bytes_now - 1, 'x');
      return put(f, {data, "k", "0"}, "orders");
    };
  };
  table.Ok("the 999th record of a second", after(998, 100, 100));
  table.Ok("the 1000th record of a second", after(999, 100, 100));
  table.Row("the 1001st record of a second", "THROUGHPUT_EXCEEDED", "", after(1'000, 100, 100));
  table.Ok("the 1001st a millisecond later", after(1'000, 100, 100, 1));
  table.Ok("a byte less than 10 MiB at once", after(9, kMib, kMib - 1));
  table.Ok("10 MiB at once", after(9, kMib, kMib));
  table.Row("more than 10 MiB at once", "THROUGHPUT_EXCEEDED", "", after(10, kMib, 2));
  table.Row("1 MiB more 999 ms later", "THROUGHPUT_EXCEEDED", "", after(10, kMib, kMib, 999));
  table.Ok("1 MiB more a second later", after(10, kMib, kMib, 1'000));
}

OperationTable PutRecordTable() {
  DataTable table("PutRecord");
  const auto put = [](F& f, const RecordView& record, const std::string& stream) {
    return f.Put(record, stream).status();
  };
  AddRecordRows(table, "", put);
  AddStreamRows(table, put);
  const auto with = [](broker::PutOptions options, uint64_t records_before = 0) {
    return [=](F& f) {
      if (records_before > 0) f.PutBatch(0, records_before);
      Awaited<absl::StatusOr<broker::PutResult>> answer;
      f.plane->PutRecord("orders", {"x", "k", "0"}, answer.Callback(), options);
      return answer.Get().status();
    };
  };
  const auto ordered = [](uint64_t number) {
    broker::PutOptions options;
    options.sequence_number_for_ordering = number;
    return options;
  };
  table.Ok("to be above the last number but one", with(ordered(2), 3));
  table.Ok("to be above the last number", with(ordered(3), 3));
  table.Row("to be above a number not yet given", "INVALID_ARGUMENT",
            "sequence_number_for_ordering", with(ordered(4), 3));
  broker::PutOptions dry_run;
  dry_run.dry_run = true;
  table.Row("a dry run", "DRY_RUN", "", with(dry_run));
  return table.Build();
}

// The first error, of the call or of a record.
absl::Status PutAll(F& f, const std::vector<RecordView>& records,
                    const std::string& stream = "orders", bool dry_run = false) {
  Awaited<absl::StatusOr<std::vector<broker::PutResult>>> answer;
  broker::PutOptions options;
  options.dry_run = dry_run;
  f.plane->PutRecords(stream, records, answer.Callback(), options);
  const absl::StatusOr<std::vector<broker::PutResult>>& results = answer.Get();
  if (!results.ok()) return results.status();
  if (results->size() != records.size()) return absl::InternalError("another number of results");
  absl::Status first;
  for (const broker::PutResult& result : *results) first.Update(result.status);
  return first;
}

OperationTable PutRecordsTable() {
  DataTable table("PutRecords");
  const auto put = [](F& f, const RecordView& record, const std::string& stream) {
    return PutAll(f, {record}, stream);
  };
  AddRecordRows(table, "records[0].", put);
  AddStreamRows(table, put);
  const auto count = [](size_t records) {
    return [=](F& f) { return PutAll(f, std::vector<RecordView>(records, {"x", "k", ""})); };
  };
  table.Row("no records", "INVALID_ARGUMENT", "records", count(0));
  table.Ok("1 record", count(1));
  table.Ok("499 records", count(499));
  table.Ok("500 records", count(500));
  table.Row("501 records", "INVALID_ARGUMENT", "records", count(501));
  // Ten of them and one: 10 MiB with their keys.
  const auto together = [](size_t last_bytes) {
    return [=](F& f) {
      const std::string data(kMib - 1, 'x');
      std::vector<RecordView> records(9, {data, "k", ""});
      const std::string half(kMib / 2 - 1, 'x');
      const std::string last(last_bytes - 1, 'x');
      records.push_back({half, "k", ""});
      records.push_back({last, "k", ""});
      return PutAll(f, records);
    };
  };
  table.Ok("a byte less than 10 MiB together", together(kMib / 2 - 1));
  table.Ok("10 MiB together", together(kMib / 2));
  table.Row("a byte more than 10 MiB together", "REQUEST_TOO_LARGE", "records",
            together(kMib / 2 + 1));
  table.Row("a fault in the second record", "INVALID_ARGUMENT", "records[1].partition_key",
            [](F& f) {
              return PutAll(f, {{"x", "k", ""}, {"x", "", ""}});
            });
  table.Row("a dry run", "DRY_RUN", "", [](F& f) {
    return PutAll(f, {{"x", "k", ""}}, "orders", true);
  });
  return table.Build();
}

}  // namespace

std::vector<OperationTable> PutTables() {
  return {PutRecordTable(), PutRecordsTable()};
}

}  // namespace penstock::testing
