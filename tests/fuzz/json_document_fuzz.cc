// ParseJson over any bytes: nothing outside the body and its padding is read, documents keep their
// rules, and what the writer writes of one is the same when it is parsed.
#include "broker/aws/json_document.h"
#include "common/check.h"
#include "tests/fuzz/document_rules.h"
#include "tests/fuzz/fuzz_input.h"

namespace penstock::fuzz {
namespace {

void Run(std::string_view input) {
  const Buffer body(input, broker::kJsonPaddingBytes);
  const auto document = broker::ParseJson(body.text());
  if (!document.ok()) return;
  CheckDocument(*document);
  if (!CanBeWritten(document->root())) return;
  const auto writer = broker::OutputWriter::Make(broker::AwsFormat::kJson);
  Write(document->root(), writer.get());
  const Buffer written(writer->Take(), broker::kJsonPaddingBytes);
  const auto again = broker::ParseJson(written.text());
  CHECK(again.ok());
  CheckSame(document->root(), again->root());
}

}  // namespace
}  // namespace penstock::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  penstock::fuzz::Run(penstock::fuzz::View(data, size));
  return 0;
}
