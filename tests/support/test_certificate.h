// MakeTestCertificate: a certificate that signs itself, and its key, as PEM files.
#pragma once

#include <cstdint>
#include <string>

namespace penstock::testing {

// For `common_name`, valid from a day ago to `valid_s` seconds from now. Throws if a file cannot be
// written.
void MakeTestCertificate(const std::string& certificate_file, const std::string& key_file,
                         const std::string& common_name, int64_t valid_s = 86'400);

}  // namespace penstock::testing
