#include "bench/kinesis/request_bodies.h"

#include <cstdint>
#include <memory>

#include "broker/aws/output_writer.h"

namespace penstock::bench {
namespace {

using broker::AwsFormat;
using broker::OutputWriter;

template <typename Fill>
std::string Body(AwsFormat format, Fill fill) {
  const std::unique_ptr<OutputWriter> writer = OutputWriter::Make(format);
  writer->BeginStructure();
  fill(*writer);
  writer->EndStructure();
  return writer->Take();
}

void WriteRecord(const TestRecord& record, OutputWriter& out) {
  out.BlobMember("Data", record.data);
  out.TextMember("PartitionKey", record.partition_key);
}

}  // namespace

std::string PutRecordsBody(AwsFormat format, std::string_view stream,
                           const std::vector<TestRecord>& records) {
  return Body(format, [&](OutputWriter& out) {
    out.TextMember("StreamName", stream);
    out.Key("Records");
    out.BeginList();
    for (const TestRecord& record : records) {
      out.BeginStructure();
      WriteRecord(record, out);
      out.EndStructure();
    }
    out.EndList();
  });
}

std::string PutRecordBody(AwsFormat format, std::string_view stream, const TestRecord& record) {
  return Body(format, [&](OutputWriter& out) {
    out.TextMember("StreamName", stream);
    WriteRecord(record, out);
  });
}

std::string GetRecordsBody(AwsFormat format, std::string_view iterator, size_t limit) {
  return Body(format, [&](OutputWriter& out) {
    out.TextMember("ShardIterator", iterator);
    out.IntegerMember("Limit", static_cast<int64_t>(limit));
  });
}

std::string CreateStreamBody(AwsFormat format, std::string_view stream, size_t shards) {
  return Body(format, [&](OutputWriter& out) {
    out.TextMember("StreamName", stream);
    out.IntegerMember("ShardCount", static_cast<int64_t>(shards));
  });
}

std::string StreamNameBody(AwsFormat format, std::string_view stream) {
  return Body(format, [&](OutputWriter& out) { out.TextMember("StreamName", stream); });
}

std::string_view NoneFailedText(AwsFormat format) {
  // In CBOR a zero follows the key.
  using std::string_view_literals::operator""sv;
  return format == AwsFormat::kJson ? "\"FailedRecordCount\":0"sv : "FailedRecordCount\0"sv;
}

}  // namespace penstock::bench
