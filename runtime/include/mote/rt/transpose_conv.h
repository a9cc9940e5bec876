#pragma once

#include "mote/rt/conv2d.h"

namespace mote {
namespace rt {
inline namespace v1 {

// output[b][y][x][o] = finish(bias[o] + sum over taps i, j, channels c and the inputs v, u whose tap falls there of
//     input[b][v][u][c] * weights[o][i][j][c]),  y = v * rows.stride - rows.padding + i,  x likewise
// Each output gathers what the inputs spread, so that no buffer of sums is needed. filter_channels == input_channels.

constexpr void transpose_conv_f32(const Conv2dF32& p, const float* input, const float* weights, const float* bias,
                                  float* output) noexcept {
  convolve<Spreading>(p.shape, FloatSum{bias, p.low, p.high}, 0, input, weights, output);
}
/// `bias` int32[output_channels] is the layer's own: most taps of an output read no input, so nothing is folded.
constexpr void transpose_conv_s8(const Conv2dInteger& p, const int8_t* input, const int8_t* weights,
                                 const int32_t* bias, const int32_t* factors, int8_t* output) noexcept {
  convolve<Spreading>(p.shape, OffsetInt8Sum<WeightsS8>{bias, factors, p.end, {p.input_zero_point}}, 0, input, weights,
                      output);
}
constexpr void transpose_conv_s16(const Conv2dInteger& p, const int16_t* input, const int8_t* weights,
                                  const int64_t* bias, const int32_t* factors, int16_t* output) noexcept {
  convolve<Spreading>(p.shape, Int16Sum64{bias, factors, p.end}, 0, input, weights, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
