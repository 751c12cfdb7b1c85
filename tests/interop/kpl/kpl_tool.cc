// Aggregates and de-aggregates what comes on standard input, a JSON object a line, so that programs
// in other languages can be set against client/kpl. Blobs are base64.
//
//   penstock-kpl-tool aggregate BYTES_MAX
//       user records {"data", "partition_key", "explicit_hash_key"} to aggregates of the same
//       fields; a record with which one would be larger begins the next
//   penstock-kpl-tool deaggregate
//       records {"data"} to a line each: {"records": [user records with "hash_key" and
//       "sub_sequence_number"]}, or {} for a plain record
//
// Ends with 1 and a message on what it cannot read.
#include <charconv>
#include <cstdio>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include <nlohmann/json.hpp>

#include "client/kpl/aggregated_record.h"
#include "client/kpl/deaggregate.h"
#include "common/record.h"

namespace penstock::kpl {
namespace {

using Json = nlohmann::json;

std::string Base64(std::string_view bytes) {
  return absl::Base64Escape({bytes.data(), bytes.size()});
}

std::string DataOf(const Json& line) {
  std::string data;
  if (!absl::Base64Unescape(line.at("data").get<std::string>(), &data))
    throw std::runtime_error("data is not base64");
  return data;
}

void Write(KplAggregator aggregator) {
  if (aggregator.record_count() == 0) return;
  const AggregatedRecord aggregated = std::move(aggregator).Build();
  std::cout << Json{{"data", Base64(aggregated.data)},
                    {"partition_key", aggregated.partition_key},
                    {"explicit_hash_key", aggregated.explicit_hash_key}}
            << '\n';
}

void AggregateLines(size_t bytes_max) {
  KplAggregator aggregator;
  for (std::string line; std::getline(std::cin, line);) {
    const Json fields = Json::parse(line);
    const std::string data = DataOf(fields);
    const auto partition_key = fields.at("partition_key").get<std::string>();
    const auto explicit_hash_key = fields.at("explicit_hash_key").get<std::string>();
    const RecordView record = {
        .data = data, .partition_key = partition_key, .explicit_hash_key = explicit_hash_key};
    const absl::StatusOr<HashKey> hash_key = HashKeyOf(record);
    if (!hash_key.ok()) throw std::runtime_error(std::string(hash_key.status().message()));
    if (aggregator.record_count() > 0 && aggregator.BytesWith(record) > bytes_max)
      Write(std::exchange(aggregator, KplAggregator()));
    aggregator.Add(record, *hash_key);
  }
  Write(std::move(aggregator));
}

void DeaggregateLines() {
  for (std::string line; std::getline(std::cin, line);) {
    const std::string data = DataOf(Json::parse(line));
    Json written = Json::object();
    if (const auto records = Deaggregate(data)) {
      Json& list = written["records"] = Json::array();
      for (const UserRecordView& record : *records) {
        list.push_back({{"data", Base64(record.data)},
                        {"partition_key", record.partition_key},
                        {"explicit_hash_key", record.explicit_hash_key},
                        {"hash_key", record.hash_key.ToDecimal()},
                        {"sub_sequence_number", record.sub_sequence_number}});
      }
    }
    std::cout << written << '\n';
  }
}

bool Run(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "deaggregate" && argc == 2) {
    DeaggregateLines();
    return true;
  }
  size_t bytes_max = 0;
  const std::string_view number = argc > 2 ? argv[2] : "";
  const char* const end = number.data() + number.size();
  if (command != "aggregate" || argc != 3 ||
      std::from_chars(number.data(), end, bytes_max).ptr != end || number.empty()) {
    std::fprintf(stderr, "usage: penstock-kpl-tool aggregate BYTES_MAX | deaggregate\n");
    return false;
  }
  AggregateLines(bytes_max);
  return true;
}

}  // namespace
}  // namespace penstock::kpl

int main(int argc, char** argv) {
  try {
    return penstock::kpl::Run(argc, argv) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "penstock-kpl-tool: %s\n", error.what());
    return 1;
  }
}
