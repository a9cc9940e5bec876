/// Convolutions in the least code: one walk for all dense layers, whatever their windows and strides, and one for all
/// depthwise ones. A fully connected layer is a convolution of images that are one pixel.
///
/// The stream holds for each four output channels, in int32:
///   their biases; in dense layers the odd channels' are 256 times that plus the even neighbour's
///   the weights   dense      for each four inputs of the window a word of channels 0 and 1 and one of 2 and 3 for
///                            inputs 0 and 1, then for 2 and 3, as halfwords 256 * odd + even; if the channels of the
///                            input come in fours, 0 and 2, 1 and 3
///                 depthwise  for each tap, column by column, a byte of each channel
///   a multiplier and a shift of each channel: rule Q4, the shift to the right and less by one
#pragma once

#include "mote/rt/arch/armv7em_compact.h"
#include "mote/rt/dense_panel.h"
#include "mote/rt/requantize.h"
#include "mote/rt/window.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// WindowAxis in 8 bytes.
struct CompactAxis {
  uint16_t input, output;
  uint8_t kernel, stride, dilation, padding;

  constexpr operator WindowAxis() const noexcept { return {input, output, kernel, stride, dilation, padding}; }
  constexpr CompactAxis& operator=(const WindowAxis& axis) noexcept {
    input = static_cast<uint16_t>(axis.input);
    output = static_cast<uint16_t>(axis.output);
    kernel = static_cast<uint8_t>(axis.kernel);
    stride = static_cast<uint8_t>(axis.stride);
    dilation = static_cast<uint8_t>(axis.dilation);
    padding = static_cast<uint8_t>(axis.padding);
    return *this;
  }

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("input", self.input);
    visit("output", self.output);
    visit("kernel", self.kernel);
    visit("stride", self.stride);
    visit("dilation", self.dilation);
    visit("padding", self.padding);
  }
};

struct CompactShape {
  uint16_t batches;
  CompactAxis rows, columns;
  uint16_t input_channels, output_channels;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("rows", self.rows);
    visit("columns", self.columns);
    visit("input_channels", self.input_channels);
    visit("output_channels", self.output_channels);
  }
};

struct Compact {
  CompactShape shape;
  int16_t rounding;   ///< twice the output's zero point + 1
  int8_t zero_point;  ///< the input that the padding stands for

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("shape", self.shape);
    visit("rounding", self.rounding);
    visit("zero_point", self.zero_point);
  }
};

namespace portable {

/// A sum to its byte.
constexpr int8_t compact_finish(int32_t sum, const int32_t* end, int32_t rounding) noexcept {
  const int32_t steps = multiply(sum, load(end), -1 - load(end + 1)) + (rounding - 1) / 2;
  return static_cast<int8_t>(clamp(steps, -128, 127));
}

/// All channels of a pixel, from its column.
inline void compact_dense(int8_t* output, const int32_t* stream, const int16_t* column, const int16_t* column_end,
                          int32_t rounding, const int8_t* output_end) noexcept {
  while (output != output_end) {
    PairSum pairs[2] = {};
    for (PairSum& pair : pairs) {
      pair = {static_cast<uint32_t>(load(stream)), static_cast<uint32_t>(load(stream + 1))};
      stream += 2;
    }
    for (const int16_t* x = column; x != column_end; x += 2)
      for (PairSum& pair : pairs)
        pair.add(static_cast<uint32_t>(load(stream++)),
                 static_cast<uint16_t>(x[0]) | static_cast<uint32_t>(static_cast<uint16_t>(x[1])) << 16);
    for (int32_t c = 0; c < 4; ++c, stream += 2) {
      const PairSum& pair = pairs[c / 2];
      const int32_t sum = static_cast<int32_t>(c % 2 == 0 ? pair.even : pair.raw - pair.even);
      if (output != output_end) *output++ = compact_finish(c % 2 == 0 ? sum : sum >> 8, stream, rounding);
    }
  }
}

/// Four channels of a line of outputs, from the first window; `step` words from one to the next, `gap` bytes between
/// the outputs.
inline void compact_depthwise(int8_t* output, const int32_t* stream, const uint32_t* window, const uint32_t* window_end,
                              int32_t rounding, const int8_t* output_end, int32_t step, int32_t gap) noexcept {
  const int32_t taps = static_cast<int32_t>(window_end - window);
  const int32_t* const weights = stream + 4;
  for (; output != output_end; window += step, output += gap)
    for (int32_t c = 0; c < 4; ++c) {
      int32_t sum = load(stream + c);
      for (int32_t t = 0; t < taps; ++t)
        sum += reinterpret_cast<const int8_t*>(window + t)[c] * static_cast<int8_t>(load(weights + t) >> (8 * c));
      *output++ = compact_finish(sum, weights + taps + 2 * c, rounding);
    }
}

/// The channels of a tap into a window, four by four in the order 0, 2, 1, 3 if they come in fours; or `present` is 0,
/// and all of them are the one byte, or four, at `from`.
inline int16_t* compact_widen(int16_t* to, const int8_t* from, int32_t channels, int32_t present) noexcept {
  if (channels % 4 == 0)
    for (; channels > 0; channels -= 4, from += 4 * present, to += 4) {
      to[0] = from[0];
      to[1] = from[2];
      to[2] = from[1];
      to[3] = from[3];
    }
  for (; channels > 0; --channels, from += present) *to++ = *from;
  return to;
}

}  // namespace portable

#if defined(MOTE_RT_ARMV7EM_COMPACT)
using armv7em::compact_dense;
using armv7em::compact_depthwise;
using armv7em::compact_widen;
#else
using portable::compact_dense;
using portable::compact_depthwise;
using portable::compact_widen;
#endif

/// conv2d_s8 without groups, fully_connected_s8. The inputs of a pixel are read before its outputs are written.
/// Scratch: 8 bytes for each four inputs of a window.
inline void conv2d_compact(const Compact& p, const int8_t* input, const int32_t* stream, int32_t* scratch,
                           int8_t* output) noexcept {
  const CompactAxis &rows = p.shape.rows, &columns = p.shape.columns;
  const int32_t channels = p.shape.input_channels;
  int16_t* const window = reinterpret_cast<int16_t*>(scratch);
  const int16_t* const window_end = window + (rows.kernel * columns.kernel * channels + 3) / 4 * 4;
  const uint32_t absent = static_cast<uint8_t>(p.zero_point) * 0x01010101u;
  for (int32_t batch = 0; batch < p.shape.batches; ++batch, input += rows.input * columns.input * channels)
    for (int32_t y = 0; y < rows.output; ++y)
      for (int32_t x = 0; x < columns.output; ++x) {
        int16_t* to = window;
        for (int32_t i = 0; i < rows.kernel; ++i)
          for (int32_t j = 0; j < columns.kernel; ++j) {
            const int32_t row = y * rows.stride - rows.padding + i * rows.dilation;
            const int32_t column = x * columns.stride - columns.padding + j * columns.dilation;
            const bool present =
                static_cast<uint32_t>(row) < rows.input && static_cast<uint32_t>(column) < columns.input;
            const int8_t* const from =
                present ? input + (row * columns.input + column) * channels : reinterpret_cast<const int8_t*>(&absent);
            to = compact_widen(to, from, channels, present);
          }
        int8_t* const output_end = output + p.shape.output_channels;
        compact_dense(output, stream, window, window_end, p.rounding, output_end);
        output = output_end;
      }
}

/// Words that depthwise_compact keeps of four channels: three rows, with the padding on both sides. They lie side by
/// side, so that a window lies together.
constexpr int32_t compact_rows_words(const CompactShape& p) noexcept {
  return 3 * ((p.columns.output - 1) * p.columns.stride + p.columns.kernel);
}

/// depthwise_conv2d_s8 of one image with windows of three rows, one output a channel, channels in fours and a dilation
/// of 1. Four channels after four, each row of inputs is read once, before the first row of outputs that needs it is
/// written. Scratch: compact_rows_words.
inline void depthwise_compact(const Compact& p, const int8_t* input, const int32_t* stream, int32_t* scratch,
                              int8_t* output) noexcept {
  const CompactAxis &rows = p.shape.rows, &columns = p.shape.columns;
  const int32_t channels = p.shape.input_channels;
  uint32_t* const words = reinterpret_cast<uint32_t*>(scratch);
  const uint32_t* const words_end = words + compact_rows_words(p.shape);
  uint32_t* const first = words + 3 * columns.padding;
  const uint32_t* end = first + 3 * columns.input;
  if (end > words_end) end = words_end;
  const uint32_t absent = static_cast<uint8_t>(p.zero_point) * 0x01010101u;
  for (uint32_t* word = words; word != words_end;) *word++ = absent;
  for (int32_t c = channels; c > 0; c -= 4, input += 4, output += 4, stream += 3 * columns.kernel + 12) {
    int8_t* to = output;
    int32_t row = -rows.padding;
    for (int32_t y = 0; y < rows.output; ++y) {
      for (; row < y * rows.stride - rows.padding + 3; ++row) {
        const bool present = static_cast<uint32_t>(row) < rows.input;
        const int8_t* from =
            present ? input + row * columns.input * channels : reinterpret_cast<const int8_t*>(&absent);
        for (uint32_t* word = first; word != end; word += 3, from += present ? channels : 0) {
          word[0] = word[1];
          word[1] = word[2];
          __builtin_memcpy(word + 2, from, 4);
        }
      }
      int8_t* const line_end = to + columns.output * channels;
      compact_depthwise(to, stream, words, words + 3 * columns.kernel, p.rounding, line_end, 3 * columns.stride,
                        channels - 4);
      to = line_end;
    }
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
