// Writes an answer in either format, piece by piece, without a tree.
//
//   writer->BeginStructure();
//   writer->TextMember("ShardId", id);
//   writer->Key("Records"); writer->BeginList(); ... writer->EndList();
//   writer->EndStructure();
//   body = writer->Take();
//
// JSON: blobs are base64, times are seconds with three decimals, texts are escaped as needed. CBOR:
// blobs are byte strings, times are tag 1 with an integer of milliseconds, structures and lists have
// indefinite lengths. Texts must be UTF-8; what is not is written as U+FFFD, so that no answer is
// one that a client cannot read. CHECKs that what is begun is ended. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "broker/aws/aws_format.h"

namespace penstock::broker {

class OutputWriter {
 public:
  // `bytes_expected` is set aside at once.
  static std::unique_ptr<OutputWriter> Make(AwsFormat format, size_t bytes_expected = 0);
  virtual ~OutputWriter() = default;

  virtual void BeginStructure() = 0;
  virtual void EndStructure() = 0;
  virtual void BeginList() = 0;
  virtual void EndList() = 0;
  // Of a structure's or a map's next value.
  virtual void Key(std::string_view name) = 0;
  virtual void Text(std::string_view value) = 0;
  virtual void Blob(std::string_view bytes) = 0;
  virtual void Integer(int64_t value) = 0;
  virtual void Boolean(bool value) = 0;
  virtual void TimestampMs(int64_t value) = 0;
  // What was written, complete; the writer is empty then and may be used again.
  virtual std::string Take() = 0;

  void TextMember(std::string_view name, std::string_view value) {
    Key(name);
    Text(value);
  }
  void BlobMember(std::string_view name, std::string_view bytes) {
    Key(name);
    Blob(bytes);
  }
  void IntegerMember(std::string_view name, int64_t value) {
    Key(name);
    Integer(value);
  }
  void BooleanMember(std::string_view name, bool value) {
    Key(name);
    Boolean(value);
  }
  void TimestampMember(std::string_view name, int64_t value) {
    Key(name);
    TimestampMs(value);
  }
};

}  // namespace penstock::broker
