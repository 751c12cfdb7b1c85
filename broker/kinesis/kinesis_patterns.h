// The patterns of Kinesis's model, each with a matcher written by hand.
//
// They are looked at for every record (hash keys) and every call (names, ARNs); std::regex is slow
// and recurses with the length of the text. KinesisPattern finds the matcher of a pattern when the
// model's table is compiled: a pattern that the table below does not have does not compile. A
// pattern must match the whole text, as on AWS; '.' is any character but the end of a line.
// Functions without state; thread-safe. Time is linear in the length, which no one has checked yet
// when a pattern is: a text may be as long as a body.
#pragma once

#include <string_view>
#include <utility>

#include "broker/aws/shape.h"

namespace penstock::broker {

// [a-zA-Z0-9_.-]+
bool IsKinesisName(std::string_view text);
// 0|([1-9]\d{0,38})
bool IsHashKeyText(std::string_view text);
// 0|([1-9]\d{0,128})
bool IsSequenceNumberText(std::string_view text);
// [a-z0-9]{20}-[a-z0-9]{3}
bool IsStreamIdText(std::string_view text);
// arn:aws.*:kinesis:.*:\d{12}:stream/\S+
bool IsStreamArn(std::string_view text);
// arn:aws.*:kinesis:.*:\d{12}:.*stream/\S+
bool IsResourceArn(std::string_view text);
// ^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/NAME\/consumer\/NAME:[0-9]+
bool IsConsumerArn(std::string_view text);

inline constexpr std::pair<std::string_view, PatternMatcher> kKinesisPatterns[] = {
    {R"([a-zA-Z0-9_.-]+)", IsKinesisName},
    {R"(0|([1-9]\d{0,38}))", IsHashKeyText},
    {R"(0|([1-9]\d{0,128}))", IsSequenceNumberText},
    {R"([a-z0-9]{20}-[a-z0-9]{3})", IsStreamIdText},
    {R"(arn:aws.*:kinesis:.*:\d{12}:stream/\S+)", IsStreamArn},
    {R"(arn:aws.*:kinesis:.*:\d{12}:.*stream/\S+)", IsResourceArn},
    {R"(^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+)",
     IsConsumerArn},
};

consteval PatternMatcher KinesisPattern(std::string_view pattern) {
  for (const auto& [known, matcher] : kKinesisPatterns) {
    if (known == pattern) return matcher;
  }
  // Not a constant expression: this is where the compiler stops.
  throw "a pattern that has no matcher";
}

}  // namespace penstock::broker
