#pragma once

#include "mote/rt/broadcast.h"
#include "mote/rt/conv2d.h"
#include "mote/rt/depthwise_conv2d.h"
#include "mote/rt/fully_connected.h"
#include "mote/rt/reduce.h"
#include "mote/rt/softmax_s8.h"
#include "target/access.h"

namespace mote {

/// The loops of the portable kernels, in steps. They read the inputs of one output element, write it, and go on.
namespace walks {

/// As many outputs as inputs, each from the input at its place.
void elements(int64_t count, const StepVisitor& visit);

/// Two operands that repeat by these steps (rt::Broadcast).
void broadcast(const rt::Broadcast& walk, size_t operand, const StepVisitor& visit);

/// Rows of `depth` inputs become rows of `outputs` outputs, each from its whole row.
void rows(int64_t rows, int64_t depth, int64_t outputs, const StepVisitor& visit);

/// The same, with all inputs of `together` rows read before the first of their outputs is written.
void rows_together(int64_t rows, int64_t together, int64_t depth, int64_t outputs, const StepVisitor& visit);

/// Rows that are read as a whole before an element-wise pass.
void rows_twice(int64_t rows, int64_t depth, const StepVisitor& visit);

/// Windows that slide over an image; the channels are `groups`, each read by its own part of the outputs.
struct Windows {
  int32_t batches;
  rt::WindowAxis rows, columns;
  int32_t input_channels, output_channels;
  int32_t groups;
};
void windows(const Windows& shape, const StepVisitor& visit);

/// The same with one group, the inputs of `together` pixels read before the outputs of the first are written.
void windows_together(const Windows& shape, int64_t together, const StepVisitor& visit);
inline void window_pairs(const Windows& shape, const StepVisitor& visit) {
  windows_together(shape, 2, visit);
}

/// Each row of the input read once, by the row of outputs that needs it first, before any of these is written.
void rows_once(const Windows& shape, const StepVisitor& visit);

/// The same without the rows that no window comes by, where strides are longer than windows.
void needed_rows_once(const Windows& shape, const StepVisitor& visit);

/// The same with windows 3 rows high and a stride of 1 or 2, padding and input read two rows at a time: two pairs
/// before the first outputs are written, one more for every 2 / stride rows of outputs behind them.
void row_pairs_once(const Windows& shape, const StepVisitor& visit);

/// Elements that meet in one output (rt::ReduceWalk).
void reduction(const rt::ReduceWalk& walk, const StepVisitor& visit);

inline Windows windows_of(const rt::ConvShape& p) {
  return {p.batches, p.rows, p.columns, p.input_channels, p.output_channels, p.input_channels / p.filter_channels};
}
inline Windows windows_of(const rt::DepthwiseShape& p) {
  return {p.batches, p.rows, p.columns, p.input_channels, p.input_channels * p.multiplier, p.input_channels};
}

}  // namespace walks

namespace walks {

template <class Parameters>
std::shared_ptr<const void> shared(const Parameters& parameters) {
  return std::make_shared<Parameters>(parameters);
}

/// The rows that a window needs for a range of outputs, and the window that sees only these.
[[nodiscard]] RowRange rows_needed(const rt::WindowAxis& rows, const RowRange& outputs);
[[nodiscard]] rt::WindowAxis sliced(const rt::WindowAxis& rows, const RowRange& outputs, const RowRange& inputs);
inline RowSlices::Heights heights(int32_t batches, const rt::WindowAxis& rows) {
  return batches == 1 ? RowSlices::Heights{rows.input, rows.output} : RowSlices::Heights{-1, -1};
}

/// True if both operands have the output's shape.
[[nodiscard]] bool is_flat(const rt::Broadcast& walk);

}  // namespace walks

/// `count` elements in rows of equal length.
template <class Parameters>
inline constexpr RowSlices kElementRows{
    [](const void*) {
      return RowSlices::Heights{0, 0};
    },
    [](const void*, const RowRange& outputs) { return outputs; },
    [](const void* parameters, int32_t height, const RowRange& outputs, const RowRange&) {
      Parameters result = *static_cast<const Parameters*>(parameters);
      result.count = result.count / height * (outputs.end - outputs.first);
      return walks::shared(result);
    }};

/// The same in `walk`.
template <class Parameters>
inline constexpr RowSlices kBroadcastRows{
    [](const void* parameters) {
      const int32_t any = walks::is_flat(static_cast<const Parameters*>(parameters)->walk) ? 0 : -1;
      return RowSlices::Heights{any, any};
    },
    [](const void*, const RowRange& outputs) { return outputs; },
    [](const void* parameters, int32_t height, const RowRange& outputs, const RowRange&) {
      Parameters result = *static_cast<const Parameters*>(parameters);
      result.walk.extents[4] = result.walk.extents[4] / height * (outputs.end - outputs.first);
      return walks::shared(result);
    }};

/// Windows in `shape`.
template <class Parameters>
inline constexpr RowSlices kWindowRows{
    [](const void* parameters) {
      const auto& shape = static_cast<const Parameters*>(parameters)->shape;
      return walks::heights(shape.batches, shape.rows);
    },
    [](const void* parameters, const RowRange& outputs) {
      return walks::rows_needed(static_cast<const Parameters*>(parameters)->shape.rows, outputs);
    },
    [](const void* parameters, int32_t, const RowRange& outputs, const RowRange& inputs) {
      Parameters result = *static_cast<const Parameters*>(parameters);
      result.shape.rows = walks::sliced(result.shape.rows, outputs, inputs);
      return walks::shared(result);
    }};

/// Kernels with these parameters read one input per output, at its place.
template <class Parameters>
inline constexpr Access kElementwise{[](const void* parameters, size_t, const StepVisitor& visit) {
                                       walks::elements(static_cast<const Parameters*>(parameters)->count, visit);
                                     },
                                     &kElementRows<Parameters>};

/// `Parameters::walk` is a Broadcast of the first two pointers.
template <class Parameters>
inline constexpr Access kBroadcast{[](const void* parameters, size_t operand, const StepVisitor& visit) {
                                     walks::broadcast(static_cast<const Parameters*>(parameters)->walk, operand, visit);
                                   },
                                   &kBroadcastRows<Parameters>};

/// `Parameters::shape` is a ConvShape or DepthwiseShape.
template <class Parameters>
inline constexpr Access kSlidingWindow{
    [](const void* parameters, size_t, const StepVisitor& visit) {
      walks::windows(walks::windows_of(static_cast<const Parameters*>(parameters)->shape), visit);
    },
    &kWindowRows<Parameters>};

/// `Parameters::shape` is a MatrixShape whose rows are pixels: as good as rows.
template <class Parameters>
inline constexpr RowSlices kPixelRows{
    [](const void*) {
      return RowSlices::Heights{0, 0};
    },
    [](const void*, const RowRange& outputs) { return outputs; },
    [](const void* parameters, int32_t height, const RowRange& outputs, const RowRange&) {
      auto result = *static_cast<const Parameters*>(parameters);
      result.shape.batches = result.shape.batches / height * (outputs.end - outputs.first);
      return walks::shared(result);
    }};

/// `Parameters::shape` is a MatrixShape.
template <class Parameters>
inline constexpr Access kMatrixRows{[](const void* parameters, size_t, const StepVisitor& visit) {
  const rt::MatrixShape& shape = static_cast<const Parameters*>(parameters)->shape;
  walks::rows(shape.batches, shape.depth, shape.outputs, visit);
}};

/// Softmax and its like: `rows` and `depth` are parameters.
template <class Parameters>
inline constexpr Access kRowsTwice{[](const void* parameters, size_t, const StepVisitor& visit) {
  const auto& p = *static_cast<const Parameters*>(parameters);
  walks::rows_twice(p.rows, p.depth, visit);
}};

/// `Parameters::walk` is a ReduceWalk.
template <class Parameters>
inline constexpr Access kReduction{[](const void* parameters, size_t, const StepVisitor& visit) {
  walks::reduction(static_cast<const Parameters*>(parameters)->walk, visit);
}};

}  // namespace mote
