/// Convolutions of few input channels by vector panels. A strip holds the inputs of a line of outputs column by column:
/// what a column has in the window's rows lies together, so a window is one run of bytes, and the next begins a
/// column's bytes further, times the stride.
#pragma once

#include "mote/rt/vector_dense.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// A row of the input on its way into a strip, some columns at a time: 16 bytes, or as many as whole columns have.
/// Assembly reads it by place.
struct StripRow {
  uint8_t places[16];  ///< 0: where the bytes go
  int32_t steps;       ///< 16: times that 16 bytes lie there
  int32_t step;        ///< 20: in the strip, from columns to the next
  int32_t rest;        ///< 24: bytes behind these steps
};

#if defined(__ARM_FEATURE_MVE)
static_assert(offsetof(StripRow, steps) == 16 && offsetof(StripRow, rest) == 24, "assembly reads by place");
#endif

namespace strips {

/// Bytes of a column.
constexpr int32_t column_bytes(const ConvShape& p) noexcept {
  return p.rows.kernel * p.input_channels;
}
constexpr int32_t strip_bytes(const ConvShape& p) noexcept {
  return ((p.columns.output - 1) * p.columns.stride + p.columns.kernel) * column_bytes(p);
}
/// Lines of outputs that are computed together: two if one has an odd number of pixels.
constexpr int32_t lines(const ConvShape& p) noexcept {
  return p.columns.output % 2 != 0 && p.rows.output > 1 ? 2 : 1;
}
constexpr int32_t columns_at_a_time(const ConvShape& p) noexcept {
  return 16 / p.input_channels;
}
/// Where the byte of this number among those of some columns goes.
constexpr int32_t place(const ConvShape& p, int32_t byte) noexcept {
  return byte / p.input_channels * column_bytes(p) + byte % p.input_channels;
}
/// Bytes of scratch: strips, and 16 inputs that are zero points.
constexpr int32_t scratch_bytes(const ConvShape& p) noexcept {
  return lines(p) * strip_bytes(p) + 16;
}

}  // namespace strips

namespace portable {

inline void spread_row(int8_t* strip, const int8_t* row, int32_t row_step, const StripRow* how) noexcept {
  for (int32_t i = 0; i < how->steps; ++i, strip += how->step, row += row_step)
    for (int32_t byte = 0; byte < 16; ++byte) strip[how->places[byte]] = row[byte];
  for (int32_t byte = 0; byte < how->rest; ++byte) strip[how->places[byte]] = row[byte];
}

}  // namespace portable

#if defined(__ARM_FEATURE_MVE)
using helium::spread_row;
#else
using portable::spread_row;
#endif

MOTE_RT_SHARED void conv2d_by_strips(VectorPanelCode code, const VectorConv2d& p, const int8_t* input,
                                     const int32_t* weights, int8_t* scratch, int8_t* output) noexcept {
  const ConvShape& shape = p.shape;
  const int32_t bytes = strips::strip_bytes(shape), column = strips::column_bytes(shape);
  const int32_t line = shape.columns.input * shape.input_channels, step = shape.columns.stride * column;
  const int32_t room = bytes / column - shape.columns.padding;
  const int32_t columns = shape.columns.input < room ? shape.columns.input : room > 0 ? room : 0;
  const int32_t at_a_time = strips::columns_at_a_time(shape);
  StripRow row;
  for (int32_t byte = 0; byte < 16; ++byte) row.places[byte] = static_cast<uint8_t>(strips::place(shape, byte));
  const int32_t row_bytes = columns * shape.input_channels, row_step = at_a_time * shape.input_channels;
  row.steps = row_bytes >= 16 ? (row_bytes - 16) / row_step + 1 : 0;
  row.step = at_a_time * column;
  row.rest = row_bytes - row.steps * row_step;
  const int8_t* const absent = scratch + strips::lines(shape) * bytes;
  fill_bytes(scratch, p.input_zero_point, strips::scratch_bytes(shape));
  VectorCalls calls(code, p.runs, weights);
  for (int32_t batch = 0; batch < shape.batches; ++batch, input += shape.rows.input * line)
    for (int32_t y = 0, lines; y < shape.rows.output; y += lines) {
      lines = y + 1 < shape.rows.output ? strips::lines(shape) : 1;
      for (int32_t i = 0; i < lines; ++i) {
        int8_t* to = scratch + i * bytes + shape.columns.padding * column;
        int32_t from = (y + i) * shape.rows.stride - shape.rows.padding;
        for (int32_t tap = 0; tap < shape.rows.kernel; ++tap, from += shape.rows.dilation, to += shape.input_channels) {
          const bool present = from >= 0 && from < shape.rows.input;
          spread_row(to, present ? input + from * line : absent, present ? row_step : 0, &row);
        }
      }
      if (lines == 2)
        calls.two_lines(scratch, bytes, step, shape.columns.output, output);
      else
        calls.line(scratch, step, shape.columns.output, output);
      output += lines * shape.columns.output * shape.output_channels;
    }
}

/// conv2d_s8 with at most 16 input channels and dilation 1 along columns, where strips::place fits a byte; weights of a
/// filter in the order of its columns. The rows of one or two lines (strips::lines) are read before their outputs are
/// written. Scratch: strips::scratch_bytes.
template <int32_t kRuns, int32_t kSteps, int32_t kTail, bool kTies, bool kPart>
inline void vector_conv2d_strips(const VectorConv2d& p, const int8_t* input, const int32_t* weights, int8_t* scratch,
                                 int8_t* output) noexcept {
  conv2d_by_strips(VectorTile<kRuns, kSteps, kTail, kTies, kPart>::k2x4, p, input, weights, scratch, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
