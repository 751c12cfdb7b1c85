#include "broker/aws/authorization_header.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "broker/aws/aws_error.h"
#include "broker/aws/sigv4_digest.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

absl::Status Incomplete(std::string_view message) {
  return MakeAwsError("IncompleteSignatureException", message);
}

// In place of the header itself, as AWS does: enough to tell two of them apart.
std::string HashOf(std::string_view header) {
  const Sha256Digest digest = Sha256(header);
  const std::string_view bytes = BytesOf(digest);
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
}

struct Parameters {
  std::string_view credential;
  std::string_view signed_headers;
  std::string_view signature;

  // Null for a name that is not known.
  std::string_view* Find(std::string_view name) {
    if (name == "Credential") return &credential;
    if (name == "SignedHeaders") return &signed_headers;
    if (name == "Signature") return &signature;
    return nullptr;
  }
};

absl::StatusOr<Parameters> ReadParameters(std::string_view text, std::string_view header) {
  Parameters parameters;
  while (!text.empty()) {
    const size_t end = text.find(',');
    const std::string_view pair = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      return Incomplete(absl::StrCat(
          "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with "
          "SHA-256 and encoded with Base64): '",
          HashOf(header), "'."));
    }
    std::string_view* const value = parameters.Find(Trim(pair.substr(0, equals)));
    if (value == nullptr) continue;
    if (!value->empty()) {
      return Incomplete(absl::StrCat("Authorization header has '",
                                     std::string(Trim(pair.substr(0, equals))),
                                     "' parameter twice."));
    }
    *value = Trim(pair.substr(equals + 1));
  }
  return parameters;
}

std::string WhatIsMissing(const Parameters& parameters, bool has_date) {
  std::string missing;
  const auto require = [&missing](std::string_view value, const char* name) {
    if (!value.empty()) return;
    absl::StrAppend(&missing, "Authorization header requires '", name, "' parameter. ");
  };
  require(parameters.credential, "Credential");
  require(parameters.signature, "Signature");
  require(parameters.signed_headers, "SignedHeaders");
  if (!has_date) {
    absl::StrAppend(&missing,
                    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
                    "header. ");
  }
  return missing;
}

}  // namespace

absl::StatusOr<SigV4Authorization> ReadAuthorizationHeader(const HttpRequestHead& head,
                                                           std::string_view value) {
  const std::string_view trimmed = Trim(value);
  const size_t blank = trimmed.find_first_of(kBlanks);
  RETURN_IF_ERROR(CheckAlgorithm(trimmed.substr(0, blank)));
  const std::string_view rest =
      blank == std::string_view::npos ? std::string_view() : trimmed.substr(blank);
  ASSIGN_OR_RETURN(const Parameters parameters, ReadParameters(rest, value));

  SigV4Authorization authorization;
  authorization.date_field = "x-amz-date";
  const std::string* date = head.Find("x-amz-date");
  if (date == nullptr || date->empty()) {
    authorization.date_field = "date";
    date = head.Find("date");
  }
  const bool has_date = date != nullptr && !date->empty();
  if (const std::string missing = WhatIsMissing(parameters, has_date); !missing.empty()) {
    return Incomplete(absl::StrCat(
        missing, "(Hashed with SHA-256 and encoded with Base64) Authorization=", HashOf(value)));
  }
  RETURN_IF_ERROR(ReadCredential(parameters.credential, &authorization));
  authorization.signed_headers = parameters.signed_headers;
  authorization.signature = parameters.signature;
  authorization.date = Trim(*date);
  authorization.has_security_token = head.Find("x-amz-security-token") != nullptr;
  return authorization;
}

}  // namespace penstock::broker
