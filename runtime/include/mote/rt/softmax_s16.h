#pragma once

#include "mote/rt/fixed_point.h"
#include "mote/rt/lookup_s16.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule I5: output = softmax(input) with scale 1/32768 and zero point 0, by rows of `depth`.
struct SoftmaxS16 {
  int32_t rows;
  int32_t depth;      ///< below 2^16
  Multiplier factor;  ///< beta * input scale * 65535 / 10: differences to steps of the table of exponentials

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("rows", self.rows);
    visit("depth", self.depth);
    visit("factor", self.factor);
  }
};

/// `exponentials` int16[513]: exp on [-10, 0]; `reciprocals` int16[513]: 1 / (1 + x) on [0, 1]; both rule I3 with 15
/// fraction bits. `output` may be `input`; it holds the exponentials between the two passes over a row.
constexpr void softmax_s16(const SoftmaxS16& p, const int16_t* input, const int16_t* exponentials,
                           const int16_t* reciprocals, int16_t* output) noexcept {
  for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
    int32_t largest = -32768;
    for (int32_t i = 0; i < p.depth; ++i) largest = input[i] > largest ? input[i] : largest;
    int32_t sum = 0;  // 15 fraction bits
    for (int32_t i = 0; i < p.depth; ++i) {
      const int32_t steps = multiply(input[i] - largest, p.factor) + 32767;
      output[i] = interpolate(exponentials, static_cast<int16_t>(clamp(steps, -32768, 32767)));
      sum += output[i];
    }
    const int32_t headroom = leading_zeros(static_cast<uint32_t>(sum));
    const int64_t normal =
        ((static_cast<int64_t>(sum) << (headroom - 1)) + (int32_t{1} << 13)) >> 14;  // [1, 2) of 2^16
    const int32_t over_one = clamp(static_cast<int32_t>(normal) - 98304, -32768, 32767);
    const int32_t reciprocal = interpolate(reciprocals, static_cast<int16_t>(over_one));
    const int32_t shift = 31 - headroom;
    for (int32_t i = 0; i < p.depth; ++i) {
      const int64_t product = static_cast<int64_t>(output[i]) * reciprocal + (int64_t{1} << (shift - 1));
      output[i] = static_cast<int16_t>(clamp(static_cast<int32_t>(product >> shift), 0, 32767));
    }
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
