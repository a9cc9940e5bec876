#pragma once

#include "mote/rt/dot_s8.h"
#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// output[batch][o] = requantize(bias[o] + sum over d of input[batch][d] * weights[o][d])
struct FullyConnectedS8 {
  int32_t batches;
  int32_t depth;
  int32_t outputs;
  int32_t factor_stride;  ///< 2: one (multiplier, shift) pair an output; 0: one pair for all
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("depth", self.depth);
    visit("outputs", self.outputs);
    visit("factor_stride", self.factor_stride);
    visit("stage", self.stage);
  }
};

/// The input's zero point is already inside `bias` (int32[outputs]): bias - zero_point * sum of the row's weights.
/// `weights` int8[outputs][depth]; `factors` pairs of multiplier and shift.
constexpr void fully_connected_s8(const FullyConnectedS8& p, const int8_t* input, const int8_t* weights,
                                  const int32_t* bias, const int32_t* factors, int8_t* output) noexcept {
  const OutputStage stage = p.stage;
  for (int32_t batch = 0; batch < p.batches; ++batch, input += p.depth) {
    const int8_t* row = weights;
    const int32_t* factor = factors;
    for (const int32_t *b = bias, *end = bias + p.outputs; b != end; ++b, row += p.depth, factor += p.factor_stride)
      *output++ = requantize(dot_s8(load(b), input, row, p.depth), load(factor), load(factor + 1), stage);
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
