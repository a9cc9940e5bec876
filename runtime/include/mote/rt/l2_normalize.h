#pragma once

#include "mote/rt/elementary_f32.h"
#include "mote/rt/fixed_point.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// output = input / sqrt(sum of input^2), by rows of `depth`; rows shorter than 1e-6 are divided by that.
struct L2NormalizeF32 {
  int32_t rows;
  int32_t depth;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("rows", self.rows);
    visit("depth", self.depth);
  }
};

/// `output` may be `input`, here and below.
inline void l2_normalize_f32(const L2NormalizeF32& p, const float* input, float* output) noexcept {
  for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
    float sum = 0;
    for (int32_t i = 0; i < p.depth; ++i) sum += input[i] * input[i];
    const float length = square_root(sum);
    const float divisor = length > 1e-6f ? length : 1e-6f;
    for (int32_t i = 0; i < p.depth; ++i) output[i] = input[i] / divisor;
  }
}

/// Rule N8: the same in int8 with scale 1/128 and zero point 0.
struct L2NormalizeS8 {
  int32_t rows;
  int32_t depth;  ///< at most 33,025, so that the sum of squares fits int32
  int32_t input_zero_point;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("rows", self.rows);
    visit("depth", self.depth);
    visit("input_zero_point", self.input_zero_point);
  }
};

constexpr void l2_normalize_s8(const L2NormalizeS8& p, const int8_t* input, int8_t* output) noexcept {
  for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
    int32_t sum = 0;
    for (int32_t i = 0; i < p.depth; ++i) {
      const int32_t x = input[i] - p.input_zero_point;
      sum += x * x;
    }
    const Multiplier inverse = inverse_square_root(sum);
    for (int32_t i = 0; i < p.depth; ++i) {
      const int32_t x = input[i] - p.input_zero_point;
      output[i] = static_cast<int8_t>(clamp(multiply(x, inverse.multiplier, inverse.shift + 7), -128, 127));
    }
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
