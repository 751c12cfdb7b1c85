// ConfigFileFixture: writes configuration files for a test into a folder of its own.
#pragma once

#include <fstream>
#include <string>

#include "tests/support/temporary_folder.h"

namespace penstock::broker {

class ConfigFileFixture {
 protected:
  // The path of a configuration file with that text.
  std::string FileWith(const std::string& text) {
    const std::string path = folder_.path() + "/penstock.toml";
    std::ofstream(path, std::ios::trunc) << text;
    return path;
  }

  testing::TemporaryFolder folder_;
};

}  // namespace penstock::broker
