// SigV4Verifier: whether a request was signed by who it says.
//
// The signature is made over the canonical request (canonical_request.h) with a key derived of the
// secret (signing_keys.h). More is asked of a request than that the signature fits, since what is
// not signed can be changed by whoever carries it:
//
//   present       one of the two forms, whole (sigv4_authorization.h)
//   date          within kSkewMs of the broker's clock; the scope is of the same day
//   scope         region, service and terminator are the broker's
//   signed        host, the date, and every x-amz-* field: x-amz-target names the operation
//   key           known and enabled; no X-Amz-Security-Token: there are no temporary keys
//   payload       x-amz-content-sha256, if there is one, is the body's
//   signature     compared in constant time
//
// CheckHead does all but the last two, so that the body of a request that cannot succeed is not
// read. Errors have AWS's types and texts, and never a secret, a derived key or a signature.
//
// LIMIT: a request can be sent again by who has seen it, within kSkewMs; against that there is TLS.
// LIMIT: X-Amz-Expires of the query form shortens the time that a request is good for; it does not
// make it longer than kSkewMs.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "broker/aws/credentials.h"
#include "broker/aws/query_string.h"
#include "broker/aws/signing_keys.h"
#include "broker/aws/sigv4_authorization.h"
#include "broker/http/http_message.h"
#include "common/clock.h"

namespace penstock::broker {

struct SigV4Options {
  // That requests are signed for: they are signed for one place alone.
  std::string region = "us-east-1";
  std::string service = "kinesis";
  // Must outlive the verifier.
  const Clock* clock = nullptr;
  // Must outlive the verifier. Null: signatures must be there and complete, and nothing else is
  // looked at. Whoever serves anything but loopback that way serves everybody.
  CredentialsSource* credentials = nullptr;
};

class SigV4Verifier {
 public:
  // As AWS: long enough for clocks that are set by hand, short enough for a replay to be hard.
  static constexpr int64_t kSkewMs = 5 * 60 * 1'000;

  explicit SigV4Verifier(SigV4Options options);

  // Before the body: all that can be said without it.
  absl::Status CheckHead(const HttpRequestHead& head);
  // All. Gives the access key id.
  absl::StatusOr<std::string> Verify(const HttpRequestHead& head, std::string_view body);

 private:
  // A request whose head is good.
  struct Checked {
    SigV4Authorization authorization;
    QueryParameters query;
    std::vector<std::string> signed_headers;
    // "20150830T123600Z".
    std::string date;
    // Null without credentials.
    std::shared_ptr<const AccessKey> key;
  };

  absl::StatusOr<Checked> Check(const HttpRequestHead& head);
  absl::Status CheckDate(Checked* request) const;
  absl::Status CheckScope(const Checked& request) const;
  absl::Status FindKey(Checked* request);

  const SigV4Options options_;
  SigningKeys keys_;
};

}  // namespace penstock::broker
