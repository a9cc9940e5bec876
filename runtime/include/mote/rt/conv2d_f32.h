#pragma once

#include "mote/rt/window.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// output[b][y][x][o] = clamp(bias[o] + sum over taps i, j and channels c of
///     input[b][rows(y, i)][columns(x, j)][c] * weights[o][i][j][c], low, high)
/// where an input in the padding counts as 0.
struct Conv2dF32 {
  int32_t batches;
  WindowAxis rows;
  WindowAxis columns;
  int32_t input_channels;
  int32_t output_channels;
  float low, high;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("rows", self.rows);
    visit("columns", self.columns);
    visit("input_channels", self.input_channels);
    visit("output_channels", self.output_channels);
    visit("low", self.low);
    visit("high", self.high);
  }
};

/// All output channels of one position; `input` is the batch's first element.
constexpr void conv2d_position_f32(const Conv2dF32& p, const Taps& rows, const Taps& columns, const float* input,
                                   const float* weights, const float* bias, float* output) noexcept {
  for (int32_t o = 0; o < p.output_channels; ++o) {
    float sum = load(bias + o);
    for (int32_t i = rows.first; i < rows.last; ++i)
      for (int32_t j = columns.first; j < columns.last; ++j) {
        const int32_t row = rows.start + i * p.rows.dilation;
        const int32_t column = columns.start + j * p.columns.dilation;
        const float* from = input + (row * p.columns.input + column) * p.input_channels;
        const float* filter = weights + (i * p.columns.kernel + j) * p.input_channels;
        for (int32_t c = 0; c < p.input_channels; ++c) sum += from[c] * load(filter + c);
      }
    *output++ = sum < p.low ? p.low : sum > p.high ? p.high : sum;
    weights += p.rows.kernel * p.columns.kernel * p.input_channels;
  }
}

/// `input` float[batches][rows.input][columns.input][input_channels],
/// `weights` float[output_channels][rows.kernel][columns.kernel][input_channels], `bias` float[output_channels].
constexpr void conv2d_f32(const Conv2dF32& p, const float* input, const float* weights, const float* bias,
                          float* output) noexcept {
  for (int32_t batch = 0; batch < p.batches; ++batch) {
    for (int32_t y = 0; y < p.rows.output; ++y) {
      const Taps rows = taps_of(p.rows, y);
      for (int32_t x = 0; x < p.columns.output; ++x) {
        conv2d_position_f32(p, rows, taps_of(p.columns, x), input, weights, bias, output);
        output += p.output_channels;
      }
    }
    input += p.rows.input * p.columns.input * p.input_channels;
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
