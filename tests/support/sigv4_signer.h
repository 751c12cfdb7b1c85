// Signs requests with SigV4, as an SDK does: for tests and benchmarks of what verifies them.
//
// Shares nothing with broker/aws: the canonical form is made here once more, and only of requests
// that are canonical in what an SDK never sends otherwise (a path without "//" and "..", a query
// that is encoded). Functions; thread-safe.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "broker/http/http_message.h"

namespace penstock::testing {

struct SigV4SignerOptions {
  std::string access_key_id;
  std::string secret;
  std::string region = "us-east-1";
  std::string service = "kinesis";
  // The date of the request, milliseconds since 1970.
  int64_t now_ms = 0;
  // Fields of the request, in lower case, that are not signed.
  std::set<std::string> unsigned_fields = {"authorization", "user-agent", "expect",
                                           "transfer-encoding", "x-amzn-trace-id"};
};

// Sets `x-amz-date` and `authorization`; the other fields, and `host`, must be there already.
void Sign(const SigV4SignerOptions& options, std::string_view body,
          broker::HttpRequestHead* request);

// The query form: adds X-Amz-* parameters to the target instead, good for `expires_s`.
void Presign(const SigV4SignerOptions& options, std::string_view body, int64_t expires_s,
             broker::HttpRequestHead* request);

}  // namespace penstock::testing
