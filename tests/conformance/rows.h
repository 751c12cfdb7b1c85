// The table: every operation of Kinesis, with a success and with each error that it can give here.
//
// One after another, in the order of AllRows: a row finds what those before it have made. Streams:
//
//   orders   two shards, PROVISIONED; split and merged
//   flights  ON_DEMAND
//   narrow   one shard, written and read up to its limits
//   sealed   encrypted
//   gone     deleted
//
// Functions without state.
#pragma once

#include <vector>

#include "tests/conformance/row.h"

namespace penstock::conformance {

std::vector<Row> StreamRows();
std::vector<Row> SettingRows();
std::vector<Row> EncryptionRows();
std::vector<Row> TagRows();
std::vector<Row> ConsumerRows();
std::vector<Row> PutRows();
std::vector<Row> ReadRows();
std::vector<Row> SubscribeRows();
std::vector<Row> ShardRows();
// The operations that need the account's commitment come after it is made.
std::vector<Row> AccountRows();
// What a node takes of streams, a stream of consumers, a shard of records.
std::vector<Row> LimitRows();
std::vector<Row> DeleteRows();

std::vector<Row> AllRows();

}  // namespace penstock::conformance
