#include "broker/aws/sigv4_verifier.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/unit/broker/aws/sigv4_fixture.h"
#include "tests/unit/broker/aws/sigv4_vectors.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

constexpr char kMismatch[] =
    "InvalidSignatureException: The request signature we calculated does not match the signature "
    "you provided. Check your AWS Secret Access Key and signing method. Consult the service "
    "documentation for details.";
constexpr char kNotRecognized[] =
    "UnrecognizedClientException: The security token included in the request is invalid.";

TEST_CASE("what botocore signs is verified, but for temporary keys", "[sigv4]") {
  const SigV4Vectors vectors = ReadSigV4Vectors();
  REQUIRE(vectors.vectors.size() > 20);
  MapCredentials credentials;
  credentials.Set(vectors.access_key_id, vectors.secret);
  const ManualClock clock(vectors.now_ms);
  for (SigV4Vector vector : vectors.vectors) {
    CAPTURE(vector.name);
    SigV4Verifier verifier({.region = vector.region,
                            .service = vector.service,
                            .clock = &clock,
                            .credentials = &credentials});
    // The order of different fields means nothing, and HTTP/2 adds the host last.
    for (const bool is_http2 : {false, true}) {
      if (is_http2) {
        std::rotate(vector.head.fields.begin(), vector.head.fields.begin() + 1,
                    vector.head.fields.end());
        vector.head.version = HttpVersion::kHttp2;
      }
      const auto id = verifier.Verify(vector.head, vector.body);
      if (vector.name.find("token") != std::string::npos) {
        CHECK(AwsErrorOf(id.status()).type == "UnrecognizedClientException");
      } else {
        CHECK(id.status().message().empty());
        CHECK((id.ok() && *id == vectors.access_key_id));
      }
      CHECK_FALSE(verifier.Verify(vector.head, vector.body + " ").ok());
    }
  }
}

TEST_CASE_METHOD(SigV4Fixture, "a signed request is known by its key", "[sigv4]") {
  const HttpRequestHead head = Signed();
  CHECK(verifier_.CheckHead(head).ok());
  CHECK(*verifier_.Verify(head, kBody) == kId);
  CHECK(*verifier_.Verify(Presigned(), kBody) == kId);
  CHECK(ErrorOf(head, "{}") == kMismatch);
  CHECK(ErrorOf(Presigned(), "") == kMismatch);
}

TEST_CASE_METHOD(SigV4Fixture, "a change of one byte of what is signed is refused", "[sigv4]") {
  const auto is_refused_with = [this](std::string* part, const HttpRequestHead& head,
                                      const std::string& body) {
    for (size_t i = 0; i < part->size(); ++i) {
      for (const int bit : {0x01, 0x02, 0x10, 0x20}) {
        // "%2f" and "%2F" are the same.
        const bool is_escape =
            (i >= 1 && (*part)[i - 1] == '%') || (i >= 2 && (*part)[i - 2] == '%');
        if (bit == 0x20 && is_escape) continue;
        char& byte = (*part)[i];
        const char sound = byte;
        byte = static_cast<char>(byte ^ bit);
        CAPTURE(*part);
        CHECK_FALSE(verifier_.Verify(head, body).ok());
        byte = sound;
      }
    }
    CHECK(verifier_.Verify(head, body).ok());
  };
  HttpRequestHead head = Unsigned("/streams?a=1&b=x%20y");
  head.fields.push_back({"x-amz-meta", "value"});
  testing::Sign(Signer(), kBody, &head);
  std::string body = kBody;
  is_refused_with(&body, head, body);
  for (std::string* const part : {&head.method, &head.target}) is_refused_with(part, head, kBody);
  for (HttpField& field : head.fields) {
    if (field.name != "authorization") is_refused_with(&field.value, head, kBody);
    const std::string name = field.name;
    is_refused_with(&field.name, head, kBody);
    CHECK(field.name == name);
  }
  HttpRequestHead presigned = Presigned();
  is_refused_with(&presigned.target, presigned, kBody);
}

TEST_CASE_METHOD(SigV4Fixture, "a change of one byte of the authorization is refused", "[sigv4]") {
  HttpRequestHead head = Signed();
  std::string& value = FieldOf(head, "authorization");
  for (char& byte : value) {
    const char sound = byte;
    // Blanks, and what stands for one, are none of the signature's.
    for (const char other : {'\0', '/', ';', '=', ',', 'A', '0', static_cast<char>(sound ^ 0x20)}) {
      const auto is_blank = [](char c) { return c == ' ' || c == ','; };
      if (other == sound || (is_blank(sound) && is_blank(other))) continue;
      byte = other;
      CAPTURE(value);
      CHECK_FALSE(verifier_.Verify(head, kBody).ok());
    }
    byte = sound;
  }
  CHECK(verifier_.Verify(head, kBody).ok());
}

TEST_CASE_METHOD(SigV4Fixture, "no part of the canonical request can flow into the next",
                 "[sigv4]") {
  HttpRequestHead head = Unsigned();
  head.fields.push_back({"x-amz-meta", "a,b"});
  testing::Sign(Signer(), kBody, &head);
  CHECK(ErrorOf(head).empty());
  // Two fields of a name are the same as one with a comma; that is SigV4's.
  FieldOf(head, "x-amz-meta") = "a";
  head.fields.push_back({"x-amz-meta", "b"});
  CHECK(ErrorOf(head).empty());
  std::swap(head.fields[3].value, head.fields.back().value);
  CHECK(ErrorOf(head) == kMismatch);
}

TEST_CASE_METHOD(SigV4Fixture, "a request without a signature is told so", "[sigv4]") {
  const std::string missing = "MissingAuthenticationTokenException: Missing Authentication Token";
  HttpRequestHead head = Unsigned();
  CHECK(HeadErrorOf(head) == missing);
  head.fields.push_back({"authorization", ""});
  CHECK(HeadErrorOf(head) == missing);
  head = Signed();
  head.target = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256";
  CHECK(HeadErrorOf(head) ==
        "InvalidSignatureException: Found both 'X-Amz-Algorithm' as a query-string param and "
        "'Authorization' as HTTP header.");
}

TEST_CASE_METHOD(SigV4Fixture, "what must be there once is refused twice", "[sigv4]") {
  for (const std::string name : {"authorization", "x-amz-target", "x-amz-date", "host"}) {
    HttpRequestHead head = Signed();
    head.fields.push_back({name, FieldOf(head, name)});
    CHECK(HeadErrorOf(head) == "InvalidSignatureException: Header '" + name + "' is there twice.");
  }
}

TEST_CASE_METHOD(SigV4Fixture, "what can be changed on the way must be signed", "[sigv4]") {
  for (const std::string name : {"x-amz-target", "x-amz-meta", "x-amz-date"}) {
    HttpRequestHead head = Unsigned();
    head.fields.push_back({"x-amz-meta", "value"});
    testing::SigV4SignerOptions signer = Signer();
    signer.unsigned_fields.insert(name);
    testing::Sign(signer, kBody, &head);
    CHECK(HeadErrorOf(head) == "InvalidSignatureException: '" + name +
                                   "' must be a 'SignedHeader' in the AWS Authorization.");
  }
  HttpRequestHead head = Unsigned();
  testing::SigV4SignerOptions signer = Signer();
  signer.unsigned_fields.insert("host");
  testing::Sign(signer, kBody, &head);
  const std::string host_missing =
      "InvalidSignatureException: 'Host' or ':authority' must be a 'SignedHeader' in the AWS "
      "Authorization.";
  CHECK(HeadErrorOf(head) == host_missing);
  head = Unsigned();
  testing::Presign(signer, kBody, 300, &head);
  CHECK(HeadErrorOf(head) == host_missing);
  // Added after it was signed.
  head = Signed();
  head.fields.push_back({"x-amz-new", "value"});
  CHECK_THAT(HeadErrorOf(head), ContainsSubstring("'x-amz-new' must be a 'SignedHeader'"));
  head = Signed();
  RemoveField(head, "content-type");
  CHECK_THAT(HeadErrorOf(head), ContainsSubstring("'content-type' is a 'SignedHeader' in the AWS "
                                                  "Authorization, but not in the request"));
}

TEST_CASE_METHOD(SigV4Fixture, "the signed headers are lower case, sorted, and each once",
                 "[sigv4]") {
  for (const std::string names : {"Host;x-amz-date", "x-amz-date;host", "host;host;x-amz-date",
                                  "host;;x-amz-date", ";host", "host;x amz"}) {
    HttpRequestHead head = Signed();
    Replace(FieldOf(head, "authorization"), "content-type;host;x-amz-date;x-amz-target", names);
    CHECK_THAT(HeadErrorOf(head), StartsWith("InvalidSignatureException: SignedHeaders must be "));
  }
}

TEST_CASE_METHOD(SigV4Fixture, "the clocks may be five minutes apart, and no more", "[sigv4]") {
  const HttpRequestHead head = Signed();
  clock_.SetMs(kNowMs + SigV4Verifier::kSkewMs + 999);
  CHECK(HeadErrorOf(head).empty());
  clock_.AdvanceMs(1);
  CHECK(HeadErrorOf(head) ==
        "InvalidSignatureException: Signature expired: 20260131T120000Z is now earlier than "
        "20260131T120001Z (20260131T120501Z - 5 min.)");
  clock_.SetMs(kNowMs - SigV4Verifier::kSkewMs);
  CHECK(HeadErrorOf(head).empty());
  clock_.AdvanceMs(-1);
  CHECK(HeadErrorOf(head) ==
        "InvalidSignatureException: Signature not yet current: 20260131T120000Z is still later "
        "than 20260131T115959Z (20260131T115459Z + 5 min.)");
}

TEST_CASE_METHOD(SigV4Fixture, "a presigned request can be good for less, not for more",
                 "[sigv4]") {
  const HttpRequestHead short_lived = Presigned(10);
  const HttpRequestHead long_lived = Presigned(3'600);
  clock_.AdvanceMs(10'000);
  CHECK(HeadErrorOf(short_lived).empty());
  clock_.AdvanceMs(1'000);
  CHECK_THAT(HeadErrorOf(short_lived), StartsWith("InvalidSignatureException: Signature expired"));
  clock_.SetMs(kNowMs + SigV4Verifier::kSkewMs);
  CHECK(HeadErrorOf(long_lived).empty());
  clock_.AdvanceMs(1'000);
  CHECK_THAT(HeadErrorOf(long_lived), StartsWith("InvalidSignatureException: Signature expired"));
  for (const int64_t expires_s : {0, -1}) {
    CHECK_THAT(HeadErrorOf(Presigned(expires_s)),
               StartsWith("IncompleteSignatureException: X-Amz-Expires must be a number"));
  }
}

TEST_CASE_METHOD(SigV4Fixture, "a date that cannot be read is refused", "[sigv4]") {
  for (const std::string date : {"2026", "20260231T120000Z", "2026-01-31T12:00:00Z"}) {
    HttpRequestHead head = Signed();
    FieldOf(head, "x-amz-date") = date;
    CHECK(HeadErrorOf(head) ==
          "IncompleteSignatureException: Date must be in ISO-8601 'basic format'. Got '" + date +
              "'. See http://en.wikipedia.org/wiki/ISO_8601");
  }
}

TEST_CASE_METHOD(SigV4Fixture, "the scope is the broker's region and service, and the day",
                 "[sigv4]") {
  testing::SigV4SignerOptions signer = Signer();
  signer.region = "eu-central-1";
  HttpRequestHead head = Unsigned();
  testing::Sign(signer, kBody, &head);
  CHECK(HeadErrorOf(head) ==
        "InvalidSignatureException: Credential should be scoped to a valid region.");
  signer.service = "dynamodb";
  testing::Sign(signer, kBody, &head);
  CHECK(HeadErrorOf(head) ==
        "InvalidSignatureException: Credential should be scoped to a valid region. Credential "
        "should be scoped to correct service: 'kinesis'.");
  head = Signed();
  Replace(FieldOf(head, "authorization"), "aws4_request", "aws5_request");
  CHECK(HeadErrorOf(head) ==
        "InvalidSignatureException: Credential should be scoped with a valid terminator: "
        "'aws4_request', not 'aws5_request'.");
  head = Signed();
  Replace(FieldOf(head, "authorization"), "/20260131/", "/20260130/");
  CHECK(HeadErrorOf(head) ==
        "InvalidSignatureException: Date in Credential scope does not match YYYYMMDD from ISO-8601 "
        "version of date from HTTP: '20260130' != '20260131', from '20260131T120000Z'.");
}

TEST_CASE_METHOD(SigV4Fixture, "a key that is not known, or a token, is not recognized",
                 "[sigv4]") {
  testing::SigV4SignerOptions signer = Signer();
  signer.access_key_id = "PSTKSOMEBODYELSE";
  HttpRequestHead head = Unsigned();
  testing::Sign(signer, kBody, &head);
  CHECK(HeadErrorOf(head) == kNotRecognized);
  head = Unsigned();
  head.fields.push_back({"x-amz-security-token", "token"});
  testing::Sign(Signer(), kBody, &head);
  CHECK(HeadErrorOf(head) == kNotRecognized);
  head = Presigned(300, "/?X-Amz-Security-Token=token");
  CHECK(HeadErrorOf(head) == kNotRecognized);
}

TEST_CASE_METHOD(SigV4Fixture, "a secret that changes is used from then on", "[sigv4]") {
  const HttpRequestHead head = Signed();
  CHECK(ErrorOf(head).empty());
  credentials_.Set(kId, "quite another secret", 2);
  CHECK(ErrorOf(head) == kMismatch);
  credentials_.Remove(kId);
  CHECK(ErrorOf(head) == kNotRecognized);
}

TEST_CASE_METHOD(SigV4Fixture, "the payload hash is that of the body, and of all of it",
                 "[sigv4]") {
  const auto error_with = [this](const std::string& hash) {
    HttpRequestHead head = Unsigned();
    head.fields.push_back({"x-amz-content-sha256", hash});
    testing::Sign(Signer(), kBody, &head);
    const std::string error = ErrorOf(verifier_.CheckHead(head));
    return error.empty() ? ErrorOf(head) : "before the body: " + error;
  };
  for (const std::string hash : {"UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                                 "STREAMING-UNSIGNED-PAYLOAD-TRAILER", ""}) {
    CHECK(error_with(hash) ==
          "before the body: InvalidSignatureException: 'x-amz-content-sha256' must be the SHA-256 "
          "of the body, got '" +
              hash + "'.");
  }
  CHECK(error_with(std::string(64, '0')) ==
        "InvalidSignatureException: 'x-amz-content-sha256' is not the SHA-256 of the body.");
}

TEST_CASE_METHOD(SigV4Fixture, "a signature that is none is refused before the body", "[sigv4]") {
  for (const std::string signature : {"abc", "zz", "AA"}) {
    HttpRequestHead head = Signed();
    std::string& value = FieldOf(head, "authorization");
    const size_t at = value.find("Signature=") + 10;
    value = value.substr(0, at) + signature;
    CHECK(HeadErrorOf(head) ==
          "InvalidSignatureException: The signature must be 64 lower-case hexadecimal digits.");
  }
  HttpRequestHead head = Signed();
  head.target = "streams";
  CHECK(HeadErrorOf(head) == "InvalidSignatureException: The path must begin with '/'.");
}

TEST_CASE_METHOD(SigV4Fixture, "no error has the secret or the signature in it", "[sigv4]") {
  HttpRequestHead head = Signed();
  const std::string authorization = FieldOf(head, "authorization");
  const std::string signature = authorization.substr(authorization.size() - 64);
  const auto is_clean = [&](const std::string& error) {
    CHECK_FALSE(error.empty());
    CHECK(error.find(kSecret) == std::string::npos);
    CHECK(error.find(signature) == std::string::npos);
  };
  is_clean(ErrorOf(head, "{}"));
  for (const std::string part :
       {"Credential=", "SignedHeaders=", "Signature=", "/kinesis", ";", "="}) {
    HttpRequestHead broken = head;
    Replace(FieldOf(broken, "authorization"), part, "");
    is_clean(ErrorOf(broken));
  }
  RemoveField(head, "x-amz-date");
  is_clean(ErrorOf(head));
}

TEST_CASE_METHOD(SigV4Fixture, "without credentials a signature must be there, and may be any",
                 "[sigv4]") {
  SigV4Verifier verifier({.clock = &clock_});
  const auto error_of = [&](const HttpRequestHead& head) {
    const std::string error = ErrorOf(verifier.Verify(head, kBody).status());
    CHECK(ErrorOf(verifier.CheckHead(head)) == error);
    return error;
  };
  HttpRequestHead head = Unsigned();
  CHECK_THAT(error_of(head), StartsWith("MissingAuthenticationTokenException"));
  testing::SigV4SignerOptions signer = {.access_key_id = "anybody",
                                        .secret = "?",
                                        .region = "mars-north-1",
                                        .service = "s3",
                                        .now_ms = kNowMs / 2};
  testing::Sign(signer, "another body", &head);
  CHECK(error_of(head).empty());
  CHECK(*verifier.Verify(head, kBody) == "anybody");
  head.fields.push_back({"x-amz-security-token", "token"});
  CHECK(error_of(head).empty());
  head = Unsigned();
  testing::Presign(signer, "", 1, &head);
  CHECK(*verifier.Verify(head, kBody) == "anybody");
  Replace(head.target, "X-Amz-Signature", "X-Amz-Sig");
  CHECK_THAT(error_of(head), StartsWith("IncompleteSignatureException"));
  head = Signed();
  Replace(FieldOf(head, "authorization"), "Credential=", "");
  CHECK_THAT(error_of(head), StartsWith("IncompleteSignatureException"));
}

// As the SDK for JavaScript signs over HTTP/2, in the place of `host`.
TEST_CASE_METHOD(SigV4Fixture, "sigv4: over HTTP/2 the host may be signed as :authority") {
  HttpRequestHead head = Unsigned();
  for (HttpField& field : head.fields) {
    if (field.name == "host") field.name = ":authority";
  }
  testing::Sign(Signer(), kBody, &head);
  CHECK_THAT(FieldOf(head, "authorization"), ContainsSubstring("SignedHeaders=:authority;"));
  // It arrives as the host.
  FieldOf(head, ":authority");
  for (HttpField& field : head.fields) {
    if (field.name == ":authority") field.name = "host";
  }
  head.version = HttpVersion::kHttp2;
  CHECK(ErrorOf(head).empty());
  CHECK(ErrorOf(verifier_.CheckHead(head)).empty());
  // It is what was signed.
  HttpRequestHead other = head;
  FieldOf(other, "host") = "localhost:4568";
  CHECK_THAT(ErrorOf(other), ContainsSubstring("InvalidSignatureException"));
  // There is no such thing in HTTP/1.1.
  head.version = HttpVersion::kHttp11;
  CHECK_THAT(HeadErrorOf(head), ContainsSubstring("SignedHeaders must be lower-case"));
}

}  // namespace
}  // namespace penstock::broker
