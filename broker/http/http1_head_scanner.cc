#include "broker/http/http1_head_scanner.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

}  // namespace

Http1HeadScanner::Result Http1HeadScanner::Scan(std::string_view bytes) {
  while (!complete_) {
    const size_t newline = bytes.find('\n', searched_);
    if (newline == std::string_view::npos) {
      searched_ = bytes.size();
      return CheckRest(bytes.substr(line_begin_)) ? Result::kMore : Result::kFault;
    }
    if (!TakeLine(bytes.substr(line_begin_, newline + 1 - line_begin_))) return Result::kFault;
    line_begin_ = searched_ = newline + 1;
  }
  return Result::kComplete;
}

bool Http1HeadScanner::TakeLine(std::string_view line) {
  if (line == kLineEnd) {
    if (lines_ == 0) return Refuse(400, HttpRefusal::kMalformed, "no request line");
    complete_ = true;
    return true;
  }
  // The only CR is the one before the LF.
  if (!line.ends_with(kLineEnd) || line.find('\r') != line.size() - 2)
    return Refuse(400, HttpRefusal::kMalformed, "a line that does not end with CR LF");
  if (line.find('\0') != std::string_view::npos)
    return Refuse(400, HttpRefusal::kMalformed, "NUL in the head");
  if (line.front() == ' ' || line.front() == '\t')
    return Refuse(400, HttpRefusal::kMalformed, "a line that begins with a blank");
  if (!CheckRest(line.substr(0, line.size() - 2))) return false;
  if (++lines_ == 1) return true;
  fields_bytes_ += line.size();
  if (fields_bytes_ > limits_->fields_bytes_max) {
    return Refuse(431, HttpRefusal::kFieldsTooLarge,
                  absl::StrCat("fields have more than ", limits_->fields_bytes_max, " bytes"));
  }
  if (lines_ - 1 > limits_->fields_max) {
    return Refuse(431, HttpRefusal::kTooManyFields,
                  absl::StrCat("more than ", limits_->fields_max, " fields"));
  }
  return true;
}

bool Http1HeadScanner::CheckRest(std::string_view rest) {
  // A CR whose LF has not come counts as one byte of the line: it is let through here.
  const size_t length = rest.size() - (rest.ends_with('\r') ? 1 : 0);
  if (length <= limits_->line_bytes_max) return true;
  if (lines_ == 0) {
    return Refuse(414, HttpRefusal::kRequestLineTooLong,
                  absl::StrCat("request line has more than ", limits_->line_bytes_max, " bytes"));
  }
  return Refuse(431, HttpRefusal::kFieldTooLong,
                absl::StrCat("a field has more than ", limits_->line_bytes_max, " bytes"));
}

bool Http1HeadScanner::Refuse(int status, HttpRefusal reason, std::string_view why) {
  fault_ = HttpFault{status, reason, std::string(why)};
  return false;
}

}  // namespace penstock::broker
