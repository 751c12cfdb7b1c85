// The two formats of the awsJson protocol, 1.1: JSON, and CBOR with the same structure. An answer
// has the format of its request.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace penstock::broker {

enum class AwsFormat : uint8_t { kJson, kCbor };

// Nothing if it is neither. Parameters such as a charset are passed over; case does not matter.
std::optional<AwsFormat> AwsFormatOf(std::string_view content_type);

// "application/x-amz-json-1.1" or "application/x-amz-cbor-1.1".
std::string_view ContentTypeOf(AwsFormat format);

}  // namespace penstock::broker
