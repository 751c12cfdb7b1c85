#include "client/cli/certificate_files.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/temporary_folder.h"

namespace penstock::cli {
namespace {

using std::filesystem::perms;

class CertificateFilesTest {
 protected:
  static std::string TextOf(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  static perms ModeOf(const std::string& path) {
    return std::filesystem::status(path).permissions();
  }

  testing::TemporaryFolder folder_;
  const CertificateFiles files_ = CertificateFiles::In(folder_.path() + "/new/./tls");
  const Certificates some_ = {"ca", "ca key", "server", "server key", {}};
};

TEST_CASE_METHOD(CertificateFilesTest, "certificates are written, keys for their owner alone",
                 "[certificates]") {
  CHECK(files_.ca_certificate == folder_.path() + "/new/tls/ca.pem");
  CHECK(CheckNotThere(files_).ok());
  REQUIRE(WriteCertificates(files_, some_).ok());
  CHECK(TextOf(files_.ca_certificate) == "ca");
  CHECK(TextOf(files_.ca_key) == "ca key");
  CHECK(TextOf(files_.server_certificate) == "server");
  CHECK(TextOf(files_.server_key) == "server key");
  constexpr perms kOwner = perms::owner_read | perms::owner_write;
  CHECK(ModeOf(files_.ca_key) == kOwner);
  CHECK(ModeOf(files_.server_key) == kOwner);
  const auto entries = std::filesystem::directory_iterator(folder_.path() + "/new/tls");
  CHECK(std::distance(begin(entries), end(entries)) == 4);
}

TEST_CASE_METHOD(CertificateFilesTest, "any file that is there is seen", "[certificates]") {
  REQUIRE(WriteCertificates(files_, some_).ok());
  for (const std::string* kept :
       {&files_.ca_certificate, &files_.ca_key, &files_.server_certificate, &files_.server_key}) {
    for (const std::string* path :
         {&files_.ca_certificate, &files_.ca_key, &files_.server_certificate, &files_.server_key}) {
      if (path != kept) std::filesystem::remove(*path);
    }
    const absl::Status status = CheckNotThere(files_);
    CHECK(absl::IsAlreadyExists(status));
    CHECK(std::string(status.message()).find(*kept + " is there already") == 0);
    REQUIRE(WriteCertificates(files_, some_).ok());
  }
}

TEST_CASE_METHOD(CertificateFilesTest, "writing again replaces a file and its mode",
                 "[certificates]") {
  REQUIRE(WriteCertificates(files_, some_).ok());
  std::filesystem::permissions(files_.server_key, perms::all);
  // Of a run that was ended in between.
  std::ofstream(files_.server_key + ".new") << "half";
  std::filesystem::permissions(files_.server_key + ".new", perms::all);
  REQUIRE(WriteCertificates(files_, {"ca2", "ca key2", "server2", "server key2", {}}).ok());
  CHECK(TextOf(files_.server_key) == "server key2");
  CHECK(ModeOf(files_.server_key) == (perms::owner_read | perms::owner_write));
  CHECK(TextOf(files_.ca_certificate) == "ca2");
}

TEST_CASE_METHOD(CertificateFilesTest, "a folder that cannot be made is told", "[certificates]") {
  std::ofstream(folder_.path() + "/file") << "no folder";
  const absl::Status status =
      WriteCertificates(CertificateFiles::In(folder_.path() + "/file/tls"), some_);
  CHECK(std::string(status.message()).find("cannot make " + folder_.path() + "/file/tls: ") == 0);
}

}  // namespace
}  // namespace penstock::cli
