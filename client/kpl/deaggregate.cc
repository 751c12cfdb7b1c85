#include "client/kpl/deaggregate.h"

#include <algorithm>

#include "absl/status/statusor.h"

#include "client/kpl/aggregate_format.h"
#include "common/proto_wire.h"

namespace penstock::kpl {
namespace {

// A key of a table; its hash key is computed for the first record that has it.
struct TableKey {
  std::string_view text;
  std::optional<HashKey> hash_key;
};

struct RecordFields {
  std::optional<uint64_t> partition_key_index;
  std::optional<uint64_t> explicit_hash_key_index;
  std::optional<std::string_view> data;
};

// The message as it is on the wire: tables may come after the records that point into them.
struct Message {
  std::vector<TableKey> partition_keys;
  std::vector<TableKey> explicit_hash_keys;
  std::vector<RecordFields> records;
};

// The bytes between magic and MD5; nothing where one of the two is another.
std::optional<std::string_view> MessageBytes(std::string_view data) {
  if (!data.starts_with(kMagic)) return std::nullopt;
  data.remove_prefix(kMagic.size());
  if (data.size() <= kDigestBytes) return std::nullopt;
  const std::string_view digest = data.substr(data.size() - kDigestBytes);
  data.remove_suffix(kDigestBytes);
  if (DigestOf(data) != digest) return std::nullopt;
  return data;
}

// Of a field that is there twice the last one holds, and one of another type is unknown: both as
// protobuf has it.
std::optional<RecordFields> ReadRecord(std::string_view bytes) {
  RecordFields record;
  ProtoWireReader reader(bytes);
  while (reader.Next()) {
    if (reader.field() == kPartitionKeyIndexField && reader.is_varint()) {
      record.partition_key_index = reader.varint();
    } else if (reader.field() == kExplicitHashKeyIndexField && reader.is_varint()) {
      record.explicit_hash_key_index = reader.varint();
    } else if (reader.field() == kDataField && reader.is_bytes()) {
      record.data = reader.bytes();
    }
  }
  if (!reader.ok() || !record.partition_key_index || !record.data) return std::nullopt;
  return record;
}

bool AddKey(std::string_view key, std::vector<TableKey>* table) {
  if (table->size() == kUserRecordsMax) return false;
  table->push_back({key, std::nullopt});
  return true;
}

bool AddRecord(std::string_view bytes, std::vector<RecordFields>* records) {
  const std::optional<RecordFields> record = ReadRecord(bytes);
  if (!record || records->size() == kUserRecordsMax) return false;
  records->push_back(*record);
  return true;
}

std::optional<Message> ReadMessage(std::string_view bytes) {
  Message message;
  ProtoWireReader reader(bytes);
  while (reader.Next()) {
    if (!reader.is_bytes()) continue;
    bool good = true;
    if (reader.field() == kPartitionKeyTableField) {
      good = AddKey(reader.bytes(), &message.partition_keys);
    } else if (reader.field() == kExplicitHashKeyTableField) {
      good = AddKey(reader.bytes(), &message.explicit_hash_keys);
    } else if (reader.field() == kRecordsField) {
      good = AddRecord(reader.bytes(), &message.records);
    }
    if (!good) return std::nullopt;
  }
  if (!reader.ok()) return std::nullopt;
  return message;
}

TableKey* KeyAt(std::vector<TableKey>* table, uint64_t index) {
  return index < table->size() ? &(*table)[index] : nullptr;
}

// The record with its keys, which it points to in the tables of `message`. False where there are
// none.
bool Resolve(const RecordFields& fields, Message* message, UserRecordView* record) {
  TableKey* const partition_key = KeyAt(&message->partition_keys, *fields.partition_key_index);
  if (partition_key == nullptr) return false;
  record->data = *fields.data;
  record->partition_key = partition_key->text;
  if (!fields.explicit_hash_key_index) {
    if (!partition_key->hash_key)
      partition_key->hash_key = HashKey::FromPartitionKey(partition_key->text);
    record->hash_key = *partition_key->hash_key;
    return true;
  }
  TableKey* const explicit_key =
      KeyAt(&message->explicit_hash_keys, *fields.explicit_hash_key_index);
  if (explicit_key == nullptr) return false;
  if (!explicit_key->hash_key) {
    const absl::StatusOr<HashKey> hash_key = HashKey::FromDecimal(explicit_key->text);
    if (!hash_key.ok()) return false;
    explicit_key->hash_key = *hash_key;
  }
  record->explicit_hash_key = explicit_key->text;
  record->hash_key = *explicit_key->hash_key;
  return true;
}

}  // namespace

std::optional<std::vector<UserRecordView>> Deaggregate(std::string_view data) {
  const std::optional<std::string_view> bytes = MessageBytes(data);
  if (!bytes) return std::nullopt;
  std::optional<Message> message = ReadMessage(*bytes);
  if (!message) return std::nullopt;

  std::vector<UserRecordView> records(message->records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    if (!Resolve(message->records[i], &*message, &records[i])) return std::nullopt;
    records[i].sub_sequence_number = static_cast<uint32_t>(i);
  }
  return records;
}

bool AllWithin(std::span<const UserRecordView> records, const HashKeyRange& range) {
  return std::all_of(records.begin(), records.end(), [&range](const UserRecordView& record) {
    return range.Contains(record.hash_key);
  });
}

}  // namespace penstock::kpl
