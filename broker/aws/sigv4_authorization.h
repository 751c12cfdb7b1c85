// SigV4Authorization: what a request says about its own signature, taken apart but not yet believed.
//
//   Authorization: AWS4-HMAC-SHA256 Credential=KEY/20150830/us-east-1/kinesis/aws4_request,
//                  SignedHeaders=host;x-amz-date, Signature=5d67...          and X-Amz-Date or Date
//
//   /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=KEY%2F20150830...&X-Amz-Date=...
//     &X-Amz-SignedHeaders=...&X-Amz-Signature=...
//
// Reading checks that all parts are there, once, and have their form. The errors have the types and
// texts of AWS; what was sent as an Authorization is in them as a hash alone, since errors are
// logged. Plain values; stateless.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/aws/query_string.h"
#include "broker/http/http_message.h"

namespace penstock::broker {

inline constexpr std::string_view kSigV4Algorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kSigV4Terminator = "aws4_request";
inline constexpr std::string_view kSignatureParameter = "X-Amz-Signature";

struct CredentialScope {
  std::string date;  // "20150830"
  std::string region;
  std::string service;
  std::string terminator;

  // "20150830/us-east-1/kinesis/aws4_request".
  std::string Text() const;
};

struct SigV4Authorization {
  enum class Form { kHeader, kQuery };

  Form form = Form::kHeader;
  std::string access_key_id;
  CredentialScope scope;
  std::string signed_headers;  // "host;x-amz-date"
  std::string signature;
  // X-Amz-Date, or Date where there is none.
  std::string date;
  // The field that `date` is from, which must be signed; empty in the query form.
  std::string_view date_field;
  // X-Amz-Expires of the query form.
  std::optional<std::string> expires;
  bool has_security_token = false;
};

// MissingAuthenticationTokenException if there is nothing; InvalidSignatureException if both forms
// are there, or a field twice that must not be; IncompleteSignatureException if a part is missing
// or has not its form. `query` is that of the head's target.
absl::StatusOr<SigV4Authorization> ReadAuthorization(const HttpRequestHead& head,
                                                     const QueryParameters& query);

// For the readers of the two forms. IncompleteSignatureException unless there are five elements and
// none is empty.
absl::Status ReadCredential(std::string_view credential, SigV4Authorization* authorization);
absl::Status CheckAlgorithm(std::string_view algorithm);

}  // namespace penstock::broker
