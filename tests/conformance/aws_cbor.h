// The bodies of the AWS wire as CBOR, made of and turned into what the JSON format has: blobs in
// base64, times in seconds.
//
// Written as the Java SDK writes it: maps and lists of indefinite length, times as tag 1 with
// milliseconds; the encoder shares nothing with broker/aws. Functions without state.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "broker/aws/shape.h"

namespace penstock::conformance {

// What `shape` does not say of `document` is written as it is.
std::string EncodeCbor(const broker::StructureShape& shape, const nlohmann::json& document);

// Null `shape`: no blobs and no times are expected. Fails the test if `body` is not CBOR.
nlohmann::json DecodeCbor(const broker::StructureShape* shape, std::string_view body);

}  // namespace penstock::conformance
