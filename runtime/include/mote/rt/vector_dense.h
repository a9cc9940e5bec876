/// Fully connected layers and convolutions by vector panels: what is around the inner loop.
#pragma once

#include "mote/rt/fully_connected.h"
#include "mote/rt/vector_panel.h"
#include "mote/rt/window_pairs.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// How a panel walks through its runs, and where its outputs land.
struct VectorRuns {
  int32_t run_bytes;  ///< of inputs that lie together
  int32_t rounds;     ///< for code that asks: how often it goes through its unrolled steps, and what is left then
  int32_t tail;
  int32_t channels;
  OutputStage stage;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("run_bytes", self.run_bytes);
    visit("rounds", self.rounds);
    visit("tail", self.tail);
    visit("channels", self.channels);
    visit("stage", self.stage);
  }
};

template <class Shape>
struct Vector {
  Shape shape;
  int32_t input_zero_point;
  VectorRuns runs;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("shape", self.shape);
    visit("input_zero_point", self.input_zero_point);
    visit("runs", self.runs);
  }
};
using VectorConv2d = Vector<ConvShape>;
using VectorMatrix = Vector<MatrixShape>;

/// A panel in use. `at` says where the runs of its pixels begin, and how many there are.
class VectorCalls {
 public:
  VectorCalls(VectorPanelCode code, const VectorRuns& runs, const int32_t* weights) noexcept
      : code_(code), runs_(runs) {
    panel_.zero_point = runs.stage.zero_point;
    panel_.weights = reinterpret_cast<const int8_t*>(weights);
    panel_.rounds = runs.rounds;
    panel_.tail = runs.tail;
    panel_.run_bytes = runs.run_bytes;
  }

  void at(const int8_t* first, int32_t second, int32_t count, int32_t run_step) noexcept {
    for (int32_t i = 0; i < count; ++i, first += run_step) {
      panel_.runs[i][0] = first;
      panel_.runs[i][1] = first + second;
    }
    panel_.runs[count][0] = nullptr;
  }

  /// So many times `pixels` (1 or 2) of them, `input_step` bytes from each to the next.
  void run(int8_t* output, int32_t count, int32_t pixels, int32_t input_step) noexcept {
    const int32_t second = pixels > 1 ? runs_.channels : 0;
    run(output, count, pixels, input_step, second, second);
  }
  /// A line of pixels two at a time; the last may stand alone.
  void line(const int8_t* first, int32_t step, int32_t count, int8_t* output) noexcept {
    const int32_t pairs = count / 2;
    if (pairs > 0) {
      at(first, step, 1, 0);
      run(output, pairs, 2, 2 * step);
    }
    if (count % 2 != 0) {
      at(first + 2 * pairs * step, 0, 1, 0);
      run(output + 2 * pairs * runs_.channels, 1, 1, 0);
    }
  }
  /// Two lines of so many pixels, one of each at a time; the second line begins `second` bytes behind the first.
  void two_lines(const int8_t* first, int32_t second, int32_t step, int32_t count, int8_t* output) noexcept {
    at(first, second, 1, 0);
    run(output, count, 2, step, count * runs_.channels, 0);
  }

 private:
  void run(int8_t* output, int32_t count, int32_t pixels, int32_t input_step, int32_t second, int32_t gap) noexcept {
    panel_.output = output;
    panel_.output_end = output + runs_.channels;
    panel_.second_output = second;
    panel_.output_gap = gap;
    panel_.channels = runs_.channels;
    panel_.input_step = input_step;
    panel_.count = count;
    code_(&panel_);
    clamp_bytes(output, count * pixels * runs_.channels, runs_.stage.low, runs_.stage.high);
  }

  const VectorPanelCode code_;
  const VectorRuns& runs_;
  VectorPanel panel_;
};

/// Bytes of scratch: two windows.
constexpr int32_t vector_conv2d_scratch_bytes(const ConvShape& p) noexcept {
  return 2 * window_bytes(p);
}

/// What is around the panel is compiled once, whatever the panel.
#if defined(__GNUC__)
#define MOTE_RT_SHARED __attribute__((noinline)) inline
#else
#define MOTE_RT_SHARED inline
#endif

/// A pair of pixels is read once for each block of channels, so its outputs must not lie over its own inputs.
MOTE_RT_SHARED void conv2d_by_vectors(VectorPanelCode code, const VectorConv2d& p, const int8_t* input,
                                      const int32_t* weights, int8_t* scratch, int8_t* output) noexcept {
  const ConvShape& shape = p.shape;
  VectorCalls calls(code, p.runs, weights);
  const int32_t column_step = shape.columns.stride * shape.input_channels;
  const int32_t row_step = shape.rows.dilation * shape.columns.input * shape.input_channels;
  for_pairs(
      shape, input, output,
      [&](const int8_t* first, int32_t pairs, int8_t* to) {
        calls.at(first, column_step, shape.rows.kernel, row_step);
        calls.run(to, pairs, 2, 2 * column_step);
      },
      [&](int32_t index, int32_t pixels, int8_t* to) {
        const int32_t distance = window_bytes(shape);
        copy_windows(shape, input, index, pixels, p.input_zero_point, scratch, distance);
        calls.at(scratch, pixels > 1 ? distance : 0, shape.rows.kernel, p.runs.run_bytes);
        calls.run(to, 1, pixels, 0);
      });
}

MOTE_RT_SHARED void conv2d_by_copies(VectorPanelCode code, const VectorConv2d& p, const int8_t* input,
                                     const int32_t* weights, int8_t* scratch, int8_t* output) noexcept {
  const ConvShape& shape = p.shape;
  VectorCalls calls(code, p.runs, weights);
  const int32_t count = shape.batches * shape.rows.output * shape.columns.output;
  const int32_t distance = window_bytes(shape);
  for (int32_t index = 0; index < count; index += 2, output += 2 * shape.output_channels) {
    const int32_t pixels = index + 1 < count ? 2 : 1;
    copy_windows(shape, input, index, pixels, p.input_zero_point, scratch, distance);
    calls.at(scratch, pixels > 1 ? distance : 0, 1, 0);
    calls.run(output, 1, pixels, 0);
  }
}

MOTE_RT_SHARED void pointwise_by_vectors(VectorPanelCode code, const VectorMatrix& p, const int8_t* input,
                                         const int32_t* weights, int8_t* output) noexcept {
  VectorCalls(code, p.runs, weights).line(input, p.shape.depth, p.shape.batches, output);
}

/// conv2d_s8 with windows of at most VectorPanel::kMostRuns rows, dilation 1 along rows; windows inside the input are
/// read where they lie. Scratch: vector_conv2d_scratch_bytes.
template <int32_t kRuns, int32_t kSteps, int32_t kTail, bool kTies, bool kPart>
inline void vector_conv2d(const VectorConv2d& p, const int8_t* input, const int32_t* weights, int8_t* scratch,
                          int8_t* output) noexcept {
  conv2d_by_vectors(VectorTile<kRuns, kSteps, kTail, kTies, kPart>::k2x4, p, input, weights, scratch, output);
}

/// conv2d_s8 with any windows: each is copied first, and is one run. Scratch: vector_conv2d_scratch_bytes.
template <int32_t kRuns, int32_t kSteps, int32_t kTail, bool kTies, bool kPart>
inline void vector_conv2d_copied(const VectorConv2d& p, const int8_t* input, const int32_t* weights, int8_t* scratch,
                                 int8_t* output) noexcept {
  conv2d_by_copies(VectorTile<kRuns, kSteps, kTail, kTies, kPart>::k2x4, p, input, weights, scratch, output);
}

/// A convolution whose windows are one pixel each: as many rows as there are pixels.
template <int32_t kRuns, int32_t kSteps, int32_t kTail, bool kTies, bool kPart>
inline void vector_pointwise(const VectorMatrix& p, const int8_t* input, const int32_t* weights,
                             int8_t* output) noexcept {
  pointwise_by_vectors(VectorTile<kRuns, kSteps, kTail, kTies, kPart>::k2x4, p, input, weights, output);
}

inline void rows_by_vectors(VectorPanelCode code, const VectorMatrix& p, const int8_t* input, const int32_t* weights,
                            int8_t* output) noexcept {
  VectorCalls calls(code, p.runs, weights);
  calls.at(input, 0, 1, 0);
  calls.run(output, p.shape.batches, 1, p.shape.depth);
}

/// fully_connected_s8, a row at a time, four or eight channels together.
template <int32_t kRuns, int32_t kSteps, int32_t kTail, bool kTies, bool kPart>
inline void vector_fully_connected_4(const VectorMatrix& p, const int8_t* input, const int32_t* weights,
                                     int8_t* output) noexcept {
  rows_by_vectors(VectorTile<kRuns, kSteps, kTail, kTies, kPart>::k1x4, p, input, weights, output);
}
template <int32_t kRuns, int32_t kSteps, int32_t kTail, bool kTies, bool kPart>
inline void vector_fully_connected_8(const VectorMatrix& p, const int8_t* input, const int32_t* weights,
                                     int8_t* output) noexcept {
  rows_by_vectors(VectorTile<kRuns, kSteps, kTail, kTies, kPart>::k1x8, p, input, weights, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
