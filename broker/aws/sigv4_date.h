// The time of a signed request: X-Amz-Date is ISO 8601 in its basic form, Date is HTTP's.
//
// Seconds since 1970-01-01 UTC throughout; nothing for text of any other form. Stateless.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::broker {

// "20150830T123600Z", and nothing else.
std::optional<int64_t> ParseAmzDate(std::string_view text);
// "Sun, 30 Aug 2015 12:36:00 GMT": the one form of RFC 9110 that is to be sent. "-0000" is taken for
// "GMT": botocore writes it.
std::optional<int64_t> ParseHttpDate(std::string_view given);
// "20150830T123600Z".
std::string FormatAmzDate(int64_t seconds);

}  // namespace penstock::broker
