// AwsDoor: the Kinesis endpoint over HTTP/1.1, in either format of its bodies.
//
// Looks at what every answer must have besides: the content type of the request, request ids.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "broker/aws/aws_format.h"
#include "broker/aws/shape.h"
#include "tests/conformance/aws_subscriber.h"
#include "tests/conformance/door.h"
#include "tests/support/http_client.h"

namespace penstock::conformance {

// Those of a request whose signature is there, complete and not verified.
testing::HttpClientFields RequestFields(std::string_view operation, std::string_view content_type);

class AwsDoor final : public Door {
 public:
  AwsDoor(uint16_t port, broker::AwsFormat format);

  std::string name() const override;
  const std::string& InputOf(const Row& row) const override { return row.aws; }
  std::string ErrorOf(const Row& row) const override;
  const std::string& PointerOf(const Kept& kept) const override { return kept.aws; }
  Answer Call(const std::string& operation, const nlohmann::json& input) override;
  nlohmann::json Comparable(const std::string& operation,
                            const nlohmann::json& output) const override;

 private:
  Answer Read(const testing::HttpAnswer& answer, const broker::StructureShape* output) const;
  Answer Subscribe(const testing::HttpClientFields& fields, const std::string& body);
  nlohmann::json Decode(const broker::StructureShape* shape, const std::string& body) const;

  const uint16_t port_;
  const broker::AwsFormat format_;
  testing::HttpClient client_;
  std::vector<std::unique_ptr<AwsSubscriber>> subscribers_;
};

}  // namespace penstock::conformance
