#pragma once

#include "mote/rt/elementary_f32.h"
#include "mote/rt/fixed_point.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// output = input - largest - ln(sum of exp(input - largest)), by rows of `depth`.
struct LogSoftmaxF32 {
  int32_t rows;
  int32_t depth;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("rows", self.rows);
    visit("depth", self.depth);
  }
};

/// `output` may be `input`.
inline void log_softmax_f32(const LogSoftmaxF32& p, const float* input, float* output) noexcept {
  for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
    float largest = input[0];
    for (int32_t i = 1; i < p.depth; ++i) largest = input[i] > largest ? input[i] : largest;
    float sum = 0;
    for (int32_t i = 0; i < p.depth; ++i) sum += exponential(input[i] - largest);
    const float logarithm = natural_logarithm(sum);
    for (int32_t i = 0; i < p.depth; ++i) output[i] = input[i] - largest - logarithm;
  }
}

/// Rule N7: log softmax with scale 1/16 and zero point 127, by rows of `depth`.
struct LogSoftmaxS8 {
  int32_t rows;
  int32_t depth;
  int32_t table_size;  ///< in [1, 256]: differences to the maximum of this much or more add nothing to the sum
  int32_t most;        ///< differences above this give -128 in any case
  Multiplier factor;   ///< input scale * 2^26: a difference with 5 integer bits
  Multiplier inverse;  ///< and back

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("rows", self.rows);
    visit("depth", self.depth);
    visit("table_size", self.table_size);
    visit("most", self.most);
    visit("factor", self.factor);
    visit("inverse", self.inverse);
  }
};

/// `exponentials` int32[table_size], from softmax_table_entry. The sum is kept with 12 integer bits. `output` may be
/// `input`.
constexpr void log_softmax_s8(const LogSoftmaxS8& p, const int8_t* input, const int32_t* exponentials,
                              int8_t* output) noexcept {
  for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
    int32_t largest = -128;
    for (int32_t i = 0; i < p.depth; ++i) largest = input[i] > largest ? input[i] : largest;
    int32_t sum = 0;
    for (int32_t i = 0; i < p.depth; ++i) {
      const int32_t difference = largest - input[i];
      if (difference < p.table_size) sum += rounding_divide_by_power_of_two(load(exponentials + difference), 12);
    }
    const int32_t logarithm = logarithm_fixed(sum);
    const int32_t representable = -multiply(INT32_MIN + logarithm, p.inverse);
    const int32_t limit = representable < p.most ? representable : p.most;
    for (int32_t i = 0; i < p.depth; ++i) {
      const int32_t difference = largest - input[i];
      int32_t value = -128;
      if (difference < limit)
        value = 127 + rounding_divide_by_power_of_two(multiply(-difference, p.factor) - logarithm, 22);
      output[i] = static_cast<int8_t>(clamp(value, -128, 127));
    }
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
