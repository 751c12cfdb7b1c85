#include "common/codec.h"

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "common/error.h"

namespace penstock {
namespace {

TEST_CASE("what is packed unpacks to itself", "[codec]") {
  const Codec codec = GENERATE(Codec::kLz4, Codec::kZstd);
  const std::string input(GENERATE(1000U, 1U << 20U), 'x');
  std::string packed = "before";
  REQUIRE(TryCompress(codec, input, &packed));
  CHECK(packed.substr(0, 6) == "before");
  CHECK(packed.size() < input.size());
  std::string output;
  REQUIRE(Decompress(codec, std::string_view(packed).substr(6), input.size(), &output).ok());
  CHECK(output == input);
}

TEST_CASE("what does not become smaller is left as it is", "[codec]") {
  const Codec codec = GENERATE(Codec::kNone, Codec::kLz4, Codec::kZstd);
  const std::string input = GENERATE("", "short", "0123456789abcdefghijklmnopqrstuvwxyz");
  std::string output = "before";
  CHECK_FALSE(TryCompress(codec, input, &output));
  CHECK(output == "before");
}

TEST_CASE("bytes that do not stand for so many are refused", "[codec]") {
  const Codec codec = GENERATE(Codec::kNone, Codec::kLz4, Codec::kZstd);
  const std::string input(1000, 'x');
  std::string packed;
  if (!TryCompress(codec, input, &packed)) packed = input;
  std::string output;
  for (const size_t wrong : {size_t{0}, size_t{1}, input.size() - 1, input.size() + 1}) {
    const absl::Status status = Decompress(codec, packed, wrong, &output);
    REQUIRE_FALSE(status.ok());
    CHECK(ReasonOf(status) == ErrorReason::kCorruptRecords);
  }
  CHECK_FALSE(Decompress(codec, std::string_view(packed).substr(1), input.size(), &output).ok());
}

TEST_CASE("codecs go by their names", "[codec]") {
  const Codec codec = GENERATE(Codec::kNone, Codec::kLz4, Codec::kZstd);
  CHECK(ParseCodec(CodecName(codec)) == codec);
  CHECK_FALSE(ParseCodec("gzip").has_value());
}

}  // namespace
}  // namespace penstock
