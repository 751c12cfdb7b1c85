// CatalogFixture: a StreamCatalog on a metadata store of its own and a FakeShardSet, which can be
// restarted.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "broker/cluster/embedded_metadata_store.h"
#include "broker/stream/account_settings.h"
#include "broker/stream/stream_catalog.h"
#include "broker/token/token_codec.h"
#include "common/clock.h"
#include "tests/support/control_pool.h"
#include "tests/support/fake_shard_set.h"
#include "tests/support/temporary_folder.h"

namespace penstock::testing {

class CatalogFixture {
 public:
  static constexpr int64_t kStartMs = 1'700'000'000'000;

  CatalogFixture() {
    if (!Start().ok()) throw std::runtime_error("the catalog does not start");
  }

  absl::Status Start() {
    auto opened = broker::EmbeddedMetadataStore::Open({folder_.path() + "/metadata", true});
    if (!opened.ok()) return opened.status();
    metadata_ = *std::move(opened);
    account_.emplace(*metadata_, pool_.executor(), clock_);
    if (absl::Status started = account_->Start(); !started.ok()) return started;
    catalog_.emplace(broker::StreamCatalogOptions{
        *metadata_, shards_, tokens_, pool_.executor(), clock_, streams_max_, shards_max_,
        /*retry_min_ms=*/1, /*retry_max_ms=*/2, &*account_});
    return catalog_->Start();
  }

  void Stop() {
    catalog_.reset();
    account_.reset();
    metadata_.reset();
  }

  absl::Status Restart() {
    Stop();
    return Start();
  }

  absl::Status Create(broker::CreateStreamSpec spec) {
    std::promise<absl::Status> done;
    catalog_->CreateStream(std::move(spec),
                           [&](absl::Status status) { done.set_value(std::move(status)); });
    return Get(done);
  }

  absl::Status Delete(std::string name, bool enforce_consumer_deletion = false) {
    std::promise<absl::Status> done;
    catalog_->DeleteStream({std::move(name), enforce_consumer_deletion},
                           [&](absl::Status status) { done.set_value(std::move(status)); });
    return Get(done);
  }

  absl::Status Split(broker::SplitShardSpec spec) {
    std::promise<absl::Status> done;
    catalog_->SplitShard(std::move(spec),
                         [&](absl::Status status) { done.set_value(std::move(status)); });
    return Get(done);
  }

  absl::Status Merge(broker::MergeShardsSpec spec) {
    std::promise<absl::Status> done;
    catalog_->MergeShards(std::move(spec),
                          [&](absl::Status status) { done.set_value(std::move(status)); });
    return Get(done);
  }

  absl::Status Scale(const std::string& name, uint32_t shards) {
    std::promise<absl::Status> done;
    catalog_->UpdateShardCount({name, shards}, [&](const absl::StatusOr<uint32_t>& before) {
      done.set_value(before.status());
    });
    return Get(done);
  }

  // Nothing if there is no such stream.
  std::optional<broker::StreamStatus> StatusOf(std::string_view name) {
    const auto stream = catalog_->Find(name);
    if (!stream.ok()) return std::nullopt;
    return (*stream)->config().status;
  }

  bool WaitForStatus(std::string_view name, std::optional<broker::StreamStatus> status) {
    return WaitUntil([&] { return StatusOf(name) == status; });
  }

  StreamId CreateActive(const std::string& name, uint32_t shards = 1) {
    if (!Create({name, shards, 0, 0}).ok() || !WaitForStatus(name, broker::StreamStatus::kActive)) {
      throw std::runtime_error("stream " + name + " does not become active");
    }
    return (*catalog_->Find(name))->config().id;
  }

 protected:
  template <typename Result>
  static Result Get(std::promise<Result>& done) {
    auto future = done.get_future();
    if (future.wait_for(kTestDeadline) != std::future_status::ready) {
      // The callback refers to this frame, which must not go.
      std::abort();
    }
    return future.get();
  }

  uint32_t streams_max_ = kStreamsMax;
  uint32_t shards_max_ = kShardsMax;
  TemporaryFolder folder_;
  ManualClock clock_{kStartMs};
  broker::TokenCodec tokens_{std::string(broker::TokenCodec::kKeyBytes, 'k'), clock_};
  FakeShardSet shards_;
  ControlPool pool_;
  std::unique_ptr<broker::EmbeddedMetadataStore> metadata_;
  std::optional<broker::AccountSettings> account_;
  std::optional<broker::StreamCatalog> catalog_;
};

}  // namespace penstock::testing
