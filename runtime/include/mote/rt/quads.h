/// Convolutions by quad panels: what is around the inner loop.
#pragma once

#include "mote/rt/quad_panel.h"
#include "mote/rt/window_copy.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// The weights' stream, and what its requantization leaves to do.
struct QuadWeights {
  int32_t pairs;        ///< of the column: inputs of an output / 2, rounded up
  int32_t block_words;  ///< of the stream, a block of eight channels
  int32_t shift;
  int32_t low, high;  ///< the fused activation's range; [-128, 127] needs no clamp

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("pairs", self.pairs);
    visit("block_words", self.block_words);
    visit("shift", self.shift);
    visit("low", self.low);
    visit("high", self.high);
  }
};

struct QuadConv2d {
  ConvShape shape;
  int32_t input_zero_point;
  QuadWeights weights;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("shape", self.shape);
    visit("input_zero_point", self.input_zero_point);
    visit("weights", self.weights);
  }
};

/// A window where it lies: from row to row of its taps, from tap to tap.
struct QuadWindow {
  const int8_t* first;
  int32_t row_step, tap_step;
};

/// The column, and copies of four windows if any reaches into padding.
constexpr int32_t conv2d_quads_scratch_bytes(const ConvShape& p, int32_t pairs) noexcept {
  const bool whole = WholeWindows(p.rows).count == p.rows.output && WholeWindows(p.columns).count == p.columns.output;
  return 4 * kQuadWords * pairs + (whole ? 0 : kQuadPixels * window_bytes(p));
}

constexpr uint32_t two_pixels(int8_t first, int8_t second) noexcept {
  return static_cast<uint32_t>(int32_t{first}) + (static_cast<uint32_t>(int32_t{second}) << 16);
}

/// Inputs of two pixels into their half of the column, from input `k` on.
inline void widen_quad_run(uint32_t* half, int32_t k, const int8_t* a, const int8_t* b, int32_t count) noexcept {
  uint32_t* to = half + k / 2 * kQuadWords;
  int32_t i = 0;
  if (k % 2 != 0) {
    to[1] = two_pixels(a[0], b[0]);
    to += kQuadWords;
    i = 1;
  }
  for (; i + 1 < count; to += kQuadWords) {
    to[0] = two_pixels(a[i], b[i]);
    ++i;
    to[1] = two_pixels(a[i], b[i]);
    ++i;
  }
  if (i < count) to[0] = two_pixels(a[i], b[i]);
}

/// Two windows into their half of the column. A run is what lies together in both: a row of taps, or one.
inline void widen_two_windows(const ConvShape& p, uint32_t* half, const QuadWindow& a, const QuadWindow& b) noexcept {
  const bool whole_rows = a.tap_step == p.input_channels && b.tap_step == p.input_channels;
  const int32_t runs = whole_rows ? 1 : p.columns.kernel;
  const int32_t run = whole_rows ? p.columns.kernel * p.input_channels : p.input_channels;
  const int8_t *a_row = a.first, *b_row = b.first;
  int32_t k = 0;
  for (int32_t i = 0; i < p.rows.kernel; ++i, a_row += a.row_step, b_row += b.row_step)
    for (int32_t j = 0; j < runs; ++j, k += run)
      widen_quad_run(half, k, a_row + j * a.tap_step, b_row + j * b.tap_step, run);
}

/// All channels of the pixels in the column.
template <bool kStepped>
inline void quad_channels(const QuadConv2d& p, const int32_t* stream, const uint32_t* column, int32_t pixels,
                          int8_t* output) noexcept {
  const int32_t all = p.shape.output_channels;
  const uint32_t* const column_end = column + kQuadWords * p.weights.pairs;
  int8_t* to = output;
  for (int32_t left = all; left > 0; left -= kQuadChannels) {
    const int32_t channels = left < kQuadChannels ? left : kQuadChannels;
    const auto* const weights = reinterpret_cast<const int8_t*>(stream + channels * quad_numbers(kStepped));
    if (pixels == kQuadPixels) {
      quad_panel<kStepped>(column, weights, stream, channels, to, all, column_end, p.weights.shift);
    } else {
      int8_t bytes[kQuadPixels * kQuadChannels];
      quad_panel<kStepped>(column, weights, stream, channels, bytes, kQuadChannels, column_end, p.weights.shift);
      for (int32_t i = 0; i < pixels; ++i) copy_bytes(to + i * all, bytes + i * kQuadChannels, channels);
    }
    stream += p.weights.block_words;
    to += channels;
  }
  clamp_bytes(output, pixels * all, p.weights.low, p.weights.high);
}

/// Walks over the pixels of all images.
class QuadWindows {
 public:
  /// `copies`: room for four windows that reach into padding.
  QuadWindows(const QuadConv2d& p, const int8_t* input, int8_t* copies) noexcept
      : shape_(p.shape),
        zero_point_(p.input_zero_point),
        whole_rows_(p.shape.rows),
        whole_columns_(p.shape.columns),
        copies_(copies),
        image_(input),
        row_(nullptr),
        y_(0),
        x_(0) {
    begin_row();
  }

  /// The windows of the next `count` pixels; the last one stands in for what is absent.
  void next(int32_t count, QuadWindow* windows) noexcept {
    const int32_t tap = shape_.input_channels, line = shape_.columns.input * tap, bytes = window_bytes(shape_);
    for (int32_t i = 0; i < kQuadPixels; ++i) {
      if (i >= count) {
        windows[i] = windows[i - 1];
        continue;
      }
      if (row_ != nullptr && whole_columns_.holds(x_)) {
        windows[i] = {row_ + (x_ * shape_.columns.stride - shape_.columns.padding) * tap, shape_.rows.dilation * line,
                      shape_.columns.dilation * tap};
      } else {
        copy_window(shape_, image_, y_, x_, zero_point_, copies_ + i * bytes);
        windows[i] = {copies_ + i * bytes, shape_.columns.kernel * tap, tap};
      }
      if (++x_ < shape_.columns.output) continue;
      x_ = 0;
      if (++y_ == shape_.rows.output) {
        y_ = 0;
        image_ += shape_.rows.input * line;
      }
      begin_row();
    }
  }

 private:
  /// Where the windows' first row begins, if they do not reach beyond the image's rows.
  void begin_row() noexcept {
    const int32_t first = y_ * shape_.rows.stride - shape_.rows.padding;
    row_ = whole_rows_.holds(y_) ? image_ + first * (shape_.columns.input * shape_.input_channels) : nullptr;
  }

  const ConvShape& shape_;
  const int32_t zero_point_;
  const WholeWindows whole_rows_, whole_columns_;
  int8_t* const copies_;
  const int8_t* image_;
  const int8_t* row_;
  int32_t y_, x_;
};

/// conv2d_s8 without groups. The pixels of all images in order, four at a time: inputs of four are read before their
/// outputs are written. Scratch: conv2d_quads_scratch_bytes.
template <bool kStepped>
inline void conv2d_quads(const QuadConv2d& p, const int8_t* input, const int32_t* weights, int32_t* scratch,
                         int8_t* output) noexcept {
  uint32_t* const column = reinterpret_cast<uint32_t*>(scratch);
  uint32_t* const column_end = column + kQuadWords * p.weights.pairs;
  column_end[-1] = column_end[-3] = 0;  // the last input may stand alone
  QuadWindows walk(p, input, reinterpret_cast<int8_t*>(column_end));
  QuadWindow windows[kQuadPixels];
  const int32_t channels = p.shape.output_channels;
  for (int32_t left = p.shape.batches * p.shape.rows.output * p.shape.columns.output; left > 0; left -= kQuadPixels) {
    const int32_t pixels = left < kQuadPixels ? left : kQuadPixels;
    walk.next(pixels, windows);
    for (int32_t i = 0; i < kQuadPixels; i += 2) widen_two_windows(p.shape, column + i, windows[i], windows[i + 1]);
    quad_channels<kStepped>(p, weights, column, pixels, output);
    output += pixels * channels;
  }
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
