#pragma once

#include <algorithm>
#include <limits>
#include <optional>

#include "target/thresholds.h"

namespace mote {

/// Accumulators of a channel as places, counted from the first that gives more than -128.
struct Places {
  Thresholds thresholds{};  ///< of accumulators
  int64_t first = 0;        ///< the accumulator of place 0
  int64_t limit = 0;        ///< places from here on give 127, or are not reached
  int64_t pivot = 0;        ///< the place of the first output above the zero point
  int64_t last = 0;         ///< the largest that is reached
};
[[nodiscard]] Places places_of(const RequantizedChannel& channel, int32_t zero_point);

/// Whether rule Q4 is monotone over the range, and places fit 32 bits.
[[nodiscard]] bool has_places(const RequantizedChannel& channel);

/// What is added to a place's product before it is shifted to its output. Ties below the pivot go the other way, which
/// may take another addend.
struct Addends {
  int64_t below = 0, above = 0;  ///< equal where one will do
};

/// The addends for which all thresholds of a part of the outputs coincide: [low, high).
struct AddendRange {
  int64_t low = std::numeric_limits<int64_t>::min(), high = std::numeric_limits<int64_t>::max();

  [[nodiscard]] bool empty() const { return low >= high; }
  /// Any of them. A side that nothing binds leaves the other.
  [[nodiscard]] int64_t any() const {
    if (low != std::numeric_limits<int64_t>::min()) return low;
    return high != std::numeric_limits<int64_t>::max() ? high - 1 : 0;
  }
};

/// Addends such that (product(place) + addend) >> fraction_bits is the output of every place before the limit and, if
/// `to_the_end`, at least 127 from there on; `product` is monotone. None if there are none.
template <class Product>
std::optional<Addends> addends_for(const Places& places, int32_t fraction_bits, bool to_the_end,
                                   const Product& product) {
  AddendRange below, above;  // the pivot
  for (int32_t k = kLeastOutput + 1; k <= kMostOutput; ++k) {
    const int64_t first = places.thresholds[static_cast<size_t>(k - kLeastOutput - 1)] - places.first;
    const int64_t level = int64_t{k} * (int64_t{1} << fraction_bits);
    if (first <= places.last && (k != kMostOutput || to_the_end)) {
      AddendRange& range = first < places.pivot ? below : above;
      range.low = std::max(range.low, level - product(first));
    }
    if (first > 0) {
      AddendRange& range = first - 1 < places.pivot ? below : above;
      range.high = std::min(range.high, level - product(first - 1));
    }
  }
  if (below.empty() || above.empty()) return std::nullopt;
  const AddendRange one{std::max(below.low, above.low), std::min(below.high, above.high)};
  if (!one.empty()) return Addends{one.any(), one.any()};
  return Addends{below.any(), above.any()};
}

}  // namespace mote
