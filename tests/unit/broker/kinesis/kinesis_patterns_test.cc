#include "broker/kinesis/kinesis_patterns.h"

#include <random>
#include <regex>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

namespace penstock::broker {
namespace {

// What the table says, by the standard library. It does not know lines' ends of Unicode.
bool MatchesByRegex(std::string_view pattern, const std::string& text) {
  return std::regex_match(text, std::regex(std::string(pattern), std::regex::ECMAScript));
}

void CheckAll(const std::string& text) {
  for (const auto& [pattern, matcher] : kKinesisPatterns) {
    INFO(pattern << " on " << text);
    CHECK(matcher(text) == MatchesByRegex(pattern, text));
  }
}

const std::string kArn = "arn:aws:kinesis:eu-central-1:123456789012:stream/name";

TEST_CASE("texts that patterns were made for, and their neighbours", "[kinesis]") {
  const std::string twenty = "abcdefghij0123456789";
  for (const std::string& text : std::vector<std::string>{"",
                                                          "a",
                                                          "a.b-c_D9",
                                                          "a b",
                                                          "a/b",
                                                          "\xC3\xA4",
                                                          "0",
                                                          "00",
                                                          "01",
                                                          "10",
                                                          "-1",
                                                          std::string(38, '9'),
                                                          std::string(39, '9'),
                                                          std::string(40, '9'),
                                                          std::string(128, '1'),
                                                          std::string(129, '1'),
                                                          std::string(130, '1'),
                                                          twenty + "-abc",
                                                          twenty + "-ab",
                                                          twenty + "-abcd",
                                                          twenty + "_abc",
                                                          twenty + "-aBc",
                                                          twenty + "a-abc"}) {
    CheckAll(text);
  }
}

TEST_CASE("ARNs, and what is nearly one", "[kinesis]") {
  const std::string consumer = kArn + "/consumer/reader:1441215410";
  for (const std::string& text :
       std::vector<std::string>{kArn,
                                consumer,
                                kArn + " ",
                                " " + kArn,
                                kArn + "/x y",
                                "arn:aws-cn" + kArn.substr(7),
                                "arn:aws:kinesis::123456789012:stream/n",
                                "arn:aws:kinesis:123456789012:stream/n",
                                "arn:aws:kinesis:x:12345678901:stream/n",
                                "arn:aws:kinesis:x:1234567890123:stream/n",
                                "arn:aws:kinesis:x:123456789012:stream/",
                                "arn:aws:kinesis:x:123456789012:xstream/n",
                                "arn:aws:kinesis:x:123456789012:x y stream/n",
                                "arn:aws:x y:kinesis:x:123456789012:stream/n",
                                "arn:aws\n:kinesis:x:123456789012:stream/n",
                                "arn:aws:kinesis:\n:123456789012:stream/n",
                                "arn:aws:kinesis:x:123456789012:\nstream/n",
                                "arn:aws:kinesis:x:123456789012:stream/n\n",
                                "arn:aws:kinesis:x:123456789012:123456789012:stream/n",
                                "arn:aws:kinesis:x:123456789012:stream/a:123456789012:stream/b",
                                "arn:aws:kinesis:x:123456789012:stream/a b:123456789012:stream/b",
                                "arn:aws:kinesis:kinesis:x:123456789012:stream/n",
                                kArn + "/consumer/reader",
                                kArn + "/consumer/reader:",
                                kArn + "/consumer/:1",
                                kArn + "/consumer/re/ader:1",
                                kArn + "/consumer/reader:1x",
                                kArn + "/consumers/reader:1",
                                consumer + "/stream/b"}) {
    CheckAll(text);
  }
}

TEST_CASE("texts made of the pieces of ARNs, at random", "[kinesis]") {
  const std::vector<std::string> pieces = {
      "arn:aws", ":kinesis:", ":123456789012:", "stream/", "/consumer/", ":", "1", "name",
      " ",       "\n",        "123456789012",   "x:",      "/"};
  const unsigned seed = 20131202;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 3000; ++round) {
    std::string text = round % 4 == 0 ? "" : "arn:aws:kinesis:";
    const size_t count = random() % 9;
    for (size_t i = 0; i < count; ++i) text += pieces[random() % pieces.size()];
    CheckAll(text);
  }
}

TEST_CASE("ends of lines of Unicode do not match a dot", "[kinesis]") {
  for (const char* end : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    const std::string head = "arn:aws:kinesis:" + std::string(end) + ":123456789012:";
    CHECK_FALSE(IsStreamArn(head + "stream/n"));
    CHECK_FALSE(IsResourceArn(head + "stream/n"));
    CHECK(IsStreamArn(kArn + end));
  }
}

TEST_CASE("a text as long as a body is looked at in linear time", "[kinesis]") {
  std::string text = "arn:aws:kinesis:";
  while (text.size() < 16 * 1024 * 1024) text += ":123456789012:stream/";
  text += " ";
  for (const auto& [pattern, matcher] : kKinesisPatterns) CHECK_FALSE(matcher(text));
}

}  // namespace
}  // namespace penstock::broker
