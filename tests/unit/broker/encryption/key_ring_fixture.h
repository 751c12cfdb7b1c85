// KeyRingFixture: a key ring file in a folder of its own, and a clock to make it read again.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "broker/encryption/key_ring.h"
#include "common/clock.h"
#include "common/error.h"
#include "tests/support/temporary_folder.h"

namespace penstock::broker {

class KeyRingFixture {
 protected:
  static constexpr StreamId kStream{7};

  struct Entry {
    std::string id;
    // Its secret is so many of these.
    char secret = 's';
    bool enabled = true;
    bool is_default = false;
  };

  static std::string SecretOf(char c) {
    // Three bytes of one letter are four of one pattern in base64: easier made than looked up.
    static constexpr char kDigits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto b = static_cast<unsigned char>(c);
    const std::string four = {kDigits[b >> 2], kDigits[(b & 3) << 4 | b >> 4],
                              kDigits[(b & 15) << 2 | b >> 6], kDigits[b & 63]};
    std::string text;
    for (int i = 0; i < 10; ++i) text += four;
    return text + four.substr(0, 2) + kDigits[(b & 15) << 2] + "=";
  }

  static std::string TextOf(const std::vector<Entry>& keys) {
    std::string text;
    for (const Entry& key : keys) {
      text += "[[keys]]\nid = \"" + key.id + "\"\nsecret = \"" + SecretOf(key.secret) + "\"\n";
      if (!key.enabled) text += "state = \"disabled\"\n";
      if (key.is_default) text += "default = true\n";
    }
    return text;
  }

  std::string path() const { return folder_.path() + "/keys.toml"; }

  void Write(const std::string& text, mode_t mode = 0600) {
    std::filesystem::remove(path());
    std::ofstream(path()) << text;
    REQUIRE(::chmod(path().c_str(), mode) == 0);
  }
  void Write(const std::vector<Entry>& keys) { Write(TextOf(keys)); }

  // Writes the file, and lets the time pass after which the ring must have seen it.
  template <typename What>
  void Change(const What& what) {
    Write(what);
    clock_.AdvanceMs(KeyRing::kReloadMs);
  }

  std::unique_ptr<KeyRing> Open(const std::vector<Entry>& keys) {
    Write(keys);
    absl::StatusOr<std::unique_ptr<KeyRing>> ring = KeyRing::Open(path(), clock_);
    REQUIRE(ring.ok());
    return *std::move(ring);
  }

  static ErrorReason ReasonOfUse(KeyService& keys, std::string_view id) {
    const absl::Status used = keys.CheckUsable(id).status();
    REQUIRE_FALSE(used.ok());
    return ReasonOf(used);
  }

  testing::TemporaryFolder folder_;
  ManualClock clock_{1'000'000};
};

}  // namespace penstock::broker
