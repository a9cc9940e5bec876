#include "ops/linear_pair.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace mote {

namespace {

/// How far from the rounded slopes the search goes, in units of the last bit.
constexpr int32_t kFarthest = 6;
constexpr int32_t kMostShift = 26;
constexpr int32_t kShiftsTried = 4;

/// The addends for which (a * a_factor + b * b_factor + addend) >> shift gives the table.
struct Addends {
  int64_t least = INT64_MIN, most = INT64_MAX;
};

Addends addends_for(const PairTable& table, int64_t a_factor, int64_t b_factor, int32_t shift, int32_t low,
                    int32_t high) {
  Addends result;
  for (int32_t a = -128; a < 128 && result.least <= result.most; ++a) {
    const int8_t* const row = &table[static_cast<size_t>(a + 128) * 256];
    for (int32_t b = -128; b < 128; ++b) {
      const int64_t sum = a * a_factor + b * b_factor;
      const int64_t stored = row[b + 128];
      if (stored > low) result.least = std::max(result.least, (stored << shift) - sum);
      if (stored < high) result.most = std::min(result.most, ((stored + 1) << shift) - 1 - sum);
    }
  }
  return result;
}

/// The integer of least size in [least, most].
int64_t smallest(const Addends& addends) {
  return addends.least > 0 ? addends.least : std::min<int64_t>(addends.most, 0);
}

/// The sum at a corner; sums in between lie between those of the corners.
bool fits_int32(int64_t a_factor, int64_t b_factor, int64_t addend) {
  for (const int64_t a : {-128, 127})
    for (const int64_t b : {-128, 127})
      if (const int64_t sum = a * a_factor + b * b_factor + addend; sum < INT32_MIN || sum > INT32_MAX) return false;
  return addend >= INT32_MIN && addend <= INT32_MAX;
}

/// The largest shift that may leave sums within int32: outputs reach at most this far beyond the table's own range.
int32_t largest_shift(double a_slope, double b_slope) {
  const double reach = 128 * (std::abs(a_slope) + std::abs(b_slope));
  return std::clamp(30 - static_cast<int32_t>(std::floor(std::log2(reach + 1))), 0, kMostShift);
}

}  // namespace

std::optional<rt::LinearPair> find_linear_pair(const PairTable& table, double a_slope, double b_slope, int32_t low,
                                               int32_t high) {
  const int32_t top = largest_shift(a_slope, b_slope);
  for (int32_t shift = top; shift >= std::max(top - kShiftsTried + 1, 0); --shift) {
    const int64_t a_middle = std::llround(std::ldexp(a_slope, shift));
    const int64_t b_middle = std::llround(std::ldexp(b_slope, shift));
    for (int32_t ring = 0; ring <= kFarthest; ++ring)
      for (int32_t i = -ring; i <= ring; ++i)
        for (int32_t j = -ring; j <= ring; j += std::abs(i) == ring || ring == 0 ? 1 : 2 * ring) {
          const int64_t a = a_middle + i;
          const int64_t b = b_middle + j;
          const Addends addends = addends_for(table, a, b, shift, low, high);
          if (addends.least > addends.most) continue;
          const int64_t addend = smallest(addends);
          if (!fits_int32(a, b, addend)) continue;
          return rt::LinearPair{
              {}, static_cast<int32_t>(a), static_cast<int32_t>(b), static_cast<int32_t>(addend), shift, low, high};
        }
  }
  return std::nullopt;
}

}  // namespace mote
