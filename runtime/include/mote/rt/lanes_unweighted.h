/// Layers without weights for processors with wide vectors, int8: what is around the inner loops (see mote/rt/lanes.h).
///
///   Core::pair(LinearPair, count, a, b, output)        elements side by side
///   Core::mean(PoolWindow, input, output)              all channels of one window
///   Core::largest(PoolWindow, input, output)
///
/// `output` is none of the inputs. There are at least kLeastLanes elements or channels: the last ones may be computed
/// twice.
#pragma once

#include "mote/rt/linear_pair.h"
#include "mote/rt/pool2d.h"

namespace mote {
namespace rt {
inline namespace v1 {
namespace lanes {

constexpr int32_t kLeastLanes = 8;
/// Inputs of a mean, at most: up to there a float32 division, rounded down, is exact.
constexpr int32_t kMostTaps = 1 << 16;

/// The taps of one output that exist.
struct PoolWindow {
  int32_t rows, row_step;  ///< bytes from one to the next, here and below
  int32_t columns, column_step;
  int32_t channels;
  int32_t low, high;
};

/// Visits the windows of all outputs: visit(window, its first input, its output).
template <class Visitor>
void each_window(const Pool2dS8& p, const int8_t* input, int8_t* output, const Visitor& visit) noexcept {
  const int32_t row = p.columns.input * p.channels;
  for (int32_t batch = 0; batch < p.batches; ++batch, input += p.rows.input * row) {
    for (int32_t y = 0; y < p.rows.output; ++y) {
      const Walk rows = Sliding::walk(p.rows, y);
      for (int32_t x = 0; x < p.columns.output; ++x, output += p.channels) {
        const Walk columns = Sliding::walk(p.columns, x);
        const PoolWindow window{rows.count, row, columns.count, p.channels, p.channels, p.low, p.high};
        visit(window, input + rows.input * row + columns.input * p.channels, output);
      }
    }
  }
}

}  // namespace lanes

/// linear_pair_range_s8 of operands of the output's shape.
template <class Core>
void linear_pair_lanes(const LinearPair& p, const int8_t* a, const int8_t* b, int8_t* output) noexcept {
  Core::pair(p, p.walk.extents[4], a, b, output);
}

template <class Core>
void average_pool2d_lanes(const Pool2dS8& p, const int8_t* input, int8_t* output) noexcept {
  lanes::each_window(p, input, output, Core::mean);
}
template <class Core>
void max_pool2d_lanes(const Pool2dS8& p, const int8_t* input, int8_t* output) noexcept {
  lanes::each_window(p, input, output, Core::largest);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
