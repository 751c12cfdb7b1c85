// Puts one record into the stream "orders" of the broker at 127.0.0.1:7070, and gets what its shard
// holds.
//
//   penstock stream create orders && penstock-example-put-and-get
#include <iostream>

#include "penstock/client.h"

int main() {
  absl::StatusOr<std::unique_ptr<penstock::Client>> client =
      penstock::Client::Connect({.endpoint = "127.0.0.1:7070"});
  if (!client.ok()) {
    std::cerr << client.status() << "\n";
    return 1;
  }

  // Records of one partition key stay in order. OK means: synced to disk.
  absl::StatusOr<penstock::PutRecordResult> put =
      (*client)->PutRecord("orders", {.data = R"({"item":"tea"})", .partition_key = "customer-7"});
  if (!put.ok()) {
    std::cerr << put.status() << "\n";
    return 1;
  }
  std::cout << "put " << put->shard_id << " " << put->sequence_number << "\n";

  absl::StatusOr<std::string> iterator = (*client)->GetShardIterator(
      "orders", put->shard_id, penstock::IteratorPosition::TrimHorizon());
  while (iterator.ok() && !iterator->empty()) {
    absl::StatusOr<penstock::GetRecordsResult> got = (*client)->GetRecords(*iterator);
    if (!got.ok()) {
      std::cerr << got.status() << "\n";
      return 1;
    }
    for (const penstock::ReceivedRecord& record : got->records)
      std::cout << "got " << record.sequence_number << " " << record.data << "\n";
    if (got->records_behind_latest == 0) break;
    iterator = got->next_shard_iterator;
  }
  return iterator.ok() ? 0 : 1;
}
