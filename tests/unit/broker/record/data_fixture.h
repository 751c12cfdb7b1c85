// DataFixture: SubscriptionFixture as the operation tables use it: with the limiters of the broker,
// a key service that fails as a test says, and a disk that can be full.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "broker/encryption/key_service.h"
#include "broker/encryption/stream_cipher.h"
#include "broker/limit/disk_budget.h"
#include "broker/limit/shard_limiters.h"
#include "tests/support/operation_table.h"
#include "tests/unit/broker/record/reshard_fixture.h"

namespace penstock::testing {

// Wraps nothing: its data keys are the same 32 bytes.
class FakeKeyService final : public broker::KeyService {
 public:
  absl::StatusOr<broker::WrappedDataKey> GenerateDataKey(std::string_view key_id, StreamId,
                                                         uint32_t generation) override {
    if (!error.ok()) return error;
    return broker::WrappedDataKey{generation, std::string(key_id), "wrapped", 0};
  }
  absl::StatusOr<SecretKey> Unwrap(const broker::WrappedDataKey&, StreamId) override {
    if (!error.ok()) return error;
    return SecretKey(std::string(SecretKey::kBytes, 'k'));
  }
  absl::StatusOr<broker::WrappedDataKey> Rewrap(const broker::WrappedDataKey& key, StreamId,
                                                std::string_view) override {
    if (!error.ok()) return error;
    return key;
  }
  absl::StatusOr<broker::MasterKeyVersion> CheckUsable(std::string_view) override {
    if (!error.ok()) return error;
    return broker::MasterKeyVersion(1);
  }

  absl::Status error;
};

// Made before the plane, and gone after it.
struct DataParts {
  FakeKeyService keys;
  broker::StreamCipher cipher{{keys}};
  broker::ShardLimiters limiters;
  broker::DiskBudget disk_budget{{95, 1'000}};
};

class DataFixture : public DataParts, public broker::ReshardFixture {
 public:
  DataFixture()
      : ReshardFixture([this](broker::RecordPlaneOptions& options) {
          options.cipher = &cipher;
          options.limiters = &limiters;
          options.disk_budget = &disk_budget;
          options.subscriptions_max = kSubscriptionsMax;
        }) {
    config.consumers = {{"c", 1'000, {}}, {"d", 2'000, {}}};
    PublishShards();
  }
  ~DataFixture() { plane->Stop(); }

  static constexpr size_t kSubscriptionsMax = 2;

  void SetStatus(broker::StreamStatus status) {
    config.status = status;
    PublishShards();
  }
  void Limit(const broker::StreamLimits& limits) {
    config.limits = limits;
    PublishShards();
  }
  // What is put from now on is encrypted, or read with the key.
  void Encrypt() {
    config.encryption.type = broker::EncryptionType::kKms;
    config.encryption.key_id = "alias/a";
    config.encryption.data_keys = {{1, "alias/a", "wrapped", 0}};
    PublishShards();
  }
  void FillDisk() {
    broker::DiskUsage usage;
    usage.directory_bytes = 1'001;
    disk_budget.Update(usage);
  }

  static void Must(const absl::Status& status) {
    if (!status.ok()) throw std::runtime_error(status.ToString());
  }
};

using DataTable = TableOf<DataFixture>;

// `call` makes the operation of a fixture and a stream's name, and succeeds for "orders".
template <typename Call>
void AddDataNameRows(DataTable& table, Call call) {
  const auto named = [&](const std::string& input, const std::string& name,
                         const std::string& expected, const std::string& field) {
    table.Row(input, expected, field, [=](DataFixture& f) { return call(f, name); });
  };
  named("no stream name", "", "INVALID_ARGUMENT", "stream_name");
  named("a name of 129 characters", std::string(129, 'x'), "STREAM_NOT_FOUND", "");
  named("a name that no stream has", "other", "STREAM_NOT_FOUND", "");
  const auto in_state = [&](broker::StreamStatus status, const std::string& expected) {
    table.Row("a stream in " + std::string(broker::StreamStatusName(status)), expected, "",
              [=](DataFixture& f) {
                f.SetStatus(status);
                return call(f, "orders");
              });
  };
  in_state(broker::StreamStatus::kCreating, "STREAM_NOT_FOUND");
  in_state(broker::StreamStatus::kActive, "OK");
  in_state(broker::StreamStatus::kUpdating, "OK");
  in_state(broker::StreamStatus::kDeleting, "STREAM_NOT_FOUND");
}

// `call` uses the stream's key once the key service fails.
template <typename Call>
void AddKmsRows(DataTable& table, Call call) {
  table.Ok("a key that is well", [=](DataFixture& f) {
    f.Encrypt();
    return call(f);
  });
  for (const ErrorReason reason :
       {ErrorReason::kKmsNotFound, ErrorReason::kKmsDisabled, ErrorReason::kKmsInvalidState,
        ErrorReason::kKmsAccessDenied, ErrorReason::kKmsThrottling}) {
    const std::string name(TraitsOf(reason).name);
    table.Row("a key service that says " + name, name, "", [=](DataFixture& f) {
      f.Encrypt();
      f.keys.error = MakeError(reason, "as the test wants it");
      return call(f);
    });
  }
}

}  // namespace penstock::testing
