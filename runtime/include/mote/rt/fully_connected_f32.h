#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// output[batch][o] = clamp(bias[o] + sum over d of input[batch][d] * weights[o][d], low, high)
struct FullyConnectedF32 {
  int32_t batches;
  int32_t depth;
  int32_t outputs;
  float low, high;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("depth", self.depth);
    visit("outputs", self.outputs);
    visit("low", self.low);
    visit("high", self.high);
  }
};

/// `weights` float[outputs][depth], `bias` float[outputs].
constexpr void fully_connected_f32(const FullyConnectedF32& p, const float* input, const float* weights,
                                   const float* bias, float* output) noexcept {
  for (int32_t batch = 0; batch < p.batches; ++batch, input += p.depth) {
    const float* row = weights;
    for (int32_t o = 0; o < p.outputs; ++o, row += p.depth) {
      float sum = load(bias + o);
      for (int32_t d = 0; d < p.depth; ++d) sum += input[d] * load(row + d);
      *output++ = sum < p.low ? p.low : sum > p.high ? p.high : sum;
    }
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
