#include "broker/aws/signing_keys.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include <catch2/catch_test_macros.hpp>

#include "tests/unit/broker/aws/sigv4_fixture.h"

namespace penstock::broker {
namespace {

std::shared_ptr<const AccessKey> KeyOf(const std::string& id, const std::string& secret,
                                       uint64_t version = 1) {
  MapCredentials credentials;
  credentials.Set(id, secret, version);
  return credentials.Find(id);
}

CredentialScope ScopeOf(const std::string& date) {
  return {date, "us-east-1", "kinesis", "aws4_request"};
}

TEST_CASE("a signing key is the chain of HMACs of its secret", "[sigv4]") {
  // The example of the documentation of SigV4: secret, day, region and service are public.
  const SecretKey key = DeriveSigningKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                         {"20120215", "us-east-1", "iam", "aws4_request"});
  CHECK(absl::BytesToHexString({key.bytes().data(), key.bytes().size()}) ==
        "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d");
}

TEST_CASE("a signing key is derived once, for a secret and a scope", "[sigv4]") {
  SigningKeys keys;
  const auto key = KeyOf("id", "secret");
  const auto first = keys.Get(*key, ScopeOf("20260131"));
  CHECK(keys.Get(*key, ScopeOf("20260131")) == first);
  CHECK(keys.size() == 1);
  CHECK(keys.Get(*key, ScopeOf("20260201"))->bytes() != first->bytes());
  CHECK(keys.Get(*KeyOf("id", "another", 2), ScopeOf("20260131"))->bytes() != first->bytes());
  CHECK(keys.Get(*KeyOf("other", "another"), ScopeOf("20260131"))->bytes() != first->bytes());
  CHECK(keys.size() == 4);
}

TEST_CASE("the signing key that was not used for longest goes first", "[sigv4]") {
  SigningKeys keys(2);
  const auto key = KeyOf("id", "secret");
  const auto a = keys.Get(*key, ScopeOf("a"));
  const auto b = keys.Get(*key, ScopeOf("b"));
  CHECK(keys.Get(*key, ScopeOf("a")) == a);
  keys.Get(*key, ScopeOf("c"));
  CHECK(keys.size() == 2);
  CHECK(keys.Get(*key, ScopeOf("a")) == a);
  CHECK(keys.Get(*key, ScopeOf("b")) != b);
  CHECK(keys.size() == 2);
}

TEST_CASE("threads share signing keys", "[sigv4]") {
  SigningKeys keys(3);
  const auto key = KeyOf("id", "secret");
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) keys.Get(*key, ScopeOf(std::to_string(i % 5)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(keys.size() == 3);
}

}  // namespace
}  // namespace penstock::broker
