#include "broker/encryption/key_ring_file.h"

#include <string>
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/unit/broker/encryption/key_ring_fixture.h"

namespace penstock::broker {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;

std::string ErrorOf(const std::string& text) {
  const auto ring = ParseKeyRing(text, "keys.toml");
  if (ring.ok()) return "no error";
  CHECK(ReasonOf(ring.status()) == ErrorReason::kInvalidArgument);
  return std::string(ring.status().message());
}

class KeyRingFileTest : public KeyRingFixture {
 protected:
  std::string DeniedBecause() {
    const auto read = ReadKeyRingFile(path());
    if (read.ok()) return "not at all";
    CHECK(ReasonOf(read.status()) == ErrorReason::kKmsAccessDenied);
    return std::string(read.status().message());
  }
};

TEST_CASE_METHOD(KeyRingFileTest, "a ring has the keys of its file", "[encryption]") {
  const auto ring = ParseKeyRing(TextOf({{"a", 'x'}, {"b", 'y', false, true}}), "keys.toml");
  REQUIRE(ring.ok());
  REQUIRE(ring->keys.size() == 2);
  const MasterKey* a = ring->Find("a");
  const MasterKey* b = ring->Find("b");
  REQUIRE(a != nullptr);
  REQUIRE(b != nullptr);
  CHECK(a->secret.bytes() == std::string(32, 'x'));
  CHECK(a->enabled);
  CHECK_FALSE(b->enabled);
  CHECK(a->version != b->version);
  CHECK(ring->default_id == "b");
  CHECK(ring->Find("c") == nullptr);
}

TEST_CASE_METHOD(KeyRingFileTest, "what is wrong in a ring is named with its line, not quoted",
                 "[encryption]") {
  const std::string good = TextOf({{"a"}});
  CHECK(ErrorOf("") == "keys.toml has no [[keys]]");
  CHECK(ErrorOf("keys = []") == "keys.toml has no [[keys]]");
  CHECK(ErrorOf("keys = [7]") == "keys.toml:1: keys is not a list of tables ([[keys]])");
  CHECK(ErrorOf("\ncolour = 1") == "keys.toml:2: unknown key colour; there is a list of [[keys]]");
  CHECK(ErrorOf("[keys]\nid = \"a\"") ==
        "keys.toml:1: unknown key keys; there is a list of [[keys]]");
  CHECK(ErrorOf(good + "colour = 1") ==
        "keys.toml:4: unknown key colour; there are id, secret, state and default");
  CHECK(ErrorOf(good + good) == "keys.toml:4: key a is there twice");
  CHECK(ErrorOf(TextOf({{"a", 's', true, true}, {"b", 't', true, true}})) ==
        "keys.toml:5: keys a and b are both the default");
  CHECK(ErrorOf("[[keys]]\nsecret = \"" + SecretOf('s') + "\"") == "keys.toml:1: a key has no id");
  CHECK(ErrorOf("[[keys]]\nid = \"a\"") == "keys.toml:1: key a has no secret");
  CHECK(ErrorOf("[[keys]]\nid = \"a/b\"") ==
        "keys.toml:2: id is not a string of 1 to 2048 letters, digits, '-', '_' and '.'");
  CHECK(ErrorOf(good + "state = \"off\"") ==
        "keys.toml:4: state is neither \"enabled\" nor \"disabled\"");
  CHECK(ErrorOf(good + "default = 1") == "keys.toml:4: default is neither true nor false");
  for (const std::string secret : {"\"c2hvcnQ=\"", "\"not base64!\"", "17"}) {
    CHECK(ErrorOf("[[keys]]\nid = \"a\"\nsecret = " + secret) ==
          "keys.toml:3: secret is not the base64 of 32 bytes");
  }
  CHECK(ErrorOf("[[keys]]\nsecret = \"sesame") == "keys.toml:2: not TOML");
}

TEST_CASE_METHOD(KeyRingFileTest, "a file that others can read is refused", "[encryption]") {
  Write(TextOf({{"a"}}), 0600);
  CHECK(DeniedBecause() == "not at all");
  Write(TextOf({{"a"}}), 0400);
  CHECK(DeniedBecause() == "not at all");
  for (const mode_t mode : {0640, 0604, 0620, 0601}) {
    Write(TextOf({{"a"}}), mode);
    CHECK_THAT(DeniedBecause(), ContainsSubstring(path() + " has mode 06") &&
                                    EndsWith("which lets others at it; it must be 0600"));
  }
}

TEST_CASE_METHOD(KeyRingFileTest, "a file of another user is refused", "[encryption]") {
  if (::geteuid() != 0) SKIP("only root can give a file away");
  Write(TextOf({{"a"}}));
  REQUIRE(::chown(path().c_str(), 12'345, static_cast<gid_t>(-1)) == 0);
  CHECK_THAT(DeniedBecause(), ContainsSubstring("belongs to user 12345, not to the broker's user"));
}

TEST_CASE_METHOD(KeyRingFileTest, "what cannot be read as a file is refused", "[encryption]") {
  CHECK_THAT(DeniedBecause(), ContainsSubstring("cannot be opened: No such file or directory"));
  REQUIRE(::mkdir(path().c_str(), 0700) == 0);
  CHECK_THAT(DeniedBecause(), EndsWith("is not a regular file"));
  REQUIRE(::rmdir(path().c_str()) == 0);
  REQUIRE(::mkfifo(path().c_str(), 0600) == 0);
  CHECK_THAT(DeniedBecause(), EndsWith("is not a regular file"));
}

TEST_CASE_METHOD(KeyRingFileTest, "a file is read up to its limit", "[encryption]") {
  Write(std::string(kKeyRingFileBytesMax, '\n'));
  CHECK((*ReadKeyRingFile(path()))->text().size() == kKeyRingFileBytesMax);
  Write(std::string(kKeyRingFileBytesMax + 1, '\n'));
  CHECK(ReadKeyRingFile(path()).status().message() == path() + " is larger than 262144 bytes");
}

TEST_CASE_METHOD(KeyRingFileTest, "a ring that is made can be read, and is not made twice",
                 "[encryption]") {
  const auto id = MakeKeyRingFile(path());
  REQUIRE(id.ok());
  struct stat about = {};
  REQUIRE(::stat(path().c_str(), &about) == 0);
  CHECK((about.st_mode & 07777) == 0600);
  const auto text = ReadKeyRingFile(path());
  REQUIRE(text.ok());
  const auto ring = ParseKeyRing((*text)->text(), path());
  REQUIRE(ring.ok());
  REQUIRE(ring->keys.size() == 1);
  CHECK(ring->default_id == *id);
  CHECK(ring->Find(*id)->enabled);

  const std::string before = (*text)->text();
  CHECK(MakeKeyRingFile(path()).status().message() ==
        "key ring file " + path() + " cannot be made: File exists");
  CHECK((*ReadKeyRingFile(path()))->text() == before);
}

}  // namespace
}  // namespace penstock::broker
