#include "broker/record/read_budget.h"

#include "absl/strings/str_cat.h"

#include "common/check.h"
#include "common/error.h"

namespace penstock::broker {

ReadBudget::Charge& ReadBudget::Charge::operator=(Charge&& other) noexcept {
  if (this == &other) return *this;
  Release();
  budget_ = std::move(other.budget_);
  connection_ = std::move(other.connection_);
  bytes_ = std::exchange(other.bytes_, 0);
  waits_ = std::exchange(other.waits_, 0);
  return *this;
}

void ReadBudget::Charge::Release() {
  if (budget_ != nullptr) budget_->Return(*this);
  budget_.reset();
}

absl::Status ReadBudget::AdmitRead(std::string_view connection) const {
  MutexLock lock(mutex_);
  if (bytes_ >= limits_.bytes_max) {
    return MakeError(
        ErrorReason::kOverloaded,
        absl::StrCat("answers of ", bytes_, " bytes are being sent to readers, the limit is ",
                     limits_.bytes_max));
  }
  const auto used = bytes_by_connection_.find(std::string(connection));
  if (used != bytes_by_connection_.end() && used->second >= limits_.connection_bytes_max) {
    return MakeError(
        ErrorReason::kOverloaded,
        absl::StrCat("answers of ", used->second,
                     " bytes have not been taken by this connection yet, the limit of one is ",
                     limits_.connection_bytes_max));
  }
  return absl::OkStatus();
}

ReadBudget::Charge ReadBudget::ChargeBytes(std::string_view connection, size_t bytes) {
  Charge charge;
  if (bytes == 0) return charge;
  charge.budget_ = shared_from_this();
  charge.connection_ = std::string(connection);
  charge.bytes_ = bytes;
  MutexLock lock(mutex_);
  bytes_ += bytes;
  bytes_by_connection_[charge.connection_] += bytes;
  return charge;
}

absl::Status ReadBudget::ChargeWait(Charge* charge) {
  MutexLock lock(mutex_);
  if (waits_ >= limits_.waits_max) {
    return MakeError(ErrorReason::kOverloaded,
                     absl::StrCat(limits_.waits_max,
                                  " calls are waiting for records already, which is the limit"));
  }
  ++waits_;
  charge->budget_ = shared_from_this();
  charge->waits_ = 1;
  return absl::OkStatus();
}

void ReadBudget::Return(const Charge& charge) {
  MutexLock lock(mutex_);
  waits_ -= charge.waits_;
  if (charge.bytes_ == 0) return;
  bytes_ -= charge.bytes_;
  const auto used = bytes_by_connection_.find(charge.connection_);
  CHECK(used != bytes_by_connection_.end() && used->second >= charge.bytes_);
  used->second -= charge.bytes_;
  if (used->second == 0) bytes_by_connection_.erase(used);
}

size_t ReadBudget::bytes_in_use() const {
  MutexLock lock(mutex_);
  return bytes_;
}

size_t ReadBudget::waits_in_use() const {
  MutexLock lock(mutex_);
  return waits_;
}

}  // namespace penstock::broker
