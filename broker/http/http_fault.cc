#include "broker/http/http_fault.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace penstock::broker {

HttpFault BodyTooLarge(const HttpLimits& limits) {
  return {413, HttpRefusal::kBodyTooLarge,
          absl::StrCat("body has more than ", limits.body_bytes_max, " bytes")};
}

std::optional<HttpFault> CheckRequestHead(const HttpRequestHead& head, const HttpLimits& limits) {
  for (const HttpField& field : head.fields) {
    if (field.name == "content-encoding" && !field.value.empty() &&
        !absl::EqualsIgnoreCase(field.value, "identity")) {
      return HttpFault{415, HttpRefusal::kContentEncoding,
                       "content-encoding other than identity is not supported"};
    }
    if (field.name == "expect" && !absl::EqualsIgnoreCase(field.value, "100-continue"))
      return HttpFault{417, HttpRefusal::kExpectation, "expect other than 100-continue"};
  }
  if (head.content_length.value_or(0) > limits.body_bytes_max) return BodyTooLarge(limits);
  return std::nullopt;
}

bool ExpectsContinue(const HttpRequestHead& head) {
  return head.Find("expect") != nullptr;
}

}  // namespace penstock::broker
