// CredentialsFixture: a credentials file in a folder of its own.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/temporary_folder.h"

namespace penstock::broker {

class CredentialsFixture {
 protected:
  static std::string Entry(const std::string& id, const std::string& more = "") {
    return "[[keys]]\nid = \"" + id + "\"\nsecret = \"secret-of-the-key-" + id + "\"\n" + more;
  }
  static std::string SecretOf(const std::string& id) { return "secret-of-the-key-" + id; }

  std::string path() const { return folder_.path() + "/credentials.toml"; }

  void Write(const std::string& text, mode_t mode = 0600) const {
    std::filesystem::remove(path());
    std::ofstream(path()) << text;
    REQUIRE(::chmod(path().c_str(), mode) == 0);
  }

  testing::TemporaryFolder folder_;
};

}  // namespace penstock::broker
