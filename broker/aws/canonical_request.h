// The canonical request of SigV4: the text that both sides make of a request, and that is signed.
//
//   POST                           method
//   /                              path: "//", "." and ".." resolved, then encoded once more
//   a=1&b=2                        query: encoded, sorted
//   host:kinesis.example:4567      each signed field: blanks trimmed and collapsed, fields of one
//   x-amz-date:20150830T123600Z    name joined with ","
//                                  (empty line)
//   host;x-amz-date                names of the signed fields
//   e3b0c442...                    SHA-256 of the body
//
// The path is that of all services but S3. Stateless.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/aws/query_string.h"
#include "broker/http/http_message.h"

namespace penstock::broker {

// The name under which the SDK for JavaScript signs the host of an HTTP/2 request, which is its
// `host` field here.
inline constexpr std::string_view kAuthoritySignedHeader = ":authority";

// The field that holds the value of a signed header.
std::string_view FieldOfSignedHeader(std::string_view name);

struct CanonicalRequestOptions {
  const HttpRequestHead& head;
  // Of the head's target, as read by ParseQuery.
  const QueryParameters& query;
  // The parameter that holds the signature itself; empty in the header form.
  std::string_view left_out_parameter;
  // Lower case and sorted.
  const std::vector<std::string>& signed_headers;
  std::string_view payload_hash;
};

std::string CanonicalRequest(const CanonicalRequestOptions& options);

// `path` as on the wire, without the query.
std::string CanonicalPath(std::string_view path);

// Blanks at both ends gone, each run of blanks within a single space.
std::string CanonicalFieldValue(std::string_view value);

}  // namespace penstock::broker
