#include "client/kpl/aggregated_record.h"

#include "common/check.h"
#include "common/proto_wire.h"

namespace penstock::kpl {
namespace {

// Of a tag whose field number is below 16, as all of them are.
constexpr size_t kTagBytes = 1;

// The fields are proto2's: a required one is written where it is 0 or empty too, and an entry of a
// table where it is empty.
void AppendNumber(uint32_t field, uint64_t value, std::string* output) {
  AppendVarint(uint64_t{field} << 3, output);
  AppendVarint(value, output);
}

void AppendText(uint32_t field, std::string_view text, std::string* output) {
  AppendLengthPrefix(field, text.size(), output);
  output->append(text);
}

size_t NumberBytes(uint64_t value) {
  return kTagBytes + VarintBytes(value);
}

size_t TextBytes(size_t size) {
  return kTagBytes + VarintBytes(size) + size;
}

}  // namespace

uint64_t KplAggregator::KeyTable::IndexOf(std::string_view key) const {
  const auto found = indexes_.find(key);
  return found == indexes_.end() ? indexes_.size() : found->second;
}

size_t KplAggregator::KeyTable::BytesOf(std::string_view key) const {
  return indexes_.contains(key) ? 0 : TextBytes(key.size());
}

void KplAggregator::KeyTable::Add(std::string_view key) {
  if (indexes_.try_emplace(key, indexes_.size()).second) AppendText(field_, key, &encoded_);
}

KplAggregator::Layout KplAggregator::LayoutOf(const RecordView& record) const {
  Layout layout;
  layout.partition_key_index = partition_keys_.IndexOf(record.partition_key);
  layout.message_bytes = NumberBytes(layout.partition_key_index) + TextBytes(record.data.size());
  if (!record.explicit_hash_key.empty()) {
    layout.explicit_hash_key_index = explicit_hash_keys_.IndexOf(record.explicit_hash_key);
    layout.message_bytes += NumberBytes(*layout.explicit_hash_key_index);
  }
  layout.field_bytes = TextBytes(layout.message_bytes);
  return layout;
}

void KplAggregator::Add(const RecordView& record, HashKey hash_key) {
  CHECK(record_count_ < kUserRecordsMax);
  const Layout layout = LayoutOf(record);
  if (record_count_ == 0) first_hash_key_ = hash_key;
  ++record_count_;

  partition_keys_.Add(record.partition_key);
  AppendLengthPrefix(kRecordsField, layout.message_bytes, &records_);
  AppendNumber(kPartitionKeyIndexField, layout.partition_key_index, &records_);
  if (layout.explicit_hash_key_index) {
    explicit_hash_keys_.Add(record.explicit_hash_key);
    AppendNumber(kExplicitHashKeyIndexField, *layout.explicit_hash_key_index, &records_);
  }
  AppendText(kDataField, record.data, &records_);
}

size_t KplAggregator::bytes() const {
  return kMagic.size() + partition_keys_.encoded().size() + explicit_hash_keys_.encoded().size() +
         records_.size() + kDigestBytes;
}

size_t KplAggregator::BytesWith(const RecordView& record) const {
  const size_t explicit_hash_key_bytes =
      record.explicit_hash_key.empty() ? 0 : explicit_hash_keys_.BytesOf(record.explicit_hash_key);
  return bytes() + partition_keys_.BytesOf(record.partition_key) + explicit_hash_key_bytes +
         LayoutOf(record).field_bytes;
}

AggregatedRecord KplAggregator::Build() && {
  CHECK(record_count_ > 0);
  AggregatedRecord aggregated;
  aggregated.partition_key = "a";
  aggregated.explicit_hash_key = first_hash_key_.ToDecimal();

  // The records are copied once more: the tables, which grow until the last is added, come first.
  std::string& data = aggregated.data;
  data.reserve(bytes());
  data.append(kMagic);
  data.append(partition_keys_.encoded());
  data.append(explicit_hash_keys_.encoded());
  data.append(records_);
  data.append(DigestOf(std::string_view(data).substr(kMagic.size())));
  return aggregated;
}

}  // namespace penstock::kpl
