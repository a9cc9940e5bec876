/// Fully connected layers and convolutions by dense panels: what is around the inner loop.
#pragma once

#include "mote/rt/conv2d.h"
#include "mote/rt/dense_panel.h"
#include "mote/rt/fully_connected.h"
#include "mote/rt/window_pairs.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// The weights' stream, and what its requantization leaves to do.
struct DenseWeights {
  int32_t groups;       ///< of the column: inputs of an output / 4, rounded up, to a multiple of the unrolling
  int32_t block_words;  ///< of the stream, a block of channels
  int32_t shift;
  int32_t low, high;  ///< the fused activation's range; [-128, 127] needs no clamp

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("groups", self.groups);
    visit("block_words", self.block_words);
    visit("shift", self.shift);
    visit("low", self.low);
    visit("high", self.high);
  }
};

template <class Shape>
struct Dense {
  Shape shape;
  int32_t input_zero_point;
  DenseWeights weights;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("shape", self.shape);
    visit("input_zero_point", self.input_zero_point);
    visit("weights", self.weights);
  }
};
using DenseConv2d = Dense<ConvShape>;
using DenseFullyConnected = Dense<MatrixShape>;

/// Where the bytes of a panel's pixels lie: `channels` apart, those of pixels that are not there at the first one's.
MOTE_RT_INLINE void run_panel(Panel panel, int8_t* output, int32_t pixels, int32_t channels, const int32_t* weights,
                              const int32_t* weights_end, const uint32_t* column, const uint32_t* column_end,
                              int32_t shift) noexcept {
  panel(output, pixels > 1 ? channels : 0, weights_end, column, weights, column_end, shift);
}
MOTE_RT_INLINE void run_panel(PanelOfThree panel, int8_t* output, int32_t pixels, int32_t channels,
                              const int32_t* weights, const int32_t* weights_end, const uint32_t* column,
                              const uint32_t* column_end, int32_t shift) noexcept {
  panel(output, pixels > 1 ? channels : 0, weights_end, column, weights, column_end, shift,
        pixels > 2 ? 2 * channels : 0);
}

/// All channels of a column's pixels, at most kPixels, column after column. `kBlock` channels are a block of the
/// stream; channels of the last block that the output has no room for go through a buffer.
template <int32_t kBlock, int32_t kPixels, class AnyPanel = Panel>
struct PanelRun {
  const AnyPanel panel;
  const DenseWeights& p;
  const int32_t channels, rest;  ///< of all, those behind the last whole block
  const int32_t* const weights;
  const int32_t* const last_block;
  const uint32_t* const column;
  const uint32_t* const column_end;
  const bool plain;  ///< whole blocks, no clamp

  PanelRun(AnyPanel panel_, const DenseWeights& p_, int32_t channels_, const int32_t* weights_,
           const uint32_t* column_) noexcept
      : panel(panel_),
        p(p_),
        channels(channels_),
        rest(channels_ % kBlock),
        weights(weights_),
        last_block(weights_ + channels_ / kBlock * p_.block_words),
        column(column_),
        column_end(column_ + 2 * kPixels * p_.groups),
        plain(rest == 0 && p_.low <= -128 && p_.high >= 127) {}

  void operator()(int32_t pixels, int8_t* output) const noexcept {
    if (plain)
      run_panel(panel, output, pixels, channels, weights, last_block, column, column_end, p.shift);
    else
      with_rest(pixels, output);
  }

 private:
  void with_rest(int32_t pixels, int8_t* output) const noexcept {
    if (channels >= kBlock)
      run_panel(panel, output, pixels, channels, weights, last_block, column, column_end, p.shift);
    if (rest > 0) {
      int8_t last[kPixels * kBlock];
      run_panel(panel, last, kPixels, kBlock, last_block, last_block + p.block_words, column, column_end, p.shift);
      for (int32_t pixel = 0; pixel < pixels; ++pixel)
        for (int32_t c = 0; c < rest; ++c) output[(pixel + 1) * channels - rest + c] = last[pixel * kBlock + c];
    }
    clamp_bytes(output, pixels * channels, p.low, p.high);
  }
};

/// How a window becomes a column. A run is what lies together in memory: a row of taps, or one tap if taps are spread.
/// The fours of each run come first, run by run; what is left of all runs comes behind them, filled up to fours.
struct DenseRuns {
  int32_t in_row;  ///< runs in a row of taps
  int32_t fours;   ///< of a run
  int32_t rest;    ///< bytes of a run behind them
  int32_t rest_fours;

  constexpr explicit DenseRuns(const ConvShape& p) noexcept
      : in_row(p.columns.dilation == 1 ? 1 : p.columns.kernel), fours(0), rest(0), rest_fours(0) {
    const int32_t bytes = p.columns.kernel / in_row * p.input_channels;
    fours = bytes / 4;
    rest = bytes % 4;
    rest_fours = (p.rows.kernel * in_row * rest + 3) / 4;
  }
  constexpr int32_t groups(const ConvShape& p) const noexcept { return p.rows.kernel * in_row * fours + rest_fours; }
};

/// The column, what is left of two windows' runs, and two windows, for those that reach into padding or lie in two
/// rows.
constexpr int32_t conv2d_dense_scratch_bytes(const ConvShape& p, int32_t groups) noexcept {
  const bool pairs = p.columns.output % 2 == 0 && WholeWindows(p.rows).count == p.rows.output &&
                     WholeWindows(p.columns).count == p.columns.output;
  return 16 * groups + 8 * DenseRuns(p).rest_fours + (pairs ? 0 : 2 * ((window_bytes(p) + 3) / 4 * 4));
}

/// Where the runs of two windows lie: the second's at a distance from the first's.
struct DenseWindows {
  const int8_t* first;
  int32_t second;
  int32_t step, row_step;  ///< from run to run, from row to row
};

/// Two windows into the column; `rests` is room for what is left of their runs.
inline void widen_windows(const DenseRuns& runs, int32_t rows, const DenseWindows& windows, uint32_t* column,
                          int8_t* rests) noexcept {
  const bool whole_rows = runs.in_row == 1;
  if (whole_rows && rows == 3 && runs.rest == 1 && runs.fours == 2)  // three colours seen by 3 x 3
    return widen_three_nines_2(column, windows.first, windows.first + windows.second, windows.row_step);
  const int32_t inner = whole_rows ? rows : runs.in_row;
  const int32_t step = whole_rows ? windows.row_step : windows.step;
  const int32_t second = windows.second, second_rest = 4 * runs.rest_fours;
  const int8_t* row = windows.first;
  int8_t* rest = rests;
  for (int32_t i = whole_rows ? rows : 1; i <= rows; ++i, row += windows.row_step) {
    if (runs.fours > 0) column = widen_runs_2(column, row, row + second, runs.fours, inner, step - 4 * runs.fours);
    const int8_t* left = row + 4 * runs.fours;
    for (int32_t r = second_rest > 0 ? inner : 0; r > 0; --r, left += step)
      for (int32_t b = 0; b < runs.rest; ++b, ++rest) {
        rest[0] = left[b];
        rest[second_rest] = left[b + second];
      }
  }
  if (second_rest > 0) widen_2(column, rests, rests + second_rest, runs.rest_fours);
}

/// The pixels of all images in order, two at a time. Inputs of a pair are read before its outputs are written, and
/// no pair reads what lies before the first input of its windows. Windows that reach into padding are copied first.
inline void conv2d_by_panel(Panel panel, const DenseConv2d& p, const int8_t* input, const int32_t* weights,
                            uint32_t* scratch, int8_t* output) noexcept {
  const ConvShape& shape = p.shape;
  const DenseRuns runs(shape);
  const WholeWindows whole_rows(shape.rows), whole_columns(shape.columns);
  const PanelRun<2, 2> run(panel, p.weights, shape.output_channels, weights, scratch);
  const int32_t tap = shape.input_channels, line = shape.columns.input * tap;
  const int32_t column_step = shape.columns.stride * tap;
  int8_t* const rests = reinterpret_cast<int8_t*>(scratch + 4 * p.weights.groups);
  int8_t* const copies = rests + 8 * runs.rest_fours;
  const int32_t copied_bytes = (window_bytes(shape) + 3) / 4 * 4;
  const int8_t* image = input;
  int32_t y = 0, x = 0;
  const int32_t count = shape.batches * shape.rows.output * shape.columns.output;
  for (int32_t index = 0; index < count;) {
    const int32_t inside =
        whole_rows.holds(y) && whole_columns.holds(x) ? (whole_columns.first + whole_columns.count - x) / 2 : 0;
    const int32_t pixels = index + 1 < count ? 2 : 1;
    DenseWindows windows{copies, copied_bytes, tap, shape.columns.kernel * tap};
    if (inside > 0) {
      const int32_t start = (y * shape.rows.stride - shape.rows.padding) * line - shape.columns.padding * tap;
      windows = {image + (start + x * column_step), column_step, shape.columns.dilation * tap,
                 shape.rows.dilation * line};
    } else {
      copy_windows(shape, input, index, pixels, p.input_zero_point, copies, copied_bytes);
    }
    const int32_t pairs = inside > 0 ? inside : 1;
    x += 2 * pairs;
    index += 2 * pairs;
    for (int32_t left = pairs; left > 0; --left, windows.first += 2 * column_step) {
      if (inside == 0 && runs.rest_fours == 0)
        widen_2(scratch, copies, copies + copied_bytes, runs.groups(shape));
      else
        widen_windows(runs, shape.rows.kernel, windows, scratch, rests);
      run(pixels, output);
      output += 2 * shape.output_channels;
    }
    for (; x >= shape.columns.output; image += y == 0 ? shape.rows.input * line : 0) {
      x -= shape.columns.output;
      y = y + 1 < shape.rows.output ? y + 1 : 0;
    }
  }
}

/// Rows of the input, widened, with the zero point on both sides: as many as a window is high, each in the place of
/// the one that is no longer needed. For channels that come in fours, and columns that lie together.
struct DenseRing {
  int32_t rows;
  int32_t before, after;  ///< words of zero points on either side of a row
  int32_t inside;         ///< words of a row's inputs

  constexpr explicit DenseRing(const ConvShape& p) noexcept
      : rows((p.rows.kernel - 1) * p.rows.dilation + 1),
        before(p.columns.padding * p.input_channels / 2),
        after(0),
        inside(p.columns.input * p.input_channels / 2) {
    const int32_t width = (p.columns.output - 1) * p.columns.stride + (p.columns.kernel - 1) * p.columns.dilation + 1;
    const int32_t absent = width - p.columns.padding - p.columns.input;
    after = absent > 0 ? absent * p.input_channels / 2 : 0;
  }
  constexpr int32_t line() const noexcept { return before + inside + after; }
  constexpr int32_t words() const noexcept { return rows * line(); }
};

inline uint32_t* fill_words(uint32_t* to, uint32_t value, int32_t count) noexcept {
  for (; count > 0; --count) *to++ = value;
  return to;
}

/// Like conv2d_by_panel, with all rows of a window at hand: outputs may lie over any input row that a window of an
/// earlier output row, or of this one, reads last. A pair lies in one row.
inline void conv2d_by_rows(Panel panel, const DenseConv2d& p, const int8_t* input, const int32_t* weights,
                           uint32_t* scratch, int8_t* output) noexcept {
  const ConvShape& shape = p.shape;
  const DenseRing ring(shape);
  const PanelRun<2, 2> run(panel, p.weights, shape.output_channels, weights, scratch);
  const int32_t line = ring.line();
  uint32_t* const lines = scratch + 4 * p.weights.groups;
  uint32_t* const lines_end = lines + ring.words();
  const int32_t run_groups = shape.columns.kernel * shape.input_channels / 4;
  const int32_t gap = shape.rows.dilation * line - 2 * run_groups;
  const int32_t column_step = shape.columns.stride * shape.input_channels / 2;
  const uint32_t absent = static_cast<uint16_t>(p.input_zero_point) * 0x10001u;
  for (int32_t batch = 0; batch < shape.batches; ++batch) {
    int32_t row = -shape.rows.padding;  // the next to be widened
    uint32_t* place = lines;            // its line
    const uint32_t* top = lines;        // the line of the window's first row
    for (int32_t y = 0; y < shape.rows.output; ++y) {
      for (const int32_t end = y * shape.rows.stride - shape.rows.padding + ring.rows; row < end; ++row) {
        const bool present = row >= 0 && row < shape.rows.input;
        uint32_t* const to = fill_words(place, absent, present ? ring.before : line);
        if (present) {
          widen_1(to, input + row * (2 * ring.inside), ring.inside / 2);
          fill_words(to + ring.inside, absent, ring.after);
        }
        place += line;
        if (place == lines_end) place = lines;
      }
      const uint32_t* first = top;
      for (int32_t left = shape.columns.output; left > 0; left -= 2, first += 2 * column_step) {
        interleave_runs_2(scratch, first, left > 1 ? first + column_step : first, run_groups, shape.rows.kernel, gap,
                          lines_end, ring.words());
        run(left > 1 ? 2 : 1, output);
        output += (left > 1 ? 2 : 1) * shape.output_channels;
      }
      for (top += shape.rows.stride * line; top >= lines_end;) top -= ring.words();
    }
    input += shape.rows.input * 2 * ring.inside;
  }
}

/// A convolution whose windows are one pixel each: as many rows as there are pixels, of a depth that comes in fours.
inline void pointwise_by_panel(Panel panel, const DenseFullyConnected& p, const int8_t* input, const int32_t* weights,
                               uint32_t* scratch, int8_t* output) noexcept {
  const int32_t depth = p.shape.depth;
  const PanelRun<2, 2> run(panel, p.weights, p.shape.outputs, weights, scratch);
  for (int32_t left = p.shape.batches; left > 0; left -= 2, input += 2 * depth, output += 2 * p.shape.outputs) {
    widen_2(scratch, input, left > 1 ? input + depth : input, depth / 4);
    run(left > 1 ? 2 : 1, output);
  }
}

/// The same with three pixels at a time.
inline void pointwise_by_panel(PanelOfThree panel, const DenseFullyConnected& p, const int8_t* input,
                               const int32_t* weights, uint32_t* scratch, int8_t* output) noexcept {
  const int32_t depth = p.shape.depth;
  const PanelRun<2, 3, PanelOfThree> run(panel, p.weights, p.shape.outputs, weights, scratch);
  for (int32_t left = p.shape.batches; left > 0; left -= 3, input += 3 * depth, output += 3 * p.shape.outputs) {
    widen_3(scratch, input, left > 1 ? input + depth : input, left > 2 ? input + 2 * depth : input, depth / 4);
    run(left > 2 ? 3 : left, output);
  }
}

inline void fully_connected_by_panel(Panel panel, const DenseFullyConnected& p, const int8_t* input,
                                     const int32_t* weights, uint32_t* scratch, int8_t* output) noexcept {
  const PanelRun<4, 1> run(panel, p.weights, p.shape.outputs, weights, scratch);
  const bool aligned = p.shape.depth % 4 == 0;
  int8_t* const bytes = reinterpret_cast<int8_t*>(scratch + 2 * p.weights.groups);
  for (int32_t batch = 0; batch < p.shape.batches; ++batch) {
    if (!aligned) copy_bytes(bytes, input, p.shape.depth);
    widen_1(scratch, aligned ? input : bytes, aligned ? p.shape.depth / 4 : p.weights.groups);
    run(1, output);
    input += p.shape.depth;
    output += p.shape.outputs;
  }
}

/// conv2d_s8 from dense weights. Scratch: conv2d_dense_scratch_bytes.
template <int32_t kUnroll, bool kRounds, int32_t kShift, bool kStepped>
inline void conv2d_dense(const DenseConv2d& p, const int8_t* input, const int32_t* weights, int32_t* scratch,
                         int8_t* output) noexcept {
  conv2d_by_panel(DensePanel<kUnroll, kRounds, kShift, kStepped>::k2x2, p, input, weights,
                  reinterpret_cast<uint32_t*>(scratch), output);
}

/// conv2d_s8 where channels come in fours, by a ring of widened rows. Scratch: 4 words a group, and DenseRing::words.
template <int32_t kUnroll, bool kRounds, int32_t kShift, bool kStepped>
inline void conv2d_rows_dense(const DenseConv2d& p, const int8_t* input, const int32_t* weights, int32_t* scratch,
                              int8_t* output) noexcept {
  conv2d_by_rows(DensePanel<kUnroll, kRounds, kShift, kStepped>::k2x2, p, input, weights,
                 reinterpret_cast<uint32_t*>(scratch), output);
}

/// conv2d_s8 where windows are one pixel each, strides are 1 and channels come in fours. Scratch: 4 words a group.
template <int32_t kUnroll, bool kRounds, int32_t kShift, bool kStepped>
inline void pointwise_dense(const DenseFullyConnected& p, const int8_t* input, const int32_t* weights, int32_t* scratch,
                            int8_t* output) noexcept {
  pointwise_by_panel(DensePanel<kUnroll, kRounds, kShift, kStepped>::k2x2, p, input, weights,
                     reinterpret_cast<uint32_t*>(scratch), output);
}

/// The same with three pixels at a time. Scratch: 6 words a group.
template <int32_t kUnroll, bool kRounds, int32_t kShift, bool kStepped>
inline void pointwise_dense_3(const DenseFullyConnected& p, const int8_t* input, const int32_t* weights,
                              int32_t* scratch, int8_t* output) noexcept {
  pointwise_by_panel(DensePanel<kUnroll, kRounds, kShift, kStepped>::k3x2, p, input, weights,
                     reinterpret_cast<uint32_t*>(scratch), output);
}

/// fully_connected_s8 from dense weights. Scratch: 2 words a group, and 4 bytes a group more if the depth is odd to 4.
template <int32_t kUnroll, bool kRounds, int32_t kShift, bool kStepped>
inline void fully_connected_dense(const DenseFullyConnected& p, const int8_t* input, const int32_t* weights,
                                  int32_t* scratch, int8_t* output) noexcept {
  fully_connected_by_panel(DensePanel<kUnroll, kRounds, kShift, kStepped>::k1x4, p, input, weights,
                           reinterpret_cast<uint32_t*>(scratch), output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
