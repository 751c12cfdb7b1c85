// AccountSettings: what is set for the whole broker rather than a stream: the minimum throughput
// commitment.
//
//   DISABLED ──enable──▶ ENABLED ──disable, 24 h or more after the start──▶ DISABLED
//                         ▲   │
//                   enable│   │disable, earlier
//                         │   ▼
//               ENABLED_UNTIL_EARLIEST_ALLOWED_END ──24 h after the start──▶ DISABLED
//
// Kept in the metadata store as two times, from which the status is computed when it is read: no
// timer runs. Update blocks on the disk and so runs on the executor; the rest answers from memory.
// Thread-safe between Start and Stop.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>

#include "broker/cluster/metadata_store.h"
#include "broker/stream/pending_work.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace penstock::broker {

// The numbers are those of penstock.v1.
enum class CommitmentStatus {
  kEnabled = 1,
  kDisabled = 2,
  kEnabledUntilEarliestAllowedEnd = 3,
};

struct Commitment {
  CommitmentStatus status = CommitmentStatus::kDisabled;
  // Absent if there never was one.
  std::optional<int64_t> started_at_ms;
  std::optional<int64_t> ended_at_ms;
  // Absent when it has ended.
  std::optional<int64_t> earliest_allowed_end_at_ms;
};

class AccountSettings {
 public:
  // UpdateAccountSettings (Kinesis API): a commitment lasts that long at least.
  static constexpr int64_t kCommitmentMs = 24 * 3'600'000;

  using DoneCallback = std::function<void(absl::StatusOr<Commitment>)>;

  // All that is referred to must outlive it.
  AccountSettings(MetadataStore& metadata, const boost::asio::any_io_executor& executor,
                  const Clock& clock);
  // Stops.
  ~AccountSettings();

  // Loads what is stored. DATA_LOSS, UNAVAILABLE.
  absl::Status Start();
  // Waits for updates under way. Not on a thread of the executor. Idempotent.
  void Stop();

  // As of now.
  Commitment commitment() const;
  // The commitment is in force, ending or not.
  bool committed() const;

  // `status` is kEnabled or kDisabled. `done` is called once, on a thread of the executor, or on
  // this one if stopped. INVALID_ARGUMENT, also where nothing would change; UNAVAILABLE
  // (SHUTTING_DOWN; STORAGE_FAILED: the change may have been made).
  void Update(CommitmentStatus status, DoneCallback done);

 private:
  // As stored.
  struct Times {
    std::optional<int64_t> started_at_ms;
    // May lie in the future.
    std::optional<int64_t> ended_at_ms;
  };
  static Commitment CommitmentOf(const Times& times, int64_t now_ms);
  static absl::StatusOr<Times> Change(const Times& times, CommitmentStatus status, int64_t now_ms);

  absl::Status Reload();
  absl::StatusOr<Commitment> RunUpdate(CommitmentStatus status);

  MetadataStore& metadata_;
  const Clock& clock_;
  // Updates, one at a time.
  boost::asio::strand<boost::asio::any_io_executor> updates_;

  // Held alone, for as long as it takes to copy.
  mutable Mutex mutex_;
  Times times_ ABSL_GUARDED_BY(mutex_);
  // By Start, then on updates_ alone.
  Revision revision_;
  PendingWork pending_;
};

}  // namespace penstock::broker
