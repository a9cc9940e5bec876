/// Convolutions and fully connected layers by byte panels: what is around the inner loop.
#pragma once

#include "mote/rt/byte_panel.h"
#include "mote/rt/fully_connected.h"
#include "mote/rt/window_copy.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// The runs of an output's inputs (of its taps, if depthwise), and the fused activation's range.
struct ByteRuns {
  int32_t rows, run;
  int32_t low, high;  ///< [-128, 127] needs no clamp

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("rows", self.rows);
    visit("run", self.run);
    visit("low", self.low);
    visit("high", self.high);
  }
};

template <class Shape>
struct ByteLayer {
  Shape shape;
  int32_t input_zero_point;
  ByteRuns runs;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("shape", self.shape);
    visit("input_zero_point", self.input_zero_point);
    visit("runs", self.runs);
  }
};
using ByteConv2d = ByteLayer<ConvShape>;
using ByteMatrix = ByteLayer<MatrixShape>;

/// A panel in use: so many channels, the outputs one behind the other.
template <int kMultiplier>
class ByteCalls {
 public:
  ByteCalls(const ByteRuns& runs, int32_t channels, const uint8_t* weights, int8_t* output) noexcept
      : runs_(runs), run_bytes_(kMultiplier != 0 ? runs.run * (channels / kShare) : runs.run) {
    panel_.output = output;
    panel_.weights = weights;
    panel_.rows = static_cast<uint8_t>(runs.rows);
    panel_.rounds = static_cast<uint8_t>(kMultiplier != 0 ? runs.run : runs.run / 2);
    panel_.rest = static_cast<uint8_t>(kMultiplier != 0 ? 0 : runs.run % 2);
    panel_.channels = static_cast<uint8_t>(channels);
  }

  /// The next pixels; the runs of each lie `row_step` apart, or one behind the other.
  void run(const int8_t* input, int32_t pixels, int32_t pixel_step, int32_t row_step) noexcept {
    BytePanel use = panel_;
    use.input = input;
    use.pixels = static_cast<uint16_t>(pixels);
    use.pixel_step = static_cast<int16_t>(pixel_step);
    use.row_gap = static_cast<int16_t>(row_step - run_bytes_);
    byte_panel<kMultiplier>(&use);
    const int32_t outputs = pixels * panel_.channels;
    clamp_bytes(panel_.output, outputs, runs_.low, runs_.high);
    panel_.output += outputs;
  }
  void run(const int8_t* input, int32_t pixels, int32_t pixel_step) noexcept {
    run(input, pixels, pixel_step, run_bytes_);
  }

 private:
  static constexpr int32_t kShare = kMultiplier != 0 ? kMultiplier : 1;
  const ByteRuns& runs_;
  const int32_t run_bytes_;
  BytePanel panel_{};
};

/// Whether the taps of a row of a window lie together, where it lies inside the input.
constexpr bool has_whole_runs(const ConvShape& p) noexcept {
  return p.columns.kernel == 1 || p.columns.dilation == 1;
}

/// The copy of a window, if any is copied.
constexpr int32_t conv2d_bytes_scratch_bytes(const ConvShape& p) noexcept {
  const bool whole = has_whole_runs(p) && WholeWindows(p.rows).count == p.rows.output &&
                     WholeWindows(p.columns).count == p.columns.output;
  return whole ? 0 : window_bytes(p);
}

template <int kMultiplier>
inline void windows_by_bytes(const ByteConv2d& p, const int8_t* input, const uint8_t* weights, int8_t* scratch,
                             int8_t* output) noexcept {
  const ConvShape& shape = p.shape;
  const WholeWindows whole_rows(shape.rows), whole_columns(shape.columns);
  const int32_t tap = shape.input_channels, line = shape.columns.input * tap;
  const int32_t pixel_step = shape.columns.stride * tap, row_step = shape.rows.dilation * line;
  ByteCalls<kMultiplier> calls(p.runs, shape.output_channels, weights, output);
  for (int32_t batch = 0; batch < shape.batches; ++batch, input += shape.rows.input * line)
    for (int32_t y = 0; y < shape.rows.output; ++y)
      for (int32_t x = 0; x < shape.columns.output;) {
        if (has_whole_runs(shape) && whole_rows.holds(y) && whole_columns.holds(x)) {
          const int32_t first = (y * shape.rows.stride - shape.rows.padding) * line;
          const int32_t pixels = whole_columns.first + whole_columns.count - x;
          calls.run(input + (first + x * pixel_step - shape.columns.padding * tap), pixels, pixel_step, row_step);
          x += pixels;
        } else {
          copy_window(shape, input, y, x, p.input_zero_point, scratch);
          calls.run(scratch, 1, 0);
          ++x;
        }
      }
}

/// conv2d_s8 without groups. Of the pixels of a row those whose windows lie inside the input are read where they lie,
/// two at a time and once more for each two channels; the others are copied first, one by one. Scratch:
/// conv2d_bytes_scratch_bytes.
inline void conv2d_bytes(const ByteConv2d& p, const int8_t* input, const uint8_t* weights, int8_t* scratch,
                         int8_t* output) noexcept {
  windows_by_bytes<0>(p, input, weights, scratch, output);
}

/// depthwise_conv2d_s8 with a multiplier of 1 or 2, in the same way.
inline void depthwise_bytes(const ByteConv2d& p, const int8_t* input, const uint8_t* weights, int8_t* scratch,
                            int8_t* output) noexcept {
  if (p.shape.output_channels == p.shape.input_channels)
    windows_by_bytes<1>(p, input, weights, scratch, output);
  else
    windows_by_bytes<2>(p, input, weights, scratch, output);
}

/// fully_connected_s8: a row is a pixel.
inline void fully_connected_bytes(const ByteMatrix& p, const int8_t* input, const uint8_t* weights,
                                  int8_t* output) noexcept {
  ByteCalls<0>(p.runs, p.shape.outputs, weights, output).run(input, p.shape.batches, p.shape.depth);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
