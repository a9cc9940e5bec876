#pragma once

#include "mote/rt/requantize.h"
#include "mote/rt/window.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// output[b][y][x][c * multiplier + m] = requantize(bias[..] + sum over taps i, j of
///     input[b][rows(y, i)][columns(x, j)][c] * weights[i][j][c * multiplier + m])
/// where an input in the padding counts as input_zero_point (rule W1).
struct DepthwiseConv2dS8 {
  int32_t batches;
  WindowAxis rows;
  WindowAxis columns;
  int32_t input_channels;
  int32_t multiplier;        ///< outputs of each input channel
  int32_t input_zero_point;  ///< in [-128, 127]
  int32_t factor_stride;     ///< 2: one (multiplier, shift) pair a channel; 0: one pair for all
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("rows", self.rows);
    visit("columns", self.columns);
    visit("input_channels", self.input_channels);
    visit("multiplier", self.multiplier);
    visit("input_zero_point", self.input_zero_point);
    visit("factor_stride", self.factor_stride);
    visit("stage", self.stage);
  }
};

/// The zero point enters through (input - zero point): only taps that exist are visited, so `bias` is the layer's own,
/// int32[channels]. `input` int8[batches][rows.input][columns.input][input_channels],
/// `weights` int8[rows.kernel][columns.kernel][channels], `factors` pairs of multiplier and shift.
constexpr void depthwise_conv2d_s8(const DepthwiseConv2dS8& p, const int8_t* input, const int8_t* weights,
                                   const int32_t* bias, const int32_t* factors, int8_t* output) noexcept {
  const OutputStage stage = p.stage;
  const int32_t channels = p.input_channels * p.multiplier;
  for (int32_t batch = 0; batch < p.batches; ++batch) {
    for (int32_t y = 0; y < p.rows.output; ++y) {
      const Taps rows = taps_of(p.rows, y);
      for (int32_t x = 0; x < p.columns.output; ++x) {
        const Taps columns = taps_of(p.columns, x);
        const int32_t* factor = factors;
        for (int32_t o = 0; o < channels; ++o, factor += p.factor_stride) {
          const int32_t c = p.multiplier == 1 ? o : o / p.multiplier;
          int32_t sum = load(bias + o);
          for (int32_t i = rows.first; i < rows.last; ++i) {
            const int32_t row = rows.start + i * p.rows.dilation;
            const int8_t* from =
                input +
                (row * p.columns.input + columns.start + columns.first * p.columns.dilation) * p.input_channels + c;
            const int8_t* weight = weights + (i * p.columns.kernel + columns.first) * channels + o;
            for (int32_t j = columns.first; j < columns.last; ++j) {
              sum += (*from - p.input_zero_point) * static_cast<int32_t>(load(weight));
              from += p.columns.dilation * p.input_channels;
              weight += channels;
            }
          }
          *output++ = requantize(sum, load(factor), load(factor + 1), stage);
        }
      }
    }
    input += p.rows.input * p.columns.input * p.input_channels;
  }
}

/// As DepthwiseConv2dS8 in float32; inputs in the padding count as 0.
struct DepthwiseConv2dF32 {
  int32_t batches;
  WindowAxis rows;
  WindowAxis columns;
  int32_t input_channels;
  int32_t multiplier;
  float low, high;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("rows", self.rows);
    visit("columns", self.columns);
    visit("input_channels", self.input_channels);
    visit("multiplier", self.multiplier);
    visit("low", self.low);
    visit("high", self.high);
  }
};

constexpr void depthwise_conv2d_f32(const DepthwiseConv2dF32& p, const float* input, const float* weights,
                                    const float* bias, float* output) noexcept {
  const int32_t channels = p.input_channels * p.multiplier;
  for (int32_t batch = 0; batch < p.batches; ++batch) {
    for (int32_t y = 0; y < p.rows.output; ++y) {
      const Taps rows = taps_of(p.rows, y);
      for (int32_t x = 0; x < p.columns.output; ++x) {
        const Taps columns = taps_of(p.columns, x);
        for (int32_t o = 0; o < channels; ++o) {
          float sum = load(bias + o);
          for (int32_t i = rows.first; i < rows.last; ++i)
            for (int32_t j = columns.first; j < columns.last; ++j) {
              const int32_t row = rows.start + i * p.rows.dilation;
              const int32_t column = columns.start + j * p.columns.dilation;
              sum += input[(row * p.columns.input + column) * p.input_channels + o / p.multiplier] *
                     load(weights + (i * p.columns.kernel + j) * channels + o);
            }
          *output++ = sum < p.low ? p.low : sum > p.high ? p.high : sum;
        }
      }
    }
    input += p.rows.input * p.columns.input * p.input_channels;
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
