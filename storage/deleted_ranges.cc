#include "storage/deleted_ranges.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "storage/rocks_status.h"

namespace penstock::storage {
namespace {

constexpr char kProperty[] = "penstock.deleted-ranges";
// Keys of the data column family are of 12 or 20 bytes.
constexpr size_t kKeyBytesMax = 255;

void PutKey(std::string* out, const std::string& key) {
  out->push_back(static_cast<char>(key.size()));
  out->append(key);
}

bool TakeKey(std::string_view* in, std::string* key) {
  if (in->empty()) return false;
  const size_t size = static_cast<unsigned char>(in->front());
  if (in->size() < 1 + size) return false;
  *key = in->substr(1, size);
  in->remove_prefix(1 + size);
  return true;
}

class Collector final : public rocksdb::TablePropertiesCollector {
 public:
  rocksdb::Status AddUserKey(const rocksdb::Slice& key, const rocksdb::Slice& value,
                             rocksdb::EntryType type, rocksdb::SequenceNumber /*seq*/,
                             uint64_t /*file_size*/) override {
    if (type != rocksdb::kEntryRangeDeletion) return rocksdb::Status::OK();
    ranges_.push_back({key.ToString(), value.ToString()});
    // Bounds what is held while a file is made.
    if (ranges_.size() >= 2 * kRangesPerFileMax) {
      ranges_ = DecodeDeletedRanges(EncodeDeletedRanges(std::move(ranges_)));
    }
    return rocksdb::Status::OK();
  }

  rocksdb::Status Finish(rocksdb::UserCollectedProperties* properties) override {
    if (!ranges_.empty()) (*properties)[kProperty] = EncodeDeletedRanges(std::move(ranges_));
    return rocksdb::Status::OK();
  }

  rocksdb::UserCollectedProperties GetReadableProperties() const override { return {}; }
  const char* Name() const override { return "PenstockDeletedRanges"; }

 private:
  std::vector<ReclaimRange> ranges_;
};

class CollectorFactory final : public rocksdb::TablePropertiesCollectorFactory {
 public:
  rocksdb::TablePropertiesCollector* CreateTablePropertiesCollector(Context /*context*/) override {
    // RocksDB owns it.
    return new Collector();
  }
  const char* Name() const override { return "PenstockDeletedRanges"; }
};

}  // namespace

std::string EncodeDeletedRanges(std::vector<ReclaimRange> ranges) {
  ranges = MergeRanges(std::move(ranges));
  if (ranges.size() > kRangesPerFileMax) {
    ranges = {{std::move(ranges.front().begin), std::move(ranges.back().end)}};
  }
  std::string property;
  for (const ReclaimRange& range : ranges) {
    if (range.begin.size() > kKeyBytesMax || range.end.size() > kKeyBytesMax) continue;
    PutKey(&property, range.begin);
    PutKey(&property, range.end);
  }
  return property;
}

std::vector<ReclaimRange> DecodeDeletedRanges(std::string_view property) {
  std::vector<ReclaimRange> ranges;
  ReclaimRange range;
  while (TakeKey(&property, &range.begin) && TakeKey(&property, &range.end)) {
    ranges.push_back(std::exchange(range, {}));
  }
  return ranges;
}

std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> MakeDeletedRangesCollectors() {
  return std::make_shared<CollectorFactory>();
}

absl::StatusOr<std::vector<ReclaimRange>> StoredDeletedRanges(const LaneDb& db) {
  rocksdb::TablePropertiesCollection files;
  const rocksdb::Status read = db.db().GetPropertiesOfAllTables(db.data(), &files);
  if (!read.ok()) {
    return FromRocksStatus(read, absl::StrCat("cannot read the properties of lane ", db.path()));
  }
  std::vector<ReclaimRange> ranges;
  for (const auto& [path, properties] : files) {
    const auto found = properties->user_collected_properties.find(kProperty);
    if (found == properties->user_collected_properties.end()) continue;
    for (ReclaimRange& range : DecodeDeletedRanges(found->second)) {
      ranges.push_back(std::move(range));
    }
  }
  return MergeRanges(std::move(ranges));
}

}  // namespace penstock::storage
