#include "common/secret_file.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/temporary_folder.h"

namespace penstock {
namespace {

constexpr SecretFileKind kKind = {"secret file", 10, ErrorReason::kKmsAccessDenied};

class SecretFileTest {
 protected:
  std::string path() const { return folder_.path() + "/secret"; }

  testing::TemporaryFolder folder_;
};

TEST_CASE_METHOD(SecretFileTest, "a secret file that is made can be read, and is not made twice",
                 "[encryption]") {
  REQUIRE(MakeSecretFile(path(), "sesame", kKind).ok());
  struct stat about = {};
  REQUIRE(::stat(path().c_str(), &about) == 0);
  CHECK((about.st_mode & 07777) == 0600);
  CHECK((*ReadSecretFile(path(), kKind))->text() == "sesame");
  const absl::Status again = MakeSecretFile(path(), "other", kKind);
  CHECK(ReasonOf(again) == ErrorReason::kKmsAccessDenied);
  CHECK(again.message() == "secret file " + path() + " cannot be made: File exists");
  CHECK((*ReadSecretFile(path(), kKind))->text() == "sesame");
}

TEST_CASE_METHOD(SecretFileTest, "a secret file that others can read, or is too large, is refused",
                 "[encryption]") {
  REQUIRE(MakeSecretFile(path(), "sesame", kKind).ok());
  REQUIRE(::chmod(path().c_str(), 0640) == 0);
  const absl::Status open_to_others = ReadSecretFile(path(), kKind).status();
  CHECK(ReasonOf(open_to_others) == ErrorReason::kKmsAccessDenied);
  CHECK(open_to_others.message() ==
        "secret file " + path() + " has mode 0640, which lets others at it; it must be 0600");
  REQUIRE(::chmod(path().c_str(), 0600) == 0);
  std::ofstream(path()) << std::string(11, 'x');
  CHECK(ReasonOf(ReadSecretFile(path(), kKind).status()) == ErrorReason::kInvalidArgument);
}

}  // namespace
}  // namespace penstock
