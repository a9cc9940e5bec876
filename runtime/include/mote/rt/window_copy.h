/// Windows of a convolution as blocked kernels see them: which lie wholly inside the input, and a copy of one that does
/// not.
#pragma once

#include "mote/rt/arch/helium.h"
#include "mote/rt/conv2d.h"

namespace mote {
namespace rt {
inline namespace v1 {

inline void clamp_bytes(int8_t* bytes, int32_t count, int32_t low, int32_t high) noexcept {
  if (low <= -128 && high >= 127) return;
#if defined(__ARM_FEATURE_MVE)
  return helium::clamp_bytes(bytes, count, low, high);
#endif
  for (; count > 0; --count, ++bytes) *bytes = static_cast<int8_t>(clamp(*bytes, low, high));
}

#if defined(__ARM_FEATURE_MVE)
using helium::copy_bytes;
using helium::fill_bytes;
#else
#if defined(__ARM_FEATURE_UNALIGNED) || !defined(__arm__)
constexpr int32_t kWord = 4;  ///< bytes that are copied at a time, whatever their address
#else
constexpr int32_t kWord = INT32_MAX;
#endif
inline int8_t* copy_bytes(int8_t* to, const int8_t* from, int32_t count) noexcept {
  for (; count >= kWord; count -= 4, to += 4, from += 4) __builtin_memcpy(to, from, 4);
  for (; count > 0; --count) *to++ = *from++;
  return to;
}
inline int8_t* fill_bytes(int8_t* to, int32_t value, int32_t count) noexcept {
  const uint32_t word = static_cast<uint8_t>(value) * 0x01010101u;
  for (; count >= kWord; count -= 4, to += 4) __builtin_memcpy(to, &word, 4);
  for (; count > 0; --count) *to++ = static_cast<int8_t>(value);
  return to;
}
#endif

/// The outputs along one axis whose windows lie wholly inside the input.
struct WholeWindows {
  int32_t first, count;

  constexpr explicit WholeWindows(const WindowAxis& axis) noexcept
      : first((axis.padding + axis.stride - 1) / axis.stride), count(0) {
    const int32_t room = axis.input - 1 - (axis.kernel - 1) * axis.dilation + axis.padding;
    const int32_t fitting = room < 0 ? 0 : room / axis.stride + 1;
    const int32_t end = fitting < axis.output ? fitting : axis.output;
    count = end > first ? end - first : 0;
  }
  constexpr bool holds(int32_t output) const noexcept {
    return static_cast<uint32_t>(output - first) < static_cast<uint32_t>(count);
  }
};

constexpr int32_t window_bytes(const ConvShape& p) noexcept {
  return p.rows.kernel * p.columns.kernel * p.input_channels;
}

/// A window that reaches into padding: copied, with the zero point for what is absent.
inline void copy_window(const ConvShape& p, const int8_t* image, int32_t y, int32_t x, int32_t zero_point,
                        int8_t* to) noexcept {
  const Taps rows = taps_of(p.rows, y), columns = taps_of(p.columns, x);
  const int32_t tap = p.input_channels, row_bytes = p.columns.kernel * tap;
  const int32_t width = columns.last - columns.first, height = rows.last - rows.first;
  if (width < p.columns.kernel || height < p.rows.kernel) fill_bytes(to, zero_point, window_bytes(p));
  if (width <= 0 || height <= 0) return;
  to += rows.first * row_bytes + columns.first * tap;
  const int32_t line = p.columns.input * tap, row_step = p.rows.dilation * line;
  const int32_t column_step = p.columns.dilation * tap;
  const int8_t* from =
      image + (rows.start + rows.first * p.rows.dilation) * line + columns.start * tap + columns.first * column_step;
#if defined(__ARM_FEATURE_MVE)
  if (p.columns.dilation == 1) return helium::copy_runs(to, from, width * tap, height, row_bytes, row_step);
#endif
  // What lies together in a row.
  const int32_t runs = p.columns.dilation == 1 ? 1 : width, run = width / runs * tap;
  for (int32_t i = 0; i < height; ++i, from += row_step, to += row_bytes)
    for (int32_t j = 0; j < runs; ++j) copy_bytes(to + j * tap, from + j * column_step, run);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
