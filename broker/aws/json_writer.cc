#include "broker/aws/json_writer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "broker/aws/base64.h"
#include "broker/aws/utf8.h"

namespace penstock::broker {
namespace {

constexpr int64_t kMsPerSecond = 1000;

bool MustEscape(char c) {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

// Without a branch a character: the compiler makes vectors of it, and most texts need no escape.
bool HasEscapes(std::string_view text) {
  bool has = false;
  for (const char c : text) has |= MustEscape(c);
  return has;
}

}  // namespace

void JsonWriter::BeforeValue() {
  if (nesting_.Value()) out_ += ',';
}

void JsonWriter::BeginStructure() {
  BeforeValue();
  nesting_.Begin(false);
  out_ += '{';
}

void JsonWriter::EndStructure() {
  nesting_.End(false);
  out_ += '}';
}

void JsonWriter::BeginList() {
  BeforeValue();
  nesting_.Begin(true);
  out_ += '[';
}

void JsonWriter::EndList() {
  nesting_.End(true);
  out_ += ']';
}

void JsonWriter::Key(std::string_view name) {
  if (!nesting_.Key()) out_ += ',';
  AppendText(name);
  out_ += ':';
}

void JsonWriter::Text(std::string_view value) {
  BeforeValue();
  AppendText(value);
}

void JsonWriter::Blob(std::string_view bytes) {
  BeforeValue();
  out_ += '"';
  AppendBase64(bytes, &out_);
  out_ += '"';
}

void JsonWriter::Integer(int64_t value) {
  BeforeValue();
  absl::StrAppend(&out_, value);
}

void JsonWriter::Boolean(bool value) {
  BeforeValue();
  out_ += value ? "true" : "false";
}

void JsonWriter::TimestampMs(int64_t value) {
  BeforeValue();
  int64_t seconds = value / kMsPerSecond;
  int64_t ms = value % kMsPerSecond;
  if (value < 0) {
    out_ += '-';
    seconds = -seconds;
    ms = -ms;
  }
  absl::StrAppendFormat(&out_, "%d.%03d", seconds, ms);
}

std::string JsonWriter::Take() {
  nesting_.Finish();
  return std::exchange(out_, {});
}

void JsonWriter::AppendText(std::string_view text) {
  out_ += '"';
  if (IsUtf8(text)) {
    AppendEscaped(text);
  } else {
    AppendEscaped(ReplaceInvalidUtf8(text));
  }
  out_ += '"';
}

void JsonWriter::AppendEscaped(std::string_view text) {
  if (!HasEscapes(text)) {
    out_ += text;
    return;
  }
  size_t plain = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!MustEscape(text[i])) continue;
    out_ += text.substr(plain, i - plain);
    plain = i + 1;
    switch (text[i]) {
      case '"':
        out_ += "\\\"";
        break;
      case '\\':
        out_ += "\\\\";
        break;
      case '\n':
        out_ += "\\n";
        break;
      case '\r':
        out_ += "\\r";
        break;
      case '\t':
        out_ += "\\t";
        break;
      default:
        absl::StrAppendFormat(&out_, "\\u%04x", static_cast<unsigned char>(text[i]));
    }
  }
  out_ += text.substr(plain);
}

}  // namespace penstock::broker
