#pragma once

#include "mote/rt/gates_s16.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule I6: logistic and tanh of int16 from one table of the logistic function.
struct SigmoidS16 {
  int32_t count;
  int32_t multiplier;  ///< input scale * 3 * 4096 * 2^shift, below 2^15
  int32_t shift;       ///< in [0, 31)

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
    visit("multiplier", self.multiplier);
    visit("shift", self.shift);
  }
};

/// x in steps of 1 / 12288, rounded to nearest, ties up.
constexpr int32_t sigmoid_steps(const SigmoidS16& p, int16_t x) noexcept {
  const int32_t half = p.shift > 0 ? int32_t{1} << (p.shift - 1) : 0;
  return static_cast<int32_t>((static_cast<int64_t>(x) * p.multiplier + half) >> p.shift);
}

/// `output` may be `input`; its scale is 1/32768. `table` int16[256], see gates_s16.h.
constexpr void logistic_s16(const SigmoidS16& p, const int16_t* input, const int16_t* table, int16_t* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = gate_sigmoid(table, sigmoid_steps(p, input[i]));
}

/// As logistic_s16.
constexpr void tanh_s16(const SigmoidS16& p, const int16_t* input, const int16_t* table, int16_t* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = gate_tanh(table, sigmoid_steps(p, input[i]));
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
