#pragma once

#include "mote/rt/dot_s8.h"
#include "mote/rt/requantize.h"
#include "mote/rt/window.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// output[b][y][x][o] = requantize(bias[o] + sum over taps i, j and channels c of
///     input[b][rows(y, i)][columns(x, j)][c] * weights[o][i][j][c])
/// where an input in the padding counts as input_zero_point (rule W1).
struct Conv2dS8 {
  int32_t batches;
  WindowAxis rows;
  WindowAxis columns;
  int32_t input_channels;
  int32_t output_channels;
  int32_t input_zero_point;   ///< in [-128, 127]
  int32_t requantize_stride;  ///< 2: one (multiplier, shift) pair a channel; 0: one pair for all
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("rows", self.rows);
    visit("columns", self.columns);
    visit("input_channels", self.input_channels);
    visit("output_channels", self.output_channels);
    visit("input_zero_point", self.input_zero_point);
    visit("requantize_stride", self.requantize_stride);
    visit("stage", self.stage);
  }
};

/// The sum of one filter's weights at the taps that fall into the padding.
constexpr int32_t absent_weights_s8(const Conv2dS8& p, const Taps& rows, const Taps& columns,
                                    const int8_t* filter) noexcept {
  int32_t sum = 0;
  for (int32_t i = 0; i < p.rows.kernel; ++i)
    for (int32_t j = 0; j < p.columns.kernel; ++j, filter += p.input_channels) {
      if (i >= rows.first && i < rows.last && j >= columns.first && j < columns.last) continue;
      for (int32_t c = 0; c < p.input_channels; ++c) sum += load(filter + c);
    }
  return sum;
}

/// All output channels of one position; `input` is the batch's first element.
constexpr void conv2d_position_s8(const Conv2dS8& p, const Taps& rows, const Taps& columns, const int8_t* input,
                                  const int8_t* weights, const int32_t* bias, const int32_t* factors,
                                  int8_t* output) noexcept {
  const int32_t present = columns.last - columns.first;
  const bool whole = present == p.columns.kernel && rows.last - rows.first == p.rows.kernel;
  // Neighbouring taps read neighbouring memory unless they are dilated.
  const int32_t runs = p.columns.dilation == 1 ? 1 : present;
  const int32_t run = p.columns.dilation == 1 ? present * p.input_channels : p.input_channels;
  const int32_t tap_step = p.columns.dilation * p.input_channels;
  const int32_t row_step = p.rows.dilation * p.columns.input * p.input_channels;
  const int32_t filter_row = p.columns.kernel * p.input_channels;
  const int32_t first_input = ((rows.start + rows.first * p.rows.dilation) * p.columns.input + columns.start +
                               columns.first * p.columns.dilation) *
                              p.input_channels;
  const int32_t first_weight = (rows.first * p.columns.kernel + columns.first) * p.input_channels;
  for (int32_t o = 0; o < p.output_channels; ++o) {
    int32_t sum = load(bias + o);
    int32_t from = first_input;
    int32_t weight = first_weight;
    for (int32_t i = rows.first; i < rows.last; ++i, from += row_step, weight += filter_row)
      for (int32_t r = 0; r < runs; ++r)
        sum = dot_s8(sum, input + from + r * tap_step, weights + weight + r * run, run);
    if (!whole) sum += p.input_zero_point * absent_weights_s8(p, rows, columns, weights);
    *output++ = requantize(sum, load(factors), load(factors + 1), p.stage);
    weights += p.rows.kernel * filter_row;
    factors += p.requantize_stride;
  }
}

/// The input's zero point is already inside `bias` (int32[output_channels]): bias - zero_point * sum of the filter.
/// `input` int8[batches][rows.input][columns.input][input_channels],
/// `weights` int8[output_channels][rows.kernel][columns.kernel][input_channels], `factors` pairs of multiplier and
/// shift.
constexpr void conv2d_s8(const Conv2dS8& p, const int8_t* input, const int8_t* weights, const int32_t* bias,
                         const int32_t* factors, int8_t* output) noexcept {
  for (int32_t batch = 0; batch < p.batches; ++batch) {
    for (int32_t y = 0; y < p.rows.output; ++y) {
      const Taps rows = taps_of(p.rows, y);
      for (int32_t x = 0; x < p.columns.output; ++x) {
        conv2d_position_s8(p, rows, taps_of(p.columns, x), input, weights, bias, factors, output);
        output += p.output_channels;
      }
    }
    input += p.rows.input * p.columns.input * p.input_channels;
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
