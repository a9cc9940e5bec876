#pragma once

#include "mote/rt/weighted_sum.h"
#include "mote/rt/window.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Input [batches][rows.input][columns.input][input_channels], weights
/// [output_channels][rows.kernel][columns.kernel][filter_channels], output
/// [batches][rows.output][columns.output][output_channels].
struct ConvShape {
  int32_t batches;
  WindowAxis rows;
  WindowAxis columns;
  int32_t input_channels;
  int32_t filter_channels;  ///< divides input_channels: so many groups, each with an equal part of the outputs
  int32_t output_channels;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("rows", self.rows);
    visit("columns", self.columns);
    visit("input_channels", self.input_channels);
    visit("filter_channels", self.filter_channels);
    visit("output_channels", self.output_channels);
  }
};

/// The sum of one filter's weights, which begin at `first`, at the taps that fall into the padding of a sliding window.
template <class Sum, class Weights>
constexpr Sum absent_weights(const ConvShape& p, const Walk& rows, const Walk& columns,
                             const typename Weights::Stored* weights, int32_t first) noexcept {
  Sum sum = 0;
  for (int32_t i = 0; i < p.rows.kernel; ++i)
    for (int32_t j = 0; j < p.columns.kernel; ++j, first += p.filter_channels) {
      const bool present =
          i >= rows.tap && i < rows.tap + rows.count && j >= columns.tap && j < columns.tap + columns.count;
      for (int32_t c = 0; c < p.filter_channels && !present; ++c)
        sum += static_cast<Sum>(Weights::at(weights, first + c));
    }
  return sum;
}

/// All output channels of one position; `input` is the batch's first element. `padding` is the input that the padding
/// stands for.
template <class Arithmetic>
constexpr void conv2d_position(const ConvShape& p, const Arithmetic& arithmetic, const Walk& rows, const Walk& columns,
                               int32_t padding, const typename Arithmetic::Input* input,
                               const typename Arithmetic::Weights::Stored* weights,
                               typename Arithmetic::Output* output) noexcept {
  using Sum = typename Arithmetic::Sum;
  using Weights = typename Arithmetic::Weights;
  // Neighbouring taps of a row read neighbouring memory unless they are spread or the filter skips channels.
  const bool whole_row = columns.tap_step == 1 && columns.input_step == 1 && p.filter_channels == p.input_channels;
  const int32_t runs = whole_row ? 1 : columns.count;
  const int32_t run = whole_row ? columns.count * p.input_channels : p.filter_channels;
  const int32_t input_step = columns.input_step * p.input_channels;
  const int32_t weight_step = columns.tap_step * p.filter_channels;
  const int32_t input_row_step = rows.input_step * p.columns.input * p.input_channels;
  const int32_t weight_row_step = rows.tap_step * p.columns.kernel * p.filter_channels;
  const int32_t filter = p.rows.kernel * p.columns.kernel * p.filter_channels;
  const bool pads = padding != 0 && rows.count * columns.count != p.rows.kernel * p.columns.kernel;
  const int32_t group_outputs = p.output_channels / (p.input_channels / p.filter_channels);
  int32_t first_input = (rows.input * p.columns.input + columns.input) * p.input_channels;
  int32_t first_weight = (rows.tap * p.columns.kernel + columns.tap) * p.filter_channels;
  for (int32_t o = 0, in_group = 0; o < p.output_channels; ++o, first_weight += filter) {
    Sum sum = arithmetic.start(o);
    int32_t from = first_input;
    int32_t weight = first_weight;
    for (int32_t i = 0; i < rows.count; ++i, from += input_row_step, weight += weight_row_step)
      for (int32_t r = 0; r < runs; ++r)
        sum = Weights::dot(sum, input + (from + r * input_step), arithmetic.view(), weights, weight + r * weight_step,
                           run);
    if (pads) sum += static_cast<Sum>(padding) * absent_weights<Sum, Weights>(p, rows, columns, weights, o * filter);
    *output++ = arithmetic.finish(sum, o);
    if (++in_group == group_outputs) {
      in_group = 0;
      first_input += p.filter_channels;
    }
  }
}

/// `Direction` is Sliding for a convolution, Spreading for its adjoint.
template <class Direction, class Arithmetic>
constexpr void convolve(const ConvShape& p, const Arithmetic& arithmetic, int32_t padding,
                        const typename Arithmetic::Input* input, const typename Arithmetic::Weights::Stored* weights,
                        typename Arithmetic::Output* output) noexcept {
  for (int32_t batch = 0; batch < p.batches; ++batch) {
    for (int32_t y = 0; y < p.rows.output; ++y) {
      const Walk rows = Direction::walk(p.rows, y);
      for (int32_t x = 0; x < p.columns.output; ++x, output += p.output_channels)
        conv2d_position(p, arithmetic, rows, Direction::walk(p.columns, x), padding, input, weights, output);
    }
    input += p.rows.input * p.columns.input * p.input_channels;
  }
}

using Conv2dF32 = WeightedF32<ConvShape>;
using Conv2dInteger = WeightedInteger<ConvShape>;

// output[b][y][x][o] = finish(bias[o] + sum over taps i, j and channels c of the output's group of
//     input[b][rows(y, i)][columns(x, j)][c] * weights[o][i][j][c])
// where an input in the padding counts as 0, in integers as input_zero_point (rule W1).

constexpr void conv2d_f32(const Conv2dF32& p, const float* input, const float* weights, const float* bias,
                          float* output) noexcept {
  convolve<Sliding>(p.shape, FloatSum{bias, p.low, p.high}, 0, input, weights, output);
}
/// The input's zero point is already inside `bias`, int32[output_channels].
constexpr void conv2d_s8(const Conv2dInteger& p, const int8_t* input, const int8_t* weights, const int32_t* bias,
                         const int32_t* factors, int8_t* output) noexcept {
  convolve<Sliding>(p.shape, FoldedInt8Sum<WeightsS8>{bias, factors, p.end, {}}, p.input_zero_point, input, weights,
                    output);
}
/// As conv2d_s8, with int4 weights.
constexpr void conv2d_s8_s4(const Conv2dInteger& p, const int8_t* input, const uint8_t* weights, const int32_t* bias,
                            const int32_t* factors, int8_t* output) noexcept {
  convolve<Sliding>(p.shape, FoldedInt8Sum<WeightsS4>{bias, factors, p.end, {}}, p.input_zero_point, input, weights,
                    output);
}
constexpr void conv2d_s16(const Conv2dInteger& p, const int16_t* input, const int8_t* weights, const int64_t* bias,
                          const int32_t* factors, int16_t* output) noexcept {
  convolve<Sliding>(p.shape, Int16Sum64{bias, factors, p.end}, 0, input, weights, output);
}
constexpr void conv2d_s16_b32(const Conv2dInteger& p, const int16_t* input, const int8_t* weights, const int32_t* bias,
                              const int32_t* factors, int16_t* output) noexcept {
  convolve<Sliding>(p.shape, Int16Sum32{bias, factors, p.end}, 0, input, weights, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
