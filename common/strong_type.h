// StrongType: an integer that cannot be taken for another kind of integer.
//
//   using Epoch = StrongType<uint32_t, struct EpochTag>;
//   Epoch epoch(3);  epoch.value() == 3;  epoch.Next() == Epoch(4)
//
// Ordered and hashable; no arithmetic but what the types below need (Next, Plus, and the distance
// of two).
#pragma once

#include <compare>
#include <cstdint>
#include <utility>

namespace penstock {

template <typename Rep, typename Tag>
class StrongType {
 public:
  using rep = Rep;

  constexpr StrongType() = default;
  constexpr explicit StrongType(Rep value) : value_(value) {}

  constexpr Rep value() const { return value_; }
  constexpr StrongType Next() const { return StrongType(value_ + 1); }
  constexpr StrongType Plus(Rep count) const { return StrongType(value_ + count); }
  // How far `this` lies above `other`, which must not be greater.
  constexpr Rep Since(StrongType other) const { return value_ - other.value_; }

  friend constexpr auto operator<=>(StrongType, StrongType) = default;

  template <typename H>
  friend H AbslHashValue(H state, StrongType id) {
    return H::combine(std::move(state), id.value_);
  }

 private:
  Rep value_ = 0;
};

}  // namespace penstock
