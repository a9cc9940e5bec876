#pragma once

#include "mote/rt/weighted_sum.h"
#include "mote/rt/window.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Input [batches][rows.input][columns.input][input_channels], weights [rows.kernel][columns.kernel][channels], output
/// [batches][rows.output][columns.output][channels], with channels = input_channels * multiplier.
struct DepthwiseShape {
  int32_t batches;
  WindowAxis rows;
  WindowAxis columns;
  int32_t input_channels;
  int32_t multiplier;  ///< outputs of each input channel

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("rows", self.rows);
    visit("columns", self.columns);
    visit("input_channels", self.input_channels);
    visit("multiplier", self.multiplier);
  }
};

/// Visits only taps that exist, so the padding needs no correction.
template <class Arithmetic>
constexpr void convolve_channels(const DepthwiseShape& p, const Arithmetic& arithmetic,
                                 const typename Arithmetic::Input* input,
                                 const typename Arithmetic::Weights::Stored* weights,
                                 typename Arithmetic::Output* output) noexcept {
  using Sum = typename Arithmetic::Sum;
  const int32_t channels = p.input_channels * p.multiplier;
  for (int32_t batch = 0; batch < p.batches; ++batch) {
    for (int32_t y = 0; y < p.rows.output; ++y) {
      const Walk rows = Sliding::walk(p.rows, y);
      for (int32_t x = 0; x < p.columns.output; ++x) {
        const Walk columns = Sliding::walk(p.columns, x);
        for (int32_t o = 0; o < channels; ++o) {
          Sum sum = arithmetic.start(o);
          const int32_t channel = p.multiplier == 1 ? o : o / p.multiplier;
          for (int32_t i = 0; i < rows.count; ++i) {
            const int32_t row = rows.input + i * rows.input_step;
            int32_t from = (row * p.columns.input + columns.input) * p.input_channels + channel;
            int32_t weight = ((rows.tap + i) * p.columns.kernel + columns.tap) * channels + o;
            for (int32_t j = 0; j < columns.count; ++j) {
              sum += static_cast<Sum>(arithmetic.view()(input[from]) * Arithmetic::Weights::at(weights, weight));
              from += columns.input_step * p.input_channels;
              weight += channels;
            }
          }
          *output++ = arithmetic.finish(sum, o);
        }
      }
    }
    input += p.rows.input * p.columns.input * p.input_channels;
  }
}

using DepthwiseConv2dF32 = WeightedF32<DepthwiseShape>;
using DepthwiseConv2dInteger = WeightedInteger<DepthwiseShape>;

// output[b][y][x][c * multiplier + m] = finish(bias[..] + sum over taps i, j of
//     input[b][rows(y, i)][columns(x, j)][c] * weights[i][j][c * multiplier + m])
// where an input in the padding counts as 0, in integers as input_zero_point (rules W1, C2).

constexpr void depthwise_conv2d_f32(const DepthwiseConv2dF32& p, const float* input, const float* weights,
                                    const float* bias, float* output) noexcept {
  convolve_channels(p.shape, FloatSum{bias, p.low, p.high}, input, weights, output);
}
/// The zero point is taken off each input, so `bias` is the layer's own, int32[channels].
constexpr void depthwise_conv2d_s8(const DepthwiseConv2dInteger& p, const int8_t* input, const int8_t* weights,
                                   const int32_t* bias, const int32_t* factors, int8_t* output) noexcept {
  convolve_channels(p.shape, OffsetInt8Sum<WeightsS8>{bias, factors, p.end, {p.input_zero_point}}, input, weights,
                    output);
}
/// As depthwise_conv2d_s8, with int4 weights.
constexpr void depthwise_conv2d_s8_s4(const DepthwiseConv2dInteger& p, const int8_t* input, const uint8_t* weights,
                                      const int32_t* bias, const int32_t* factors, int8_t* output) noexcept {
  convolve_channels(p.shape, OffsetInt8Sum<WeightsS4>{bias, factors, p.end, {p.input_zero_point}}, input, weights,
                    output);
}
constexpr void depthwise_conv2d_s16(const DepthwiseConv2dInteger& p, const int16_t* input, const int8_t* weights,
                                    const int64_t* bias, const int32_t* factors, int16_t* output) noexcept {
  convolve_channels(p.shape, Int16Sum64{bias, factors, p.end}, input, weights, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
