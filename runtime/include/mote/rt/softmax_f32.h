#pragma once

#include "mote/rt/math_f32.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// output = exp(beta * input) / sum of exp(beta * input), by rows of `depth`.
struct SoftmaxF32 {
  int32_t rows;
  int32_t depth;
  float beta;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("rows", self.rows);
    visit("depth", self.depth);
    visit("beta", self.beta);
  }
};

/// `output` may be `input`.
inline void softmax_f32(const SoftmaxF32& p, const float* input, float* output) noexcept {
  for (int32_t row = 0; row < p.rows; ++row, input += p.depth, output += p.depth) {
    float largest = input[0];
    for (int32_t i = 1; i < p.depth; ++i) largest = input[i] > largest ? input[i] : largest;
    float sum = 0;
    for (int32_t i = 0; i < p.depth; ++i) {
      output[i] = exponential((input[i] - largest) * p.beta);
      sum += output[i];
    }
    for (int32_t i = 0; i < p.depth; ++i) output[i] /= sum;
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
