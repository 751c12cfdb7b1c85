#include "broker/stream/account_settings.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include <boost/asio/post.hpp>

#include "broker/stream/request_checks.h"
#include "common/error.h"
#include "common/status_macros.h"
#include "penstock/internal/v1/stored.pb.h"

namespace penstock::broker {
namespace {

constexpr std::string_view kKey = "account";
constexpr std::string_view kStatusField = "minimum_throughput_billing_commitment_status";
// Nodes that change it at once; each round one of them wins.
constexpr int kAttemptsMax = 100;

}  // namespace

AccountSettings::AccountSettings(MetadataStore& metadata,
                                 const boost::asio::any_io_executor& executor, const Clock& clock)
    : metadata_(metadata), clock_(clock), updates_(boost::asio::make_strand(executor)) {}

AccountSettings::~AccountSettings() {
  Stop();
}

absl::Status AccountSettings::Start() {
  return Reload();
}

void AccountSettings::Stop() {
  pending_.CloseAndWait();
}

absl::Status AccountSettings::Reload() {
  ASSIGN_OR_RETURN(const std::optional<MetadataEntry> entry, metadata_.Get(kKey));
  Times times;
  revision_ = entry ? entry->revision : Revision();
  if (entry) {
    ::penstock::internal::v1::StoredAccount stored;
    if (!stored.ParseFromString(entry->value)) {
      return MakeError(ErrorReason::kCorruptRecords, "metadata of the account: does not parse");
    }
    if (stored.has_commitment_started_at_ms()) {
      times.started_at_ms = stored.commitment_started_at_ms();
    }
    if (stored.has_commitment_ended_at_ms()) times.ended_at_ms = stored.commitment_ended_at_ms();
    if (times.ended_at_ms && !times.started_at_ms) {
      return MakeError(ErrorReason::kCorruptRecords,
                       "metadata of the account: a commitment ended that never started");
    }
  }
  MutexLock lock(mutex_);
  times_ = times;
  return absl::OkStatus();
}

Commitment AccountSettings::CommitmentOf(const Times& times, int64_t now_ms) {
  Commitment commitment;
  commitment.started_at_ms = times.started_at_ms;
  if (!times.started_at_ms) return commitment;
  if (times.ended_at_ms && *times.ended_at_ms <= now_ms) {
    commitment.ended_at_ms = times.ended_at_ms;
    return commitment;
  }
  commitment.status = times.ended_at_ms ? CommitmentStatus::kEnabledUntilEarliestAllowedEnd
                                        : CommitmentStatus::kEnabled;
  commitment.earliest_allowed_end_at_ms = *times.started_at_ms + kCommitmentMs;
  return commitment;
}

absl::StatusOr<AccountSettings::Times> AccountSettings::Change(const Times& times,
                                                               CommitmentStatus status,
                                                               int64_t now_ms) {
  const Commitment before = CommitmentOf(times, now_ms);
  if (status == CommitmentStatus::kEnabled) {
    if (before.status == CommitmentStatus::kEnabled) {
      return InvalidField(kStatusField, "is ENABLED already");
    }
    // One that has not ended yet goes on, with the start that it had.
    if (before.status == CommitmentStatus::kEnabledUntilEarliestAllowedEnd) {
      return Times{times.started_at_ms, std::nullopt};
    }
    return Times{now_ms, std::nullopt};
  }
  if (status != CommitmentStatus::kDisabled) {
    return InvalidField(kStatusField, absl::StrCat("is ", static_cast<int>(status),
                                                   ", neither ENABLED nor DISABLED"));
  }
  if (before.status == CommitmentStatus::kDisabled) {
    return InvalidField(kStatusField, "is DISABLED already");
  }
  if (before.status == CommitmentStatus::kEnabledUntilEarliestAllowedEnd) {
    return InvalidField(kStatusField, absl::StrCat("is DISABLED already, from ",
                                                   *before.earliest_allowed_end_at_ms, " ms on"));
  }
  return Times{times.started_at_ms, std::max(now_ms, *before.earliest_allowed_end_at_ms)};
}

Commitment AccountSettings::commitment() const {
  MutexLock lock(mutex_);
  return CommitmentOf(times_, clock_.NowMs());
}

bool AccountSettings::committed() const {
  return commitment().status != CommitmentStatus::kDisabled;
}

void AccountSettings::Update(CommitmentStatus status, DoneCallback done) {
  if (!pending_.TryBegin()) {
    done(MakeError(ErrorReason::kShuttingDown, "the broker is shutting down"));
    return;
  }
  boost::asio::post(updates_, [this, status, done = std::move(done)] {
    done(RunUpdate(status));
    pending_.End();
  });
}

absl::StatusOr<Commitment> AccountSettings::RunUpdate(CommitmentStatus status) {
  absl::Status last;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const int64_t now_ms = clock_.NowMs();
    Times times;
    {
      MutexLock lock(mutex_);
      times = times_;
    }
    ASSIGN_OR_RETURN(times, Change(times, status, now_ms));
    ::penstock::internal::v1::StoredAccount stored;
    stored.set_commitment_started_at_ms(*times.started_at_ms);
    if (times.ended_at_ms) stored.set_commitment_ended_at_ms(*times.ended_at_ms);
    const absl::StatusOr<Revision> put =
        metadata_.CompareAndPut(kKey, stored.SerializeAsString(), revision_);
    if (put.ok()) {
      revision_ = *put;
      MutexLock lock(mutex_);
      times_ = times;
      return CommitmentOf(times, now_ms);
    }
    last = put.status();
    if (last.code() != absl::StatusCode::kAborted) return last;
    // Another node was faster, or a write of this one that was thought to have failed was made.
    RETURN_IF_ERROR(Reload());
  }
  return last;
}

}  // namespace penstock::broker
