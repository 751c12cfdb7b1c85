// SettingsFixture: a CatalogFixture with the operations on settings, tags, consumers and the
// account, each of which waits for its answer.
#pragma once

#include <future>
#include <string>
#include <utility>
#include <vector>

#include "broker/stream/consumer_registry.h"
#include "broker/stream/encryption_keys.h"
#include "broker/stream/stream_settings.h"
#include "tests/support/catalog_fixture.h"

namespace penstock::testing {

// Gives data keys that say what they were asked for with.
class FakeEncryptionKeys final : public broker::EncryptionKeys {
 public:
  absl::StatusOr<broker::StreamEncryption> Start(const broker::StreamConfig& stream,
                                                 std::string_view key_id, int64_t now_ms) override {
    if (!error_.ok()) return error_;
    broker::StreamEncryption encryption = stream.encryption;
    encryption.type = broker::EncryptionType::kKms;
    encryption.key_id = std::string(key_id);
    const auto generation = static_cast<uint32_t>(encryption.data_keys.size() + 1);
    encryption.data_keys.push_back({generation, encryption.key_id, "wrapped", now_ms});
    return encryption;
  }

  void Fail(absl::Status error) { error_ = std::move(error); }

 private:
  absl::Status error_;
};

class SettingsFixture : public CatalogFixture {
 public:
  using Change = absl::StatusOr<broker::StreamChange>;

  // `call` is given the callback of an operation.
  template <typename Result, typename Call>
  static Result Await(Call call) {
    std::promise<Result> done;
    call([&](Result result) { done.set_value(std::move(result)); });
    return Get(done);
  }

  // settings(), a method of it and what it takes before the callback.
  template <typename Method, typename... Arguments>
  Change Set(Method method, Arguments... arguments) {
    broker::StreamSettings settings({*catalog_, *account_, clock_, &keys_});
    return Await<Change>([&](broker::StreamSettings::ChangedCallback done) {
      (settings.*method)(std::move(arguments)..., std::move(done));
    });
  }

  broker::StreamSettings settings() {
    return broker::StreamSettings({*catalog_, *account_, clock_, &keys_});
  }
  broker::ConsumerRegistry consumers() {
    return broker::ConsumerRegistry({*catalog_, *account_, tokens_, clock_});
  }

  absl::StatusOr<broker::ConsumerInfo> Register(const std::string& stream, const std::string& name,
                                                std::vector<broker::Tag> tags = {}) {
    broker::ConsumerRegistry registry = consumers();
    return Await<absl::StatusOr<broker::ConsumerInfo>>(
        [&](broker::ConsumerRegistry::RegisteredCallback done) {
          registry.Register({stream, name, std::move(tags)}, std::move(done));
        });
  }

  absl::Status Deregister(const std::string& stream, const std::string& name) {
    broker::ConsumerRegistry registry = consumers();
    return Await<absl::Status>([&](broker::ConsumerRegistry::DoneCallback done) {
      registry.Deregister(stream, name, std::move(done));
    });
  }

  absl::StatusOr<broker::Commitment> Commit(broker::CommitmentStatus status) {
    return Await<absl::StatusOr<broker::Commitment>>(
        [&](broker::AccountSettings::DoneCallback done) {
          account_->Update(status, std::move(done));
        });
  }

  broker::StreamConfig ConfigOf(std::string_view name) { return (*catalog_->Find(name))->config(); }

 protected:
  FakeEncryptionKeys keys_;
};

}  // namespace penstock::testing
