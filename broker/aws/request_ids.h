// The ids that every answer carries, for whoever reads logs at both ends: x-amzn-RequestId, a
// UUID, and x-amz-id-2, the base64 of 72 bytes, which Java's SDK calls the extended request id.
// Random, not secret. Thread-safe.
#pragma once

#include <string>

namespace penstock::broker {

std::string MakeRequestId();
std::string MakeExtendedRequestId();

}  // namespace penstock::broker
