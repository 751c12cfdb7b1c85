// ParseCbor: a CBOR body (RFC 8949) as a document.
//
// One pass over the bytes, with a stack of its own that is bounded. Maps, arrays, strings and byte
// strings may have a definite or an indefinite length (the AWS SDK for Java writes indefinite maps
// and arrays). Tag 1 with an integer is a time in *milliseconds*, as the AWS SDKs have it, against
// the RFC's seconds; with a float it is seconds. Of any other tag the content is taken. Claimed
// lengths are held against what is left of the body before anything is allocated. Keys are texts,
// each once in a map; texts are UTF-8. Thread-safe.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"

#include "broker/aws/document.h"

namespace penstock::broker {

// SerializationException, with what is wrong and at which byte, unless the body is one CBOR map. An
// empty body is an empty one. `body` must outlive the document.
absl::StatusOr<Document> ParseCbor(std::string_view body);

}  // namespace penstock::broker
