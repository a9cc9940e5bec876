#pragma once

#include "mote/rt/weighted_sum.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Input [batches][depth], weights [outputs][depth], output [batches][outputs].
struct MatrixShape {
  int32_t batches;
  int32_t depth;
  int32_t outputs;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("depth", self.depth);
    visit("outputs", self.outputs);
  }
};
using FullyConnectedF32 = WeightedF32<MatrixShape>;
using FullyConnectedInteger = WeightedInteger<MatrixShape>;

// output[batch][o] = finish(bias[o] + sum over d of input[batch][d] * weights[o][d])  (rule C1)

template <class Arithmetic>
constexpr void multiply_rows(const MatrixShape& p, const Arithmetic& arithmetic,
                             const typename Arithmetic::Input* input,
                             const typename Arithmetic::Weights::Stored* weights,
                             typename Arithmetic::Output* output) noexcept {
  using Weights = typename Arithmetic::Weights;
  for (int32_t batch = 0; batch < p.batches; ++batch, input += p.depth)
    for (int32_t o = 0, row = 0; o < p.outputs; ++o, row += p.depth)
      *output++ =
          arithmetic.finish(Weights::dot(arithmetic.start(o), input, arithmetic.view(), weights, row, p.depth), o);
}

constexpr void fully_connected_f32(const FullyConnectedF32& p, const float* input, const float* weights,
                                   const float* bias, float* output) noexcept {
  multiply_rows(p.shape, FloatSum{bias, p.low, p.high}, input, weights, output);
}
/// The input's zero point is already inside `bias`, int32[outputs].
constexpr void fully_connected_s8(const FullyConnectedInteger& p, const int8_t* input, const int8_t* weights,
                                  const int32_t* bias, const int32_t* factors, int8_t* output) noexcept {
  multiply_rows(p.shape, FoldedInt8Sum<WeightsS8>{bias, factors, p.end, {}}, input, weights, output);
}
/// As fully_connected_s8, with int4 weights.
constexpr void fully_connected_s8_s4(const FullyConnectedInteger& p, const int8_t* input, const uint8_t* weights,
                                     const int32_t* bias, const int32_t* factors, int8_t* output) noexcept {
  multiply_rows(p.shape, FoldedInt8Sum<WeightsS4>{bias, factors, p.end, {}}, input, weights, output);
}
constexpr void fully_connected_s16(const FullyConnectedInteger& p, const int16_t* input, const int8_t* weights,
                                   const int64_t* bias, const int32_t* factors, int16_t* output) noexcept {
  multiply_rows(p.shape, Int16Sum64{bias, factors, p.end}, input, weights, output);
}

constexpr void fully_connected_s16_b32(const FullyConnectedInteger& p, const int16_t* input, const int8_t* weights,
                                       const int32_t* bias, const int32_t* factors, int16_t* output) noexcept {
  multiply_rows(p.shape, Int16Sum32{bias, factors, p.end}, input, weights, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
