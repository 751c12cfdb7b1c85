#include "broker/aws/authorization_query.h"

#include <array>
#include <string>

#include "absl/strings/str_cat.h"

#include "broker/aws/aws_error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

struct Part {
  std::string_view name;
  bool required;
  const std::string* value = nullptr;
};

// In the order in which AWS lists them.
enum PartIndex {
  kAlgorithm,
  kCredential,
  kSignature,
  kSignedHeaders,
  kDate,
  kExpires,
  kSecurityToken,
  kPartCount
};

using Parts = std::array<Part, kPartCount>;

absl::StatusOr<Parts> FindParts(const QueryParameters& query) {
  Parts parts = {{{"X-Amz-Algorithm", true},
                  {"X-Amz-Credential", true},
                  {kSignatureParameter, true},
                  {"X-Amz-SignedHeaders", true},
                  {"X-Amz-Date", true},
                  {"X-Amz-Expires", false},
                  {"X-Amz-Security-Token", false}}};
  for (const QueryParameter& parameter : query) {
    for (Part& part : parts) {
      if (parameter.name != part.name) continue;
      if (part.value != nullptr) {
        return MakeAwsError(
            "InvalidSignatureException",
            absl::StrCat("Query-string parameter '", parameter.name, "' is there twice."));
      }
      part.value = &parameter.value;
    }
  }
  return parts;
}

absl::Status CheckComplete(const Parts& parts) {
  std::string missing;
  for (const Part& part : parts) {
    if (!part.required || (part.value != nullptr && !part.value->empty())) continue;
    absl::StrAppend(&missing, "AWS query-string parameters must include '", std::string(part.name),
                    "'. ");
  }
  if (missing.empty()) return absl::OkStatus();
  return MakeAwsError("IncompleteSignatureException",
                      absl::StrCat(missing, "Re-examine the query-string parameters."));
}

}  // namespace

absl::StatusOr<SigV4Authorization> ReadAuthorizationQuery(const HttpRequestHead& head,
                                                          const QueryParameters& query) {
  ASSIGN_OR_RETURN(const Parts parts, FindParts(query));
  RETURN_IF_ERROR(CheckComplete(parts));
  RETURN_IF_ERROR(CheckAlgorithm(*parts[kAlgorithm].value));
  if (head.Find("x-amz-date") != nullptr) {
    return MakeAwsError("InvalidSignatureException",
                        "Found 'X-Amz-Date' both as a query-string param and as HTTP header.");
  }
  SigV4Authorization authorization;
  authorization.form = SigV4Authorization::Form::kQuery;
  RETURN_IF_ERROR(ReadCredential(*parts[kCredential].value, &authorization));
  authorization.signed_headers = *parts[kSignedHeaders].value;
  authorization.signature = *parts[kSignature].value;
  authorization.date = *parts[kDate].value;
  if (parts[kExpires].value != nullptr) authorization.expires = *parts[kExpires].value;
  authorization.has_security_token =
      parts[kSecurityToken].value != nullptr || head.Find("x-amz-security-token") != nullptr;
  return authorization;
}

}  // namespace penstock::broker
