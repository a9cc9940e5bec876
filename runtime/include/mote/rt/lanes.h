/// Layers with weights for processors with wide vectors, int8: what is around the inner loops. `Core` holds those of an
/// instruction set (arch/avx512.h, arch/avx2.h):
///
///   Core::dense(DenseLine, windows, pixels, weights, output)        all channels of a line of windows
///   Core::row(MatrixShape, stage, input, weights, output)           the same of one row of inputs, to quads filled up
///   Core::depthwise(DepthwiseLine, lines, weights, output)          a line of outputs, each channel on its own
///
/// Inputs are taken as unsigned, that is with their highest bit turned, so the bias holds what 128 more an input adds.
/// Both read a few bytes behind the last window and multiply them by 0.
///
/// Dense weights: blocks of 16 channels, the last one filled up with zeros. A block is bias, multiplier, shift to the
/// right, and half of what that shifts out with the zero point in front, int32 each, of its channels, and then quads:
/// of each channel the weights of four inputs that lie side by side. A run is what lies together in memory, a row of
/// taps or, where taps are spread, one tap; each is filled up to quads.
///
/// Depthwise weights: blocks of 64 places of a line of outputs, where place x * channels + c is channel c of pixel x,
/// and as many blocks as it takes until they repeat. A block is again bias, multiplier, shift, half and quads, four
/// times 16 of each: number 16 * j + 4 * l + i belongs to place 16 * l + 4 * j + i, which is how vectors of bytes are
/// unpacked. A quad is a column of four rows of taps; quads of the first four rows come first, column by column.
#pragma once

#include "mote/rt/conv2d.h"
#include "mote/rt/depthwise_conv2d.h"
#include "mote/rt/fully_connected.h"

namespace mote {
namespace rt {
inline namespace v1 {
namespace lanes {

constexpr int32_t kBlock = 16;           ///< channels of a dense block
constexpr int32_t kPlaces = 64;          ///< of a depthwise block
constexpr int32_t kQuad = 4;             ///< inputs
constexpr int32_t kMostColumns = 64;     ///< of a depthwise window
constexpr int32_t kReadBehind = 64;      ///< bytes that loads may reach behind what they need
constexpr int32_t kFinishBytes = 4 * 4;  ///< bias, multiplier, shift and half of a channel

constexpr int32_t round_up(int32_t x, int32_t step) noexcept {
  return (x + step - 1) / step * step;
}

struct DenseLine {
  int32_t rows, row_step;  ///< of taps; bytes from one to the next, here and below
  int32_t runs, run_step;  ///< of a row
  int32_t quads;           ///< of a run
  int32_t pixel_step;      ///< from window to window
  int32_t channels;        ///< of the output
  const OutputStage& stage;

  constexpr int32_t block_bytes() const noexcept { return kBlock * (kFinishBytes + rows * runs * quads * kQuad); }
};

constexpr int32_t quads_of(int32_t inputs) noexcept {
  return (inputs + kQuad - 1) / kQuad;
}

struct DepthwiseLine {
  int32_t rows, row_step;  ///< of taps; bytes from one to the next
  int32_t columns;         ///< of taps
  const int32_t* offsets;  ///< of the columns, from the line
  int32_t places;          ///< of the line
  int32_t blocks;          ///< until weights repeat
  const OutputStage& stage;

  constexpr int32_t block_bytes() const noexcept { return kPlaces * (kFinishBytes + round_up(rows, kQuad) * columns); }
};

/// How far the windows of an axis reach, padding included.
constexpr int32_t reach(const WindowAxis& axis) noexcept {
  return (axis.output - 1) * axis.stride + (axis.kernel - 1) * axis.dilation + 1;
}

inline void copy(int8_t* to, const int8_t* from, int32_t count) noexcept {
  for (; count >= 16; count -= 16, to += 16, from += 16) __builtin_memcpy(to, from, 16);
  if (count >= 8) {
    __builtin_memcpy(to, from, 8);
    to += 8;
    from += 8;
    count -= 8;
  }
  for (; count > 0; --count) *to++ = *from++;
}

/// The same in quads, the last one filled up. Each is written as it will be read, which is when a processor hands it on
/// before it is in memory.
__attribute__((noinline)) inline void copy_quads(int8_t* to, const int8_t* from, int32_t count) noexcept {
  for (; count > 0; count -= kQuad, to += kQuad, from += kQuad) {
    uint32_t quad = 0;
    for (int32_t i = 0; i < kQuad && i < count; ++i)
      quad |= static_cast<uint32_t>(static_cast<uint8_t>(from[i])) << 8 * i;
    __builtin_memcpy(to, &quad, sizeof quad);
  }
}

/// One pixel, each channel `multiplier` times.
inline void copy_repeated(int8_t* to, const int8_t* from, int32_t channels, int32_t multiplier) noexcept {
  for (int32_t c = 0; c < channels; ++c)
    for (int32_t m = 0; m < multiplier; ++m) *to++ = from[c];
}

inline void fill(int8_t* to, int32_t value, int32_t count) noexcept {
  __builtin_memset(to, value, static_cast<size_t>(count));
}

/// Where the windows' inputs are copied to: as far as windows reach, with the zero point where there is no input, and
/// columns sorted by their rest modulo `phases`.
struct PaddedImage {
  const WindowAxis& rows;
  const WindowAxis& columns;
  int32_t input_channels, multiplier, phases;

  constexpr int32_t pixel() const noexcept { return input_channels * multiplier; }
  constexpr int32_t phase_step() const noexcept { return (reach(columns) + phases - 1) / phases * pixel(); }
  constexpr int32_t line_step() const noexcept { return phases * phase_step(); }
  constexpr int32_t bytes() const noexcept { return reach(rows) * line_step() + kReadBehind; }

  void copy_line(int8_t* to, const int8_t* from, int32_t zero_point) const noexcept {
    const int32_t width = reach(columns), room = width - columns.padding;
    const int32_t present = room < columns.input ? (room > 0 ? room : 0) : columns.input;
    const int32_t before = present > 0 ? columns.padding : width, after = width - before - present;
    if (phases == 1 && multiplier == 1) {
      fill(to, zero_point, before * pixel());
      __builtin_memcpy(to + before * pixel(), from, static_cast<size_t>(present * pixel()));
      fill(to + (before + present) * pixel(), zero_point, after * pixel());
      return;
    }
    for (int32_t phase = 0; phase < phases; ++phase) {
      int8_t* next = to + phase * phase_step();
      for (int32_t x = phase; x < width; x += phases, next += pixel()) {
        const int8_t* const source = from + (x - before) * input_channels;
        if (x < before || x >= before + present)
          fill(next, zero_point, pixel());
        else if (multiplier == 1)
          copy(next, source, input_channels);
        else
          copy_repeated(next, source, input_channels, multiplier);
      }
    }
  }

  void copy_image(int8_t* to, const int8_t* image, int32_t zero_point) const noexcept {
    const int32_t height = reach(rows);
    for (int32_t y = 0; y < height; ++y, to += line_step()) {
      const int32_t row = y - rows.padding;
      if (row < 0 || row >= rows.input)
        fill(to, zero_point, line_step());
      else
        copy_line(to, image + row * columns.input * input_channels, zero_point);
    }
  }
};

constexpr bool is_padded(const WindowAxis& axis) noexcept {
  return axis.padding > 0 || reach(axis) > axis.input;
}
constexpr int32_t runs_in_row(const ConvShape& shape) noexcept {
  return shape.columns.dilation == 1 ? 1 : shape.columns.kernel;
}
constexpr int32_t run_bytes(const ConvShape& shape) noexcept {
  return shape.columns.kernel / runs_in_row(shape) * shape.input_channels;
}

/// Bytes of scratch memory that conv2d_lanes takes. Windows of whole quads without padding are read where they lie.
constexpr int32_t conv2d_scratch_bytes(const ConvShape& shape) noexcept {
  const bool copies = is_padded(shape.rows) || is_padded(shape.columns) || run_bytes(shape) % kQuad != 0;
  return copies ? PaddedImage{shape.rows, shape.columns, shape.input_channels, 1, 1}.bytes() : 0;
}
constexpr int32_t fully_connected_scratch_bytes(const MatrixShape& shape) noexcept {
  return shape.depth % kQuad == 0 ? 0 : round_up(shape.depth, kQuad);
}
constexpr PaddedImage depthwise_image(const DepthwiseShape& shape) noexcept {
  return {shape.rows, shape.columns, shape.input_channels, shape.multiplier, shape.columns.stride};
}

/// Blocks of weights: until they repeat, or a line ends.
constexpr int32_t depthwise_blocks(const DepthwiseShape& shape) noexcept {
  const int32_t channels = shape.input_channels * shape.multiplier, lowest_bit = channels & -channels;
  const int32_t repeating = channels / (lowest_bit < kPlaces ? lowest_bit : kPlaces);
  const int32_t in_line = round_up(shape.columns.output * channels, kPlaces) / kPlaces;
  return repeating < in_line ? repeating : in_line;
}

}  // namespace lanes

/// conv2d_s8 without groups. `weights` are dense ones, on a multiple of 64 bytes, here and below.
template <class Core>
void conv2d_lanes(const Conv2dInteger& p, const int8_t* input, const int8_t* weights, int8_t* scratch,
                  int8_t* output) noexcept {
  const ConvShape& shape = p.shape;
  const lanes::PaddedImage padded{shape.rows, shape.columns, shape.input_channels, 1, 1};
  const bool copies = lanes::conv2d_scratch_bytes(shape) > 0;
  const int32_t tap = shape.input_channels;
  const int32_t line_step = copies ? padded.line_step() : shape.columns.input * tap;
  const lanes::DenseLine line{shape.rows.kernel,
                              shape.rows.dilation * line_step,
                              lanes::runs_in_row(shape),
                              shape.columns.dilation * tap,
                              lanes::quads_of(lanes::run_bytes(shape)),
                              shape.columns.stride * tap,
                              shape.output_channels,
                              p.end.stage};
  // Lines that follow each other as their pixels do are one.
  const bool is_one = shape.rows.stride * line_step == shape.columns.output * line.pixel_step;
  const int32_t lines = is_one ? 1 : shape.rows.output;
  const int32_t pixels = is_one ? shape.rows.output * shape.columns.output : shape.columns.output;
  for (int32_t batch = 0; batch < shape.batches; ++batch, input += shape.rows.input * shape.columns.input * tap) {
    if (copies) padded.copy_image(scratch, input, p.input_zero_point);
    const int8_t* windows = copies ? scratch : input;
    for (int32_t y = 0; y < lines; ++y, windows += shape.rows.stride * line_step) {
      Core::dense(line, windows, pixels, weights, output);
      output += pixels * shape.output_channels;
    }
  }
}

/// fully_connected_s8 of one row of inputs; several are the pixels of a convolution.
template <class Core>
void fully_connected_lanes(const FullyConnectedInteger& p, const int8_t* input, const int8_t* weights, int8_t* scratch,
                           int8_t* output) noexcept {
  if (p.shape.depth % lanes::kQuad != 0) {
    lanes::copy_quads(scratch, input, p.shape.depth);
    input = scratch;
  }
  Core::row(p.shape, p.end.stage, input, weights, output);
}

/// depthwise_conv2d_s8 with windows of at most kMostColumns columns. `weights` are depthwise ones.
template <class Core>
void depthwise_lanes(const DepthwiseConv2dInteger& p, const int8_t* input, const int8_t* weights, int8_t* scratch,
                     int8_t* output) noexcept {
  const DepthwiseShape& shape = p.shape;
  const lanes::PaddedImage padded = lanes::depthwise_image(shape);
  const int32_t places = shape.columns.output * padded.pixel();
  int32_t offsets[lanes::kMostColumns];
  for (int32_t j = 0; j < shape.columns.kernel; ++j) {
    const int32_t column = j * shape.columns.dilation, place = column / padded.phases;
    offsets[j] = (column - place * padded.phases) * padded.phase_step() + place * padded.pixel();
  }
  const lanes::DepthwiseLine line{shape.rows.kernel,
                                  shape.rows.dilation * padded.line_step(),
                                  shape.columns.kernel,
                                  offsets,
                                  places,
                                  lanes::depthwise_blocks(shape),
                                  p.end.stage};
  for (int32_t batch = 0; batch < shape.batches; ++batch) {
    padded.copy_image(scratch, input, p.input_zero_point);
    const int8_t* lines = scratch;
    for (int32_t y = 0; y < shape.rows.output; ++y, lines += shape.rows.stride * padded.line_step(), output += places)
      Core::depthwise(line, lines, weights, output);
    input += shape.rows.input * shape.columns.input * shape.input_channels;
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
