#include "broker/aws/file_credentials.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "common/clock.h"
#include "tests/unit/broker/aws/credentials_fixture.h"

namespace penstock::broker {
namespace {

class FileCredentialsTest : public CredentialsFixture {
 protected:
  std::unique_ptr<FileCredentials> Open(const std::string& text) {
    Write(text);
    auto credentials = FileCredentials::Open(path(), clock_);
    REQUIRE(credentials.ok());
    return *std::move(credentials);
  }
  // Writes the file, and lets the time pass after which it must have been seen.
  void Change(const std::string& text, mode_t mode = 0600) {
    Write(text, mode);
    clock_.AdvanceMs(FileCredentials::kReloadMs);
  }

  ManualClock clock_{1'000'000};
};

TEST_CASE_METHOD(FileCredentialsTest, "enabled keys are found, two of a principal too",
                 "[credentials]") {
  const std::string orders = "principal = \"orders\"\n";
  const auto credentials = Open(Entry("old", orders) + Entry("new", orders) +
                                Entry("off", orders + "state = \"disabled\"\n"));
  CHECK(credentials->Find("old")->principal == "orders");
  CHECK(credentials->Find("new")->secret->text() == SecretOf("new"));
  CHECK(credentials->Find("off") == nullptr);
  CHECK(credentials->Find("") == nullptr);
}

TEST_CASE_METHOD(FileCredentialsTest, "a change of the file counts a second later, no sooner",
                 "[credentials]") {
  const auto credentials = Open(Entry("a"));
  const auto before = credentials->Find("a");
  // A file that is as it was is not read into new keys.
  clock_.AdvanceMs(FileCredentials::kReloadMs);
  CHECK(credentials->Find("a") == before);
  Write(Entry("a", "state = \"disabled\"\n") + Entry("b"));
  clock_.AdvanceMs(FileCredentials::kReloadMs - 1);
  CHECK(credentials->Find("a") != nullptr);
  CHECK(credentials->Find("b") == nullptr);
  clock_.AdvanceMs(1);
  CHECK(credentials->Find("a") == nullptr);
  CHECK(credentials->Find("b") != nullptr);
  // Who has a key keeps it.
  CHECK(before->secret->text() == SecretOf("a"));
  Change("[[keys]]\nid = \"a\"\nsecret = \"another-secret-of-a\"\n");
  CHECK(credentials->Find("a")->version != before->version);
  Change(Entry("a"));
  CHECK(credentials->Find("a")->version == before->version);
}

TEST_CASE_METHOD(FileCredentialsTest, "a file that is not good leaves the last keys in force",
                 "[credentials]") {
  const auto credentials = Open(Entry("a"));
  Change("not TOML");
  CHECK(credentials->Find("a") != nullptr);
  Change(Entry("b"), 0644);
  CHECK(credentials->Find("a") != nullptr);
  CHECK(credentials->Find("b") == nullptr);
  std::filesystem::remove(path());
  clock_.AdvanceMs(FileCredentials::kReloadMs);
  CHECK(credentials->Find("a") != nullptr);
  Change(Entry("b"));
  CHECK(credentials->Find("a") == nullptr);
  CHECK(credentials->Find("b") != nullptr);
}

TEST_CASE_METHOD(FileCredentialsTest, "a file that is not good at the start is not opened",
                 "[credentials]") {
  CHECK_FALSE(FileCredentials::Open(path(), clock_).ok());
  Write("not TOML");
  CHECK(FileCredentials::Open(path(), clock_).status().message() == path() + ":1: not TOML");
  Write(Entry("a"), 0644);
  CHECK_FALSE(FileCredentials::Open(path(), clock_).ok());
}

}  // namespace
}  // namespace penstock::broker
