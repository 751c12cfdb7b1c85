#include "broker/aws/sigv4_verifier.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include <openssl/crypto.h>

#include "broker/aws/aws_error.h"
#include "broker/aws/canonical_request.h"
#include "broker/aws/sigv4_date.h"
#include "broker/aws/sigv4_digest.h"
#include "common/check.h"
#include "common/error.h"
#include "common/status_macros.h"

namespace penstock::broker {
namespace {

constexpr int64_t kSkewSeconds = SigV4Verifier::kSkewMs / 1'000;
constexpr std::string_view kSkewText = "5 min.";
constexpr std::string_view kAmzPrefix = "x-amz-";
constexpr size_t kScopeDateBytes = 8;
// What is derived for a key that is not there: the same work, for nothing.
constexpr std::string_view kNoSecret = "no such key: the work of one is done";

absl::Status Invalid(std::string_view message) {
  return MakeAwsError("InvalidSignatureException", message);
}

absl::Status NotRecognized() {
  return MakeAwsError("UnrecognizedClientException",
                      "The security token included in the request is invalid.");
}

bool IsFieldName(std::string_view name) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) ||
           kMarks.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

absl::StatusOr<std::vector<std::string>> ReadSignedHeaders(HttpVersion version,
                                                           const std::string& text) {
  std::vector<std::string> names = absl::StrSplit(text, ';');
  const bool are_names =
      std::all_of(names.begin(), names.end(), [version](const std::string& name) {
        return IsFieldName(name) ||
               (version == HttpVersion::kHttp2 && name == kAuthoritySignedHeader);
      });
  // Sorted and each once.
  const bool ascend =
      std::adjacent_find(names.begin(), names.end(), std::greater_equal<>()) == names.end();
  if (are_names && ascend) return names;
  return Invalid(
      absl::StrCat("SignedHeaders must be lower-case header names, sorted, each once, "
                   "got '",
                   Excerpt(text), "'."));
}

absl::Status CheckSignedHeaders(const HttpRequestHead& head, std::string_view date_field,
                                const std::vector<std::string>& signed_headers) {
  const auto is_signed = [&signed_headers](std::string_view name) {
    return std::binary_search(signed_headers.begin(), signed_headers.end(), name);
  };
  if (!is_signed("host") && !is_signed(kAuthoritySignedHeader)) {
    return Invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  const auto missing = [](std::string_view name) {
    return Invalid(
        absl::StrCat("'", Excerpt(name), "' must be a 'SignedHeader' in the AWS Authorization."));
  };
  if (!date_field.empty() && !is_signed(date_field)) return missing(date_field);
  for (const HttpField& field : head.fields) {
    const bool is_amz = std::string_view(field.name).substr(0, kAmzPrefix.size()) == kAmzPrefix;
    if (is_amz && !is_signed(field.name)) return missing(field.name);
  }
  for (const std::string& name : signed_headers) {
    if (head.Find(FieldOfSignedHeader(name)) != nullptr) continue;
    return Invalid(absl::StrCat("'", Excerpt(name),
                                "' is a 'SignedHeader' in the AWS Authorization, but not in the "
                                "request."));
  }
  return absl::OkStatus();
}

absl::Status CheckPayloadHeader(const HttpRequestHead& head) {
  const std::string* const hash = head.Find("x-amz-content-sha256");
  if (hash == nullptr || IsSha256Hex(*hash)) return absl::OkStatus();
  return Invalid(absl::StrCat("'x-amz-content-sha256' must be the SHA-256 of the body, got '",
                              Excerpt(*hash), "'."));
}

// How long the request is good for, from its date on.
absl::StatusOr<int64_t> LifeSeconds(const SigV4Authorization& authorization) {
  if (!authorization.expires) return kSkewSeconds;
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(*authorization.expires, &seconds) || seconds <= 0) {
    return MakeAwsError("IncompleteSignatureException",
                        absl::StrCat("X-Amz-Expires must be a number of seconds, got '",
                                     Excerpt(*authorization.expires), "'."));
  }
  return std::min(seconds, kSkewSeconds);
}

std::string StringToSign(const std::string& date, const CredentialScope& scope,
                         const std::string& canonical_request) {
  return absl::StrCat(std::string(kSigV4Algorithm), "\n", date, "\n", scope.Text(), "\n",
                      HexOf(Sha256(canonical_request)));
}

bool Matches(const SecretKey& key, std::string_view string_to_sign, std::string_view signature) {
  const std::string ours = HexOf(HmacSha256(key.bytes(), string_to_sign));
  return ours.size() == signature.size() &&
         CRYPTO_memcmp(ours.data(), signature.data(), ours.size()) == 0;
}

}  // namespace

SigV4Verifier::SigV4Verifier(SigV4Options options) : options_(std::move(options)) {
  CHECK(options_.clock != nullptr);
}

absl::Status SigV4Verifier::CheckDate(Checked* request) const {
  const SigV4Authorization& authorization = request->authorization;
  const std::optional<int64_t> parsed = authorization.date_field == "date"
                                            ? ParseHttpDate(authorization.date)
                                            : ParseAmzDate(authorization.date);
  // Date may have either form.
  const std::optional<int64_t> signed_s = parsed ? parsed : ParseAmzDate(authorization.date);
  if (!signed_s) {
    return MakeAwsError(
        "IncompleteSignatureException",
        absl::StrCat("Date must be in ISO-8601 'basic format'. Got '", Excerpt(authorization.date),
                     "'. See http://en.wikipedia.org/wiki/ISO_8601"));
  }
  request->date = FormatAmzDate(*signed_s);
  ASSIGN_OR_RETURN(const int64_t life_s, LifeSeconds(authorization));
  const int64_t now_s = options_.clock->NowMs() / 1'000;
  if (*signed_s < now_s - life_s) {
    const std::string span =
        life_s == kSkewSeconds ? std::string(kSkewText) : absl::StrCat(life_s, " sec.");
    return Invalid(absl::StrCat("Signature expired: ", request->date, " is now earlier than ",
                                FormatAmzDate(now_s - life_s), " (", FormatAmzDate(now_s), " - ",
                                span, ")"));
  }
  if (*signed_s > now_s + kSkewSeconds) {
    return Invalid(absl::StrCat("Signature not yet current: ", request->date,
                                " is still later than ", FormatAmzDate(now_s + kSkewSeconds), " (",
                                FormatAmzDate(now_s), " + ", std::string(kSkewText), ")"));
  }
  return absl::OkStatus();
}

absl::Status SigV4Verifier::CheckScope(const Checked& request) const {
  const CredentialScope& scope = request.authorization.scope;
  std::vector<std::string> wrong;
  if (scope.region != options_.region) {
    wrong.emplace_back("Credential should be scoped to a valid region.");
  }
  if (scope.service != options_.service) {
    wrong.push_back(
        absl::StrCat("Credential should be scoped to correct service: '", options_.service, "'."));
  }
  if (scope.terminator != kSigV4Terminator) {
    wrong.push_back(absl::StrCat("Credential should be scoped with a valid terminator: '",
                                 std::string(kSigV4Terminator), "', not '",
                                 Excerpt(scope.terminator), "'."));
  }
  const std::string day = request.date.substr(0, kScopeDateBytes);
  if (scope.date != day) {
    wrong.push_back(
        absl::StrCat("Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                     "version of date from HTTP: '",
                     Excerpt(scope.date), "' != '", day, "', from '", request.date, "'."));
  }
  return wrong.empty() ? absl::OkStatus() : Invalid(absl::StrJoin(wrong, " "));
}

absl::Status SigV4Verifier::FindKey(Checked* request) {
  const SigV4Authorization& authorization = request->authorization;
  request->key = options_.credentials->Find(authorization.access_key_id);
  if (request->key == nullptr) {
    // So that the time does not tell which ids there are.
    const SecretKey key = DeriveSigningKey(kNoSecret, authorization.scope);
    static_cast<void>(Matches(key, request->date, authorization.signature));
    return NotRecognized();
  }
  return authorization.has_security_token ? NotRecognized() : absl::OkStatus();
}

absl::StatusOr<SigV4Verifier::Checked> SigV4Verifier::Check(const HttpRequestHead& head) {
  Checked request;
  request.query = ParseQuery(QueryOf(head.target));
  ASSIGN_OR_RETURN(request.authorization, ReadAuthorization(head, request.query));
  if (options_.credentials == nullptr) return request;

  const SigV4Authorization& authorization = request.authorization;
  // A path that does not begin with it would be made to.
  if (head.target.empty() || head.target[0] != '/') return Invalid("The path must begin with '/'.");
  if (!IsSha256Hex(authorization.signature)) {
    return Invalid("The signature must be 64 lower-case hexadecimal digits.");
  }
  ASSIGN_OR_RETURN(request.signed_headers,
                   ReadSignedHeaders(head.version, authorization.signed_headers));
  RETURN_IF_ERROR(CheckSignedHeaders(head, authorization.date_field, request.signed_headers));
  RETURN_IF_ERROR(CheckPayloadHeader(head));
  RETURN_IF_ERROR(CheckDate(&request));
  RETURN_IF_ERROR(CheckScope(request));
  RETURN_IF_ERROR(FindKey(&request));
  return request;
}

absl::Status SigV4Verifier::CheckHead(const HttpRequestHead& head) {
  return Check(head).status();
}

absl::StatusOr<std::string> SigV4Verifier::Verify(const HttpRequestHead& head,
                                                  std::string_view body) {
  ASSIGN_OR_RETURN(const Checked request, Check(head));
  const SigV4Authorization& authorization = request.authorization;
  if (request.key == nullptr) return authorization.access_key_id;

  const std::string payload_hash = HexOf(Sha256(body));
  const std::string* const told = head.Find("x-amz-content-sha256");
  if (told != nullptr && *told != payload_hash) {
    return Invalid("'x-amz-content-sha256' is not the SHA-256 of the body.");
  }
  const bool is_query = authorization.form == SigV4Authorization::Form::kQuery;
  const std::string canonical =
      CanonicalRequest({.head = head,
                        .query = request.query,
                        .left_out_parameter = is_query ? kSignatureParameter : std::string_view(),
                        .signed_headers = request.signed_headers,
                        .payload_hash = payload_hash});
  const std::shared_ptr<const SecretKey> key = keys_.Get(*request.key, authorization.scope);
  if (Matches(*key, StringToSign(request.date, authorization.scope, canonical),
              authorization.signature)) {
    return authorization.access_key_id;
  }
  return Invalid(
      "The request signature we calculated does not match the signature you provided. Check your "
      "AWS Secret Access Key and signing method. Consult the service documentation for details.");
}

}  // namespace penstock::broker
