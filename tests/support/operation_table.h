// OperationTable: what an operation of the broker answers, input by input: each of its limits one
// below, at, and one above, and each of its errors.
//
// Tables are plain data, so that one test runs them and another looks whether they are complete. A
// row makes its own broker part, calls the operation, and gives back the status.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace penstock::testing {

struct OperationRow {
  // In words.
  std::string input;
  // "OK", or the reason of the error.
  std::string expected;
  // The field that the error names; empty: none.
  std::string field;
  std::function<absl::Status()> run;
};

class OperationTable {
 public:
  // As in the Kinesis API.
  explicit OperationTable(std::string operation) : operation_(std::move(operation)) {}

  const std::string& operation() const { return operation_; }
  const std::vector<OperationRow>& rows() const { return rows_; }

  // `call` is given a fresh Fixture.
  template <typename Fixture, typename Call>
  void Add(std::string input, std::string expected, std::string field, Call call) {
    rows_.push_back({std::move(input), std::move(expected), std::move(field), [call] {
                       Fixture fixture;
                       return call(fixture);
                     }});
  }

 private:
  std::string operation_;
  std::vector<OperationRow> rows_;
};

// An OperationTable under construction whose rows all need a Fixture.
template <typename Fixture>
class TableOf {
 public:
  explicit TableOf(std::string operation) : table_(std::move(operation)) {}

  template <typename Call>
  TableOf& Row(std::string input, std::string expected, std::string field, Call call) {
    table_.Add<Fixture>(std::move(input), std::move(expected), std::move(field), std::move(call));
    return *this;
  }
  template <typename Call>
  TableOf& Ok(std::string input, Call call) {
    return Row(std::move(input), "OK", "", std::move(call));
  }
  OperationTable Build() { return std::move(table_); }

 private:
  OperationTable table_;
};

// Defined with what they are tables of.
std::vector<OperationTable> StreamLifeTables();
std::vector<OperationTable> ReshardTables();
std::vector<OperationTable> SettingsTables();
std::vector<OperationTable> TagsTables();
std::vector<OperationTable> ConsumerTables();
std::vector<OperationTable> AccountTables();
std::vector<OperationTable> PutTables();
std::vector<OperationTable> ReadTables();

}  // namespace penstock::testing
