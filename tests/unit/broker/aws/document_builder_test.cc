#include "broker/aws/document_builder.h"

#include <string>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/unit/broker/aws/document_text.h"

namespace penstock::broker {
namespace {

TEST_CASE("values go where the calls put them", "[aws]") {
  DocumentBuilder builder(AwsFormat::kCbor, 0);
  REQUIRE(builder.BeginMap().empty());
  builder.Key("a");
  REQUIRE(builder.BeginList().empty());
  REQUIRE(builder.Add(DocumentNode::Integer(1)).empty());
  REQUIRE(builder.BeginMap().empty());
  REQUIRE(builder.End().empty());
  REQUIRE(builder.End().empty());
  builder.Key("b");
  REQUIRE(builder.Add(DocumentNode::Text(builder.Copy("x"))).empty());
  REQUIRE(builder.End().empty());
  const Document document = builder.Finish();
  CHECK(TextOf(document.root()) == R"({a: [1, {}], b: "x"})");
  CHECK(document.format() == AwsFormat::kCbor);
}

TEST_CASE("depth is bounded", "[aws]") {
  DocumentBuilder builder(AwsFormat::kJson, 0);
  for (size_t i = 0; i < kDocumentDepthMax; ++i) REQUIRE(builder.BeginList().empty());
  CHECK(builder.BeginList() == "values are nested more than 32 deep");
  CHECK(builder.BeginMap() == "values are nested more than 32 deep");
}

TEST_CASE("the number of values is bounded, containers included", "[aws]") {
  const bool last_is_container = GENERATE(false, true);
  DocumentBuilder builder(AwsFormat::kJson, 0);
  REQUIRE(builder.BeginList().empty());
  for (size_t i = 1; i < kDocumentNodesMax; ++i) REQUIRE(builder.Add(DocumentNode()).empty());
  CHECK((last_is_container ? builder.BeginMap() : builder.Add(DocumentNode())) ==
        "there are more than 65536 values");
}

TEST_CASE("a key stands in a map once, however many there are", "[aws]") {
  for (const int keys : {2, 12, 13, 1000}) {
    for (const bool twice : {false, true}) {
      DocumentBuilder builder(AwsFormat::kJson, 0);
      REQUIRE(builder.BeginMap().empty());
      for (int i = 0; i < keys; ++i) {
        builder.Key(builder.Copy(std::to_string(twice && i == keys - 1 ? 0 : i)));
        REQUIRE(builder.Add(DocumentNode()).empty());
      }
      INFO(keys);
      CHECK(builder.End() == (twice ? "a key is there twice" : ""));
    }
  }
}

TEST_CASE("the same key may stand in two maps", "[aws]") {
  DocumentBuilder builder(AwsFormat::kJson, 0);
  REQUIRE(builder.BeginMap().empty());
  builder.Key("a");
  REQUIRE(builder.BeginMap().empty());
  builder.Key("a");
  REQUIRE(builder.Add(DocumentNode()).empty());
  REQUIRE(builder.End().empty());
  REQUIRE(builder.End().empty());
  CHECK(TextOf(builder.Finish().root()) == "{a: {a: null}}");
}

}  // namespace
}  // namespace penstock::broker
