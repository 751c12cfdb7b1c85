// Scenario: the rows of the table through one door, one after another, and what came of each.
//
// Used by one thread. Fails the test where a row does not come to what it says.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/conformance/broker_under_test.h"
#include "tests/conformance/door.h"
#include "tests/conformance/row.h"

namespace penstock::conformance {

class Scenario {
 public:
  // Both must outlive it.
  Scenario(BrokerUnderTest& broker, Door& door) : broker_(broker), door_(door) {}

  // What is comparable of the output, or {"error": reason}; null for a row that is not of this door.
  nlohmann::json Run(const Row& row);

 private:
  nlohmann::json Fill(const std::string& text) const;
  void Keep(const Row& row, const nlohmann::json& output);

  BrokerUnderTest& broker_;
  Door& door_;
  // By name; placed in inputs as they are.
  std::map<std::string, std::string> kept_;
};

}  // namespace penstock::conformance
