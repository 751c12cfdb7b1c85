#include "broker/aws/cbor_document.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "broker/aws/aws_error.h"
#include "broker/aws/cbor_head.h"
#include "broker/aws/document_builder.h"
#include "broker/aws/utf8.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr uint64_t kEpochTag = 1;
// Milliseconds of a time that is written as a float of seconds: beyond, they are no int64.
constexpr double kTimestampMsMax = 9e18;

struct Head {
  CborMajor major = CborMajor::kUnsigned;
  // The value, or the length; of major 7, the bits.
  uint64_t argument = 0;
  // The five lower bits of the first byte: of major 7, what it is.
  uint8_t info = 0;

  bool indefinite() const { return info == kCborIndefinite; }
  bool is_break() const { return major == CborMajor::kSimple && indefinite(); }
};

// A container that is open.
struct Frame {
  // Values that are to come; of a map, pairs. Absent: until a break.
  std::optional<uint64_t> left;
};

double HalfFloat(uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f;
  const int mantissa = bits & 0x3ff;
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(mantissa, -24);
  } else if (exponent < 0x1f) {
    value = std::ldexp(mantissa + 1024, exponent - 25);
  } else {
    value = mantissa == 0 ? std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::quiet_NaN();
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

// One body that is being read.
class CborReader {
 public:
  explicit CborReader(std::string_view body)
      : body_(body), builder_(AwsFormat::kCbor, body.size() / 4) {}

  absl::StatusOr<Document> Read() {
    RETURN_IF_ERROR(ReadValue());
    if (builder_.depth() == 0) return Broken(0, "the body is not a map");
    if (!builder_.in_map()) return Broken(0, "the body is not a map");
    while (builder_.depth() > 0) {
      RETURN_IF_ERROR(ReadNext());
    }
    if (at_ < body_.size()) return Broken(at_, "there is more after the map");
    return builder_.Finish();
  }

 private:
  static absl::Status Broken(size_t at, std::string_view what) {
    return MakeAwsError(kSerializationException,
                        absl::StrCat("malformed CBOR at byte ", at, ": ",
                                     absl::string_view(what.data(), what.size())));
  }

  absl::Status Built(DocumentBuilder::Problem problem) const {
    return problem.empty() ? absl::OkStatus() : Broken(at_, problem);
  }

  uint64_t bytes_left() const { return body_.size() - at_; }

  absl::Status ReadHead(Head* head) {
    const size_t begin = at_;
    if (bytes_left() == 0) return Broken(begin, "it ends too early");
    const auto first = static_cast<uint8_t>(body_[at_++]);
    head->major = static_cast<CborMajor>(first >> 5);
    head->info = first & 0x1f;
    if (head->info < kCborOneByte) {
      head->argument = head->info;
      return absl::OkStatus();
    }
    if (head->indefinite()) {
      const bool may = head->major >= CborMajor::kBytes && head->major != CborMajor::kTag;
      return may ? absl::OkStatus() : Broken(begin, "no length may be indefinite here");
    }
    if (head->info > kCborEightBytes) return Broken(begin, "a reserved length");
    const size_t size = size_t{1} << (head->info - kCborOneByte);
    if (bytes_left() < size) return Broken(begin, "it ends too early");
    head->argument = 0;
    for (size_t i = 0; i < size; ++i) {
      head->argument = head->argument << 8 | static_cast<uint8_t>(body_[at_++]);
    }
    return absl::OkStatus();
  }

  // A key and the value's head or, where the innermost container is complete, its end.
  absl::Status ReadNext() {
    Frame& frame = frames_[builder_.depth() - 1];
    if (frame.left == 0) return Built(builder_.End());
    if (!frame.left && bytes_left() > 0 && static_cast<uint8_t>(body_[at_]) == kCborBreak) {
      ++at_;
      return Built(builder_.End());
    }
    if (frame.left) --*frame.left;
    if (builder_.in_map()) {
      Head head;
      const size_t begin = at_;
      RETURN_IF_ERROR(ReadHead(&head));
      if (head.major != CborMajor::kText) return Broken(begin, "a key is not a text");
      std::string_view key;
      RETURN_IF_ERROR(ReadString(head, begin, &key));
      builder_.Key(key);
    }
    return ReadValue();
  }

  absl::Status ReadValue() {
    Head head;
    size_t begin = at_;
    bool is_time = false;
    for (size_t tags = 0;; ++tags) {
      RETURN_IF_ERROR(ReadHead(&head));
      if (head.major != CborMajor::kTag) break;
      if (tags == kDocumentDepthMax) return Broken(begin, "more than 32 tags");
      is_time = head.argument == kEpochTag;
      begin = at_;
    }
    if (is_time) return ReadTime(head, begin);
    switch (head.major) {
      case CborMajor::kUnsigned:
        return Built(builder_.Add(DocumentNode::Unsigned(head.argument)));
      case CborMajor::kNegative: {
        int64_t value = 0;
        RETURN_IF_ERROR(ToNegative(head, begin, &value));
        return Built(builder_.Add(DocumentNode::Integer(value)));
      }
      case CborMajor::kBytes:
      case CborMajor::kText: {
        std::string_view text;
        RETURN_IF_ERROR(ReadString(head, begin, &text));
        return Built(builder_.Add(head.major == CborMajor::kText ? DocumentNode::Text(text)
                                                                 : DocumentNode::Bytes(text)));
      }
      case CborMajor::kArray:
      case CborMajor::kMap:
        return ReadContainer(head, begin);
      case CborMajor::kTag:
        break;
      case CborMajor::kSimple:
        return ReadSimple(head, begin);
    }
    return Broken(begin, "no value");
  }

  static absl::Status ToNegative(const Head& head, size_t begin, int64_t* value) {
    if (head.argument > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Broken(begin, "an integer below -2^63");
    }
    *value = -1 - static_cast<int64_t>(head.argument);
    return absl::OkStatus();
  }

  absl::Status ReadTime(const Head& head, size_t begin) {
    int64_t ms = 0;
    double seconds = 0;
    if (head.major == CborMajor::kUnsigned) {
      if (head.argument > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
        return Broken(begin, "a time out of range");
      }
      ms = static_cast<int64_t>(head.argument);
    } else if (head.major == CborMajor::kNegative) {
      RETURN_IF_ERROR(ToNegative(head, begin, &ms));
    } else if (ToFloat(head, &seconds)) {
      // Also false if it is no number.
      if (!(std::fabs(seconds * 1000) <= kTimestampMsMax)) {
        return Broken(begin, "a time out of range");
      }
      ms = std::llround(seconds * 1000);
    } else {
      return Broken(begin, "a time (tag 1) that is not a number");
    }
    return Built(builder_.Add(DocumentNode::TimestampMs(ms)));
  }

  // Of whole length, or of chunks, each with its length, up to a break.
  absl::Status ReadString(const Head& head, size_t begin, std::string_view* text) {
    if (!head.indefinite()) return ReadChunk(head, begin, text);
    // Twice: for the length, then for the bytes.
    const size_t chunks = at_;
    size_t size = 0;
    std::string_view chunk;
    bool more = true;
    while (true) {
      RETURN_IF_ERROR(ReadChunkOf(head.major, &chunk, &more));
      if (!more) break;
      size += chunk.size();
    }
    char* bytes = builder_.Allocate(size);
    *text = {bytes, size};
    at_ = chunks;
    while (true) {
      RETURN_IF_ERROR(ReadChunkOf(head.major, &chunk, &more));
      if (!more) break;
      if (!chunk.empty()) std::memcpy(bytes, chunk.data(), chunk.size());
      bytes += chunk.size();
    }
    return absl::OkStatus();
  }

  absl::Status ReadChunkOf(CborMajor major, std::string_view* chunk, bool* more) {
    Head head;
    const size_t begin = at_;
    RETURN_IF_ERROR(ReadHead(&head));
    *more = !head.is_break();
    if (!*more) return absl::OkStatus();
    if (head.major != major || head.indefinite()) {
      return Broken(begin, "a chunk of another type than its string");
    }
    return ReadChunk(head, begin, chunk);
  }

  absl::Status ReadChunk(const Head& head, size_t begin, std::string_view* text) {
    if (head.argument > bytes_left()) return Broken(begin, "a string longer than what is left");
    *text = body_.substr(at_, head.argument);
    at_ += head.argument;
    if (head.major == CborMajor::kText && !IsUtf8(*text)) return Broken(begin, "not UTF-8");
    return absl::OkStatus();
  }

  absl::Status ReadContainer(const Head& head, size_t begin) {
    const bool is_map = head.major == CborMajor::kMap;
    // Each value is a byte at least, each pair two.
    if (!head.indefinite() && head.argument > bytes_left() / (is_map ? 2 : 1)) {
      return Broken(begin, "a container longer than what is left");
    }
    const DocumentBuilder::Problem problem = is_map ? builder_.BeginMap() : builder_.BeginList();
    if (!problem.empty()) return Broken(begin, problem);
    frames_[builder_.depth() - 1].left =
        head.indefinite() ? std::nullopt : std::optional<uint64_t>(head.argument);
    return absl::OkStatus();
  }

  static bool ToFloat(const Head& head, double* value) {
    if (head.major != CborMajor::kSimple) return false;
    switch (head.info) {
      case kCborTwoBytes:
        *value = HalfFloat(static_cast<uint16_t>(head.argument));
        return true;
      case kCborFourBytes:
        *value = std::bit_cast<float>(static_cast<uint32_t>(head.argument));
        return true;
      case kCborEightBytes:
        *value = std::bit_cast<double>(head.argument);
        return true;
      default:
        return false;
    }
  }

  absl::Status ReadSimple(const Head& head, size_t begin) {
    double number = 0;
    if (ToFloat(head, &number)) return Built(builder_.Add(DocumentNode::Double(number)));
    switch (head.info) {
      case kCborFalse:
      case kCborTrue:
        return Built(builder_.Add(DocumentNode::Boolean(head.info == kCborTrue)));
      case kCborNull:
      case kCborUndefined:
        return Built(builder_.Add(DocumentNode()));
      case kCborIndefinite:
        return Broken(begin, "a break where none is due");
      default:
        return Broken(begin, "an unknown simple value");
    }
  }

  const std::string_view body_;
  size_t at_ = 0;
  DocumentBuilder builder_;
  std::array<Frame, kDocumentDepthMax> frames_;
};

}  // namespace

absl::StatusOr<Document> ParseCbor(std::string_view body) {
  if (body.empty()) return Document(AwsFormat::kCbor);
  return CborReader(body).Read();
}

}  // namespace penstock::broker
