#include "broker/record/read_budget.h"

#include "absl/strings/str_cat.h"

#include "common/error.h"

namespace penstock::broker {

ReadBudget::Charge& ReadBudget::Charge::operator=(Charge&& other) noexcept {
  if (this == &other) return *this;
  Release();
  budget_ = std::move(other.budget_);
  used_ = std::exchange(other.used_, nullptr);
  amount_ = std::exchange(other.amount_, 0);
  return *this;
}

void ReadBudget::Charge::Release() {
  if (used_ != nullptr) used_->fetch_sub(amount_, std::memory_order_relaxed);
  used_ = nullptr;
  budget_.reset();
}

absl::Status ReadBudget::AdmitRead() const {
  const size_t bytes = bytes_in_use();
  if (bytes < bytes_max_) return absl::OkStatus();
  return MakeError(ErrorReason::kOverloaded,
                   absl::StrCat("answers of ", bytes,
                                " bytes are being sent to readers, the limit is ", bytes_max_));
}

ReadBudget::Charge ReadBudget::ChargeBytes(size_t bytes) {
  bytes_.fetch_add(bytes, std::memory_order_relaxed);
  return Charge(shared_from_this(), &bytes_, bytes);
}

absl::Status ReadBudget::ChargeWait(Charge* charge) {
  if (waits_.fetch_add(1, std::memory_order_relaxed) >= waits_max_) {
    waits_.fetch_sub(1, std::memory_order_relaxed);
    return MakeError(
        ErrorReason::kOverloaded,
        absl::StrCat(waits_max_, " calls are waiting for records already, which is the limit"));
  }
  *charge = Charge(shared_from_this(), &waits_, 1);
  return absl::OkStatus();
}

}  // namespace penstock::broker
