// JsonWriter: an answer in JSON. See output_writer.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "broker/aws/output_writer.h"
#include "broker/aws/writer_nesting.h"

namespace penstock::broker {

class JsonWriter : public OutputWriter {
 public:
  explicit JsonWriter(size_t bytes_expected) { out_.reserve(bytes_expected); }

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
  void BeforeValue();
  void AppendText(std::string_view text);
  void AppendEscaped(std::string_view text);

  WriterNesting nesting_;
  std::string out_;
};

}  // namespace penstock::broker
