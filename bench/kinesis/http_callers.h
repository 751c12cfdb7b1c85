// Callers of the Kinesis API, over HTTP/1.1 that is kept alive, or HTTP/2 without TLS.
//
// Requests are signed once, when they are made; a signature is good for five minutes. Whoever does
// not verify it gets it all the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bench/kinesis/caller.h"
#include "broker/aws/aws_format.h"

namespace penstock::bench {

// The key that requests are signed with.
inline constexpr std::string_view kAccessKeyId = "PSTKBENCHKINESIS0000";
inline constexpr std::string_view kAccessKeySecret = "a-secret-of-no-use-elsewhere-0123456789";

struct HttpCallOptions {
  uint16_t port = 0;
  bool http2 = false;
  broker::AwsFormat format = broker::AwsFormat::kJson;
  // "PutRecords".
  std::string operation;
  std::string body;
  // What every answer says, somewhere.
  std::string expected_text;
  // How often.
  size_t expected_count = 1;
  size_t answer_bytes_min = 0;
};

std::unique_ptr<Caller> NewHttpCaller(const HttpCallOptions& options);

// One call; its answer's body, or nothing if the status is not 200.
std::string CallOnce(const HttpCallOptions& options);

}  // namespace penstock::bench
