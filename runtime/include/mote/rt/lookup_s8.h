#pragma once

#include "mote/rt/fixed_point.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// output = table[input]: any function of one int8.
struct LookupS8 {
  int32_t count;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
  }
};

/// `table` int8[256], entry i for the input i - 128. `output` may be `input`.
constexpr void lookup_s8(const LookupS8& p, const int8_t* input, const int8_t* table, int8_t* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = load(table + (input[i] + 128));
}

/// Rule L1: 1 / (1 + exp(-x)) for x with 4 integer bits, 0 integer bits out.
constexpr int32_t logistic_fixed(int32_t x) noexcept {
  if (x == 0) return int32_t{1} << 30;
  const int32_t of_magnitude = one_over_one_plus(exp_on_negative(x > 0 ? -x : x, 4));
  return x > 0 ? of_magnitude : INT32_MAX - of_magnitude;
}

/// Rule T1: tanh(x) for x with 4 integer bits, 0 integer bits out. exp(-2x) is read as x with 5 integer bits.
constexpr int32_t tanh_fixed(int32_t x) noexcept {
  if (x == 0) return 0;
  const int32_t of_magnitude = one_minus_over_one_plus(exp_on_negative(x > 0 ? -x : x, 5));
  return x > 0 ? of_magnitude : -of_magnitude;
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
