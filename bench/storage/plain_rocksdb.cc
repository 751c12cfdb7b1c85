#include "bench/storage/plain_rocksdb.h"

#include <memory>
#include <thread>
#include <vector>

#include <rocksdb/db.h>

#include "bench/storage/measure.h"
#include "common/check.h"
#include "common/ids.h"
#include "common/mutex.h"
#include "storage/key_format.h"
#include "storage/rocks_options.h"

namespace penstock::bench {
namespace {

constexpr ShardKey kShard{StreamId(1), ShardIndex(0)};
constexpr size_t kRoundsAhead = 2;
constexpr size_t kTrimsPerRetention = 8;

std::string KeyOf(size_t i) {
  return storage::DataKey(kShard, SequenceNumber(i));
}

// Counts rounds written and synced, so that the writer stays at most kRoundsAhead before the
// syncer.
class Syncer {
 public:
  explicit Syncer(rocksdb::DB& db) : db_(db), thread_([this] { Run(); }) {}

  void OnWritten() {
    MutexLock lock(mutex_);
    ++written_;
    changed_.NotifyAll();
    while (written_ - synced_ > kRoundsAhead) changed_.Wait(mutex_);
  }

  void Finish() {
    {
      MutexLock lock(mutex_);
      finished_ = true;
      changed_.NotifyAll();
    }
    thread_.join();
  }

 private:
  void Run() {
    for (;;) {
      size_t target = 0;
      {
        MutexLock lock(mutex_);
        while (written_ == synced_ && !finished_) changed_.Wait(mutex_);
        if (written_ == synced_) return;
        target = written_;
      }
      CHECK(db_.SyncWAL().ok());
      MutexLock lock(mutex_);
      synced_ = target;
      changed_.NotifyAll();
    }
  }

  rocksdb::DB& db_;
  Mutex mutex_;
  CondVar changed_;
  size_t written_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t synced_ ABSL_GUARDED_BY(mutex_) = 0;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

std::unique_ptr<rocksdb::DB> Open(const std::string& path, Layout layout) {
  const storage::LaneOptions lane;
  rocksdb::Options options(storage::LaneDbOptions(lane), storage::DataFamilyOptions(lane));
  options.create_if_missing = true;
  options.enable_blob_files = layout == Layout::kBlobFiles;
  if (layout == Layout::kLeveled) options.target_file_size_base = 64 << 20;
  rocksdb::DB* db = nullptr;
  CHECK(rocksdb::DB::Open(options, path, &db).ok());
  return std::unique_ptr<rocksdb::DB>(db);
}

void WriteAll(rocksdb::DB& db, const PlainRun& run, const std::string& value) {
  rocksdb::WriteOptions options;
  options.sync = run.sync == SyncMode::kEachWrite;
  std::unique_ptr<Syncer> syncer;
  if (run.sync == SyncMode::kSyncerThread) syncer = std::make_unique<Syncer>(db);
  const size_t trim_every = run.retained_values / kTrimsPerRetention + 1;
  size_t trimmed = 0;
  for (size_t i = 0; i < run.values; ++i) {
    rocksdb::WriteBatch batch;
    batch.Put(KeyOf(i), value);
    CHECK(db.Write(options, &batch).ok());
    if (syncer != nullptr) syncer->OnWritten();
    if (run.retained_values > 0 && i >= trimmed + run.retained_values + trim_every) {
      const size_t next = i - run.retained_values;
      CHECK(db.DeleteRange({}, db.DefaultColumnFamily(), KeyOf(trimmed), KeyOf(next)).ok());
      trimmed = next;
    }
  }
  if (syncer != nullptr) syncer->Finish();
}

}  // namespace

PlainResult RunPlainRocksDb(const std::string& parent, const PlainRun& run) {
  const Scratch scratch(parent);
  const std::unique_ptr<rocksdb::DB> db = Open(scratch.path() + "/db", run.layout);
  std::string value(run.value_bytes, '\0');
  for (size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>(i * 131);
  const double bytes = static_cast<double>(run.value_bytes) * static_cast<double>(run.values);
  const uint64_t written_before = DiskBytesWritten();
  const Stopwatch stopwatch;
  WriteAll(*db, run, value);
  PlainResult result;
  result.bytes_per_second = bytes / stopwatch.seconds();
  CHECK(db->Flush({}).ok());
  result.write_amplification = static_cast<double>(DiskBytesWritten() - written_before) / bytes;
  return result;
}

}  // namespace penstock::bench
