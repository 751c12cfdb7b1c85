// CborWriter: an answer in CBOR. See output_writer.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "broker/aws/cbor_head.h"
#include "broker/aws/output_writer.h"
#include "broker/aws/writer_nesting.h"

namespace penstock::broker {

class CborWriter : public OutputWriter {
 public:
  explicit CborWriter(size_t bytes_expected) { out_.reserve(bytes_expected); }

  void BeginStructure() override;
  void EndStructure() override;
  void BeginList() override;
  void EndList() override;
  void Key(std::string_view name) override;
  void Text(std::string_view value) override;
  void Blob(std::string_view bytes) override;
  void Integer(int64_t value) override;
  void Boolean(bool value) override;
  void TimestampMs(int64_t value) override;
  std::string Take() override;

 private:
  void AppendByte(CborMajor major, uint8_t info);
  // In as few bytes as it can be.
  void AppendHead(CborMajor major, uint64_t argument);
  void AppendText(std::string_view text);
  void AppendInteger(int64_t value);

  WriterNesting nesting_;
  std::string out_;
};

}  // namespace penstock::broker
