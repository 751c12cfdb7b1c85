#include "broker/aws/sigv4_authorization.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "broker/aws/authorization_header.h"
#include "broker/aws/authorization_query.h"
#include "broker/aws/aws_error.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kAlgorithmParameter = "X-Amz-Algorithm";
constexpr std::string_view kAlgorithmPrefix = "AWS4-";
constexpr size_t kCredentialElements = 5;

// Of two of these, one reader could take the first and another the second.
constexpr std::array<std::string_view, 6> kFieldsOnce = {
    "authorization", "x-amz-target", "x-amz-date", "host", "date", "x-amz-content-sha256"};

absl::Status CheckFieldsOnce(const HttpRequestHead& head) {
  for (const std::string_view name : kFieldsOnce) {
    if (head.Count(name) > 1) {
      return MakeAwsError("InvalidSignatureException",
                          absl::StrCat("Header '", std::string(name), "' is there twice."));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string CredentialScope::Text() const {
  return absl::StrCat(date, "/", region, "/", service, "/", terminator);
}

absl::Status ReadCredential(std::string_view credential, SigV4Authorization* authorization) {
  const std::vector<std::string> elements =
      absl::StrSplit(absl::string_view(credential.data(), credential.size()), '/');
  const bool has_empty = std::any_of(elements.begin(), elements.end(),
                                     [](const std::string& element) { return element.empty(); });
  if (elements.size() != kCredentialElements || has_empty) {
    return MakeAwsError(
        "IncompleteSignatureException",
        absl::StrCat("Credential must have exactly 5 slash-delimited elements, e.g. "
                     "keyid/date/region/service/term, got '",
                     Excerpt(credential), "'"));
  }
  authorization->access_key_id = elements[0];
  authorization->scope = {elements[1], elements[2], elements[3], elements[4]};
  return absl::OkStatus();
}

absl::Status CheckAlgorithm(std::string_view algorithm) {
  if (algorithm == kSigV4Algorithm) return absl::OkStatus();
  // What is no name of an algorithm may be a password.
  const bool is_name = algorithm.substr(0, kAlgorithmPrefix.size()) == kAlgorithmPrefix;
  return MakeAwsError("IncompleteSignatureException",
                      absl::StrCat("Unsupported AWS 'algorithm'",
                                   is_name ? absl::StrCat(": '", Excerpt(algorithm), "'") : "",
                                   " (only AWS4-HMAC-SHA256 for now)."));
}

absl::StatusOr<SigV4Authorization> ReadAuthorization(const HttpRequestHead& head,
                                                     const QueryParameters& query) {
  RETURN_IF_ERROR(CheckFieldsOnce(head));
  const std::string* const header = head.Find("authorization");
  const bool has_header = header != nullptr && !header->empty();
  const bool has_query = std::any_of(
      query.begin(), query.end(),
      [](const QueryParameter& parameter) { return parameter.name == kAlgorithmParameter; });
  if (has_header && has_query) {
    return MakeAwsError("InvalidSignatureException",
                        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' "
                        "as HTTP header.");
  }
  if (has_header) return ReadAuthorizationHeader(head, *header);
  if (has_query) return ReadAuthorizationQuery(head, query);
  return MakeAwsError("MissingAuthenticationTokenException", "Missing Authentication Token");
}

}  // namespace penstock::broker
