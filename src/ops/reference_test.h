/// What the tests of kernels compare with: written out plainly, in wide numbers, tap by tap.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "mote/rt/requantize.h"
#include "ops/quantize_math.h"
#include "ops/window.h"

namespace mote::testing {

/// The reference's two roundings, each by a truncating division: at 2^31, then at 2^-shift.
inline int8_t reference_requantize(int64_t sum, rt::Multiplier factor, const rt::OutputStage& stage) {
  if (factor.shift > 0) sum *= int64_t{1} << factor.shift;
  const int64_t product = sum * factor.multiplier;
  const int64_t half = int64_t{1} << 30;
  int64_t result = (product + (product >= 0 ? half : 1 - half)) / (2 * half);
  if (factor.shift < 0) {
    const int64_t divisor = int64_t{1} << -factor.shift;
    result = (result >= 0 ? result + divisor / 2 : result - divisor / 2) / divisor;
  }
  return static_cast<int8_t>(std::clamp<int64_t>(result + stage.zero_point, stage.low, stage.high));
}

/// Calls visit(row, column, tap row, tap column) for every tap of the window at output (y, x) that reads an input.
template <class Visit>
void for_each_present(const WindowShape& shape, const Window& window, int32_t y, int32_t x, Visit&& visit) {
  for (int32_t i = 0; i < shape.kernel_h; ++i)
    for (int32_t j = 0; j < shape.kernel_w; ++j) {
      const int32_t row = y * shape.stride_h - window.rows.padding + i * shape.dilation_h;
      const int32_t column = x * shape.stride_w - window.columns.padding + j * shape.dilation_w;
      if (row < 0 || column < 0 || row >= window.rows.input || column >= window.columns.input) continue;
      visit(row, column, i, j);
    }
}

inline int32_t between(Rng& rng, int32_t low, int32_t high) {
  return low + static_cast<int32_t>(rng.below(static_cast<uint64_t>(high - low + 1)));
}

/// An input and a window over it; SAME where VALID would not fit.
struct RandomWindow {
  Shape input;
  WindowShape shape;
  Window window;
};
inline RandomWindow random_window(Rng& rng, int32_t largest_dilation) {
  RandomWindow result;
  result.input = {between(rng, 1, 2), between(rng, 1, 8), between(rng, 1, 8), between(rng, 1, 5)};
  result.shape = {.kernel_h = between(rng, 1, 4),
                  .kernel_w = between(rng, 1, 5),
                  .stride_h = between(rng, 1, 3),
                  .stride_w = between(rng, 1, 6),
                  .dilation_h = between(rng, 1, largest_dilation),
                  .dilation_w = between(rng, 1, largest_dilation),
                  .padding = rng.below(2) == 0 ? Padding::kSame : Padding::kValid};
  auto window = make_window(result.input, result.shape);
  if (!window) {
    result.shape.padding = Padding::kSame;
    window = make_window(result.input, result.shape);
  }
  result.window = *window;
  return result;
}

/// Int8 elements; every third tensor holds the two ends of the range only.
inline std::vector<int8_t> random_int8(Rng& rng, int64_t n, int32_t lowest) {
  const bool saturating = rng.below(3) == 0;
  std::vector<int8_t> result(static_cast<size_t>(n));
  for (int8_t& x : result)
    x = static_cast<int8_t>(saturating ? (rng.below(2) == 0 ? lowest : 127) : between(rng, lowest, 127));
  return result;
}
/// -128, 127 or anything between.
inline int32_t random_zero_point(Rng& rng) {
  const uint64_t kind = rng.below(3);
  return kind == 0 ? -128 : kind == 1 ? 127 : between(rng, -128, 127);
}
/// Factors that send sums of `products` products somewhere into and beyond int8.
inline rt::Multiplier random_factor(Rng& rng, int64_t products) {
  return quantize_multiplier(rng.uniform(0.01, 2) / (64.0 * static_cast<double>(products)));
}

}  // namespace mote::testing
