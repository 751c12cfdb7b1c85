// The requests of sigv4_vectors.json, which botocore signed (make_sigv4_vectors.py).
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "broker/http/http_message.h"

namespace penstock::broker {

struct SigV4Vector {
  std::string name;
  std::string region;
  std::string service;
  HttpRequestHead head;
  std::string body;
};

struct SigV4Vectors {
  std::string access_key_id;
  std::string secret;
  int64_t now_ms = 0;
  std::vector<SigV4Vector> vectors;
};

inline SigV4Vectors ReadSigV4Vectors() {
  std::ifstream file(PENSTOCK_SIGV4_VECTORS);
  REQUIRE(file.good());
  const nlohmann::json json = nlohmann::json::parse(file);
  SigV4Vectors read = {json["access_key_id"], json["secret"], int64_t{json["now"]} * 1'000, {}};
  for (const nlohmann::json& entry : json["vectors"]) {
    SigV4Vector vector = {entry["name"], entry["region"], entry["service"], {}, {}};
    vector.head.method = entry["method"];
    vector.head.target = entry["target"];
    for (const nlohmann::json& field : entry["fields"]) {
      vector.head.fields.push_back({field[0], field[1]});
    }
    vector.body = absl::HexStringToBytes(std::string(entry["body"]));
    read.vectors.push_back(std::move(vector));
  }
  return read;
}

}  // namespace penstock::broker
