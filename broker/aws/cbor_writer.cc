#include "broker/aws/cbor_writer.h"

#include <utility>

#include "broker/aws/utf8.h"

namespace penstock::broker {
namespace {

constexpr uint64_t kEpochTag = 1;

}  // namespace

void CborWriter::AppendByte(CborMajor major, uint8_t info) {
  out_ += static_cast<char>(static_cast<uint8_t>(major) << 5 | info);
}

void CborWriter::AppendHead(CborMajor major, uint64_t argument) {
  if (argument < kCborOneByte) {
    AppendByte(major, static_cast<uint8_t>(argument));
    return;
  }
  uint8_t info = kCborOneByte;
  int bytes = 1;
  for (; bytes < 8 && argument >> (8 * bytes) != 0; bytes *= 2) ++info;
  AppendByte(major, info);
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out_ += static_cast<char>(argument >> shift);
  }
}

void CborWriter::AppendText(std::string_view text) {
  if (!IsUtf8(text)) {
    AppendText(ReplaceInvalidUtf8(text));
    return;
  }
  AppendHead(CborMajor::kText, text.size());
  out_ += text;
}

void CborWriter::AppendInteger(int64_t value) {
  if (value >= 0) {
    AppendHead(CborMajor::kUnsigned, static_cast<uint64_t>(value));
  } else {
    AppendHead(CborMajor::kNegative, static_cast<uint64_t>(-(value + 1)));
  }
}

void CborWriter::BeginStructure() {
  nesting_.Value();
  nesting_.Begin(false);
  AppendByte(CborMajor::kMap, kCborIndefinite);
}

void CborWriter::EndStructure() {
  nesting_.End(false);
  out_ += static_cast<char>(kCborBreak);
}

void CborWriter::BeginList() {
  nesting_.Value();
  nesting_.Begin(true);
  AppendByte(CborMajor::kArray, kCborIndefinite);
}

void CborWriter::EndList() {
  nesting_.End(true);
  out_ += static_cast<char>(kCborBreak);
}

void CborWriter::Key(std::string_view name) {
  nesting_.Key();
  AppendText(name);
}

void CborWriter::Text(std::string_view value) {
  nesting_.Value();
  AppendText(value);
}

void CborWriter::Blob(std::string_view bytes) {
  nesting_.Value();
  AppendHead(CborMajor::kBytes, bytes.size());
  out_ += bytes;
}

void CborWriter::Integer(int64_t value) {
  nesting_.Value();
  AppendInteger(value);
}

void CborWriter::Boolean(bool value) {
  nesting_.Value();
  AppendByte(CborMajor::kSimple, value ? kCborTrue : kCborFalse);
}

void CborWriter::TimestampMs(int64_t value) {
  nesting_.Value();
  AppendHead(CborMajor::kTag, kEpochTag);
  AppendInteger(value);
}

std::string CborWriter::Take() {
  nesting_.Finish();
  return std::exchange(out_, {});
}

}  // namespace penstock::broker
