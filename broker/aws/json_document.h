// ParseJson: a JSON body as a document.
//
// simdjson finds the structure of the text and checks its UTF-8; strings without escapes stay where
// they are, in the body. Stricter than JSON asks: a key may stand in an object once, and there are
// bounds on depth and on the number of values. Numbers are int64 or uint64 if they are written as
// integers that fit, otherwise doubles. Thread-safe.
#pragma once

#include <cstddef>
#include <string_view>

#include "absl/status/statusor.h"

#include "broker/aws/document.h"

namespace penstock::broker {

// Bytes behind the body that are read, whatever they hold: the body's buffer must be so much longer.
inline constexpr size_t kJsonPaddingBytes = 64;

// SerializationException, with what is wrong and where, unless the body is one JSON object. An empty
// body is an empty one. `padded_body` must outlive the document, with kJsonPaddingBytes that may be
// read behind it.
absl::StatusOr<Document> ParseJson(std::string_view padded_body);

}  // namespace penstock::broker
