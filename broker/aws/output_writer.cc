#include "broker/aws/output_writer.h"

#include "broker/aws/cbor_writer.h"
#include "broker/aws/json_writer.h"
#include "common/check.h"

namespace penstock::broker {

std::unique_ptr<OutputWriter> OutputWriter::Make(AwsFormat format, size_t bytes_expected) {
  switch (format) {
    case AwsFormat::kJson:
      return std::make_unique<JsonWriter>(bytes_expected);
    case AwsFormat::kCbor:
      return std::make_unique<CborWriter>(bytes_expected);
  }
  CHECK(false);
}

}  // namespace penstock::broker
