#include "broker/aws/credentials_file.h"

#include <string>
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "common/error.h"
#include "tests/unit/broker/aws/credentials_fixture.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::EndsWith;

std::string ErrorOf(const std::string& text) {
  const auto keys = ParseCredentials(text, "c.toml");
  if (keys.ok()) return "no error";
  CHECK(ReasonOf(keys.status()) == ErrorReason::kInvalidArgument);
  return std::string(keys.status().message());
}

TEST_CASE_METHOD(CredentialsFixture, "a credentials file has its keys", "[credentials]") {
  const auto keys =
      ParseCredentials(Entry("a", "principal = \"orders\"\ndescription = \"of January\"\n") +
                           Entry("b", "state = \"disabled\"\n"),
                       "c.toml");
  REQUIRE(keys.ok());
  REQUIRE(keys->size() == 2);
  const AccessKey& a = *keys->at("a");
  CHECK(a.id == "a");
  CHECK(a.secret->text() == SecretOf("a"));
  CHECK(a.principal == "orders");
  CHECK(a.description == "of January");
  CHECK(a.enabled);
  const AccessKey& b = *keys->at("b");
  CHECK(b.principal == "b");
  CHECK_FALSE(b.enabled);
  CHECK(a.version != b.version);
}

TEST_CASE_METHOD(CredentialsFixture, "what is wrong in credentials is named with its line",
                 "[credentials]") {
  const std::string no_secret =
      "c.toml:3: secret is not a string of 16 to 256 printable ASCII characters without blanks";
  CHECK(ErrorOf("") == "c.toml has no [[keys]]");
  CHECK(ErrorOf("keys = [7]") == "c.toml:1: keys is not a list of tables ([[keys]])");
  CHECK(ErrorOf("\nkey = 1") == "c.toml:2: unknown key key; there is a list of [[keys]]");
  CHECK(ErrorOf(Entry("a") + "colour = 1") ==
        "c.toml:4: unknown key colour; there are id, secret, principal, description and state");
  CHECK(ErrorOf(Entry("a") + Entry("a")) == "c.toml:4: key a is there twice");
  CHECK(ErrorOf("[[keys]]\nsecret = \"0123456789abcdef\"") == "c.toml:1: a key has no id");
  CHECK(ErrorOf("[[keys]]\nid = \"a\"") == "c.toml:1: key a has no secret");
  for (const std::string id : {"", "a/b", "a b", "a,b"}) {
    CHECK(ErrorOf("[[keys]]\nid = \"" + id + "\"") ==
          "c.toml:2: id is not a string of 1 to 128 letters, digits, '-', '_' and '.'");
  }
  for (const std::string secret : {"\"0123456789abcde\"", "\"0123456789 abcdef\"", "17", "\"\""}) {
    CHECK(ErrorOf("[[keys]]\nid = \"a\"\nsecret = " + secret) == no_secret);
  }
  CHECK(ErrorOf("[[keys]]\nid = \"a\"\nsecret = \"" + std::string(257, 'x') + "\"") == no_secret);
  CHECK(ErrorOf(Entry("a", "state = \"off\"")) ==
        "c.toml:4: state is neither \"enabled\" nor \"disabled\"");
  CHECK(ErrorOf(Entry("a", "principal = \"\"")) ==
        "c.toml:4: principal is not a string of 1 to 256 printable characters");
  CHECK(ErrorOf(Entry("a", "description = 1")) ==
        "c.toml:4: description is not a string of 1 to 256 printable characters");
  CHECK(ErrorOf("[[keys]]\nsecret = \"sesame") == "c.toml:2: not TOML");
}

TEST_CASE_METHOD(CredentialsFixture, "a principal has two enabled keys at most", "[credentials]") {
  const std::string orders = "principal = \"orders\"\n";
  const std::string two = Entry("a", orders) + Entry("b", orders);
  CHECK(ErrorOf(two) == "no error");
  CHECK(ErrorOf(two + Entry("c", orders + "state = \"disabled\"\n")) == "no error");
  CHECK(ErrorOf(two + Entry("c", orders)) ==
        "c.toml:9: key c is one more than the 2 enabled keys that principal orders may have");
}

TEST_CASE_METHOD(CredentialsFixture, "a credentials file that others can read is refused",
                 "[credentials]") {
  Write(Entry("a"));
  CHECK(ReadCredentialsFile(path()).ok());
  for (const mode_t mode : {0640, 0604, 0620, 0601}) {
    Write(Entry("a"), mode);
    CHECK_THAT(std::string(ReadCredentialsFile(path()).status().message()),
               EndsWith("which lets others at it; it must be 0600"));
  }
}

TEST_CASE_METHOD(CredentialsFixture, "credentials that are made can be read, and not made twice",
                 "[credentials]") {
  const auto id = MakeCredentialsFile(path());
  REQUIRE(id.ok());
  CHECK(id->size() == 20);
  struct stat about = {};
  REQUIRE(::stat(path().c_str(), &about) == 0);
  CHECK((about.st_mode & 07777) == 0600);
  const auto text = ReadCredentialsFile(path());
  REQUIRE(text.ok());
  const auto keys = ParseCredentials((*text)->text(), path());
  REQUIRE(keys.ok());
  REQUIRE(keys->size() == 1);
  CHECK(keys->at(*id)->enabled);
  CHECK(keys->at(*id)->secret->text().size() == 40);
  CHECK(MakeCredentialsFile(path()).status().message() ==
        "credentials file " + path() + " cannot be made: File exists");
  CHECK(MakeCredentialsFile(path() + "2").value() != *id);
}

}  // namespace
}  // namespace penstock::broker
