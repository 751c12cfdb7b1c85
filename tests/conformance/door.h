// Door: one way into the broker, for calls that are made of JSON.
//
// What each door takes and gives is in its own words: Kinesis names and base64 behind both AWS
// formats, penstock.v1 field names behind gRPC. Comparable turns an output into words that are the
// same for all. Blocking; used by one thread.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "tests/conformance/row.h"

namespace penstock::conformance {

struct Answer {
  // Empty: it succeeded. `__type` of AWS, ErrorInfo.reason of gRPC.
  std::string error;
  std::string message;
  nlohmann::json output = nlohmann::json::object();
};

class Door {
 public:
  virtual ~Door() = default;

  virtual std::string name() const = 0;
  // What `row` sends through this door; empty if it is not for this one.
  virtual const std::string& InputOf(const Row& row) const = 0;
  // What its error is called here; empty if it succeeds.
  virtual std::string ErrorOf(const Row& row) const = 0;
  virtual const std::string& PointerOf(const Kept& kept) const = 0;

  // Of SubscribeToShard the first event; the subscription goes on until the door goes.
  virtual Answer Call(const std::string& operation, const nlohmann::json& input) = 0;

  virtual nlohmann::json Comparable(const std::string& operation,
                                    const nlohmann::json& output) const = 0;
};

}  // namespace penstock::conformance
