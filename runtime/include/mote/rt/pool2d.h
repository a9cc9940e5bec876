#pragma once

#include "mote/rt/arch/armv7em_elements.h"
#include "mote/rt/arch/helium_elements.h"
#include "mote/rt/requantize.h"
#include "mote/rt/window.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// A window that slides over [batches][rows.input][columns.input][channels], each channel on its own.
template <class Number>
struct Pool2d {
  int32_t batches;
  WindowAxis rows;
  WindowAxis columns;
  int32_t channels;
  Number low, high;  ///< the fused activation's range, in the output's own numbers

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("batches", self.batches);
    visit("rows", self.rows);
    visit("columns", self.columns);
    visit("channels", self.channels);
    visit("low", self.low);
    visit("high", self.high);
  }
};
using Pool2dS8 = Pool2d<int32_t>;
using Pool2dS16 = Pool2d<int32_t>;
using Pool2dF32 = Pool2d<float>;

/// The largest of the elements that exist.
template <class Wide>
struct Largest {
  Wide value;
  constexpr void add(Wide x) noexcept { value = x > value ? x : value; }
  constexpr Wide result(int32_t) const noexcept { return value; }
};

/// The mean of the elements that exist; integers round to nearest, ties away from zero (rule P1).
struct IntegerMean {
  int32_t value;
  constexpr void add(int32_t x) noexcept { value += x; }
  constexpr int32_t result(int32_t taps) const noexcept {
    return (value > 0 ? value + taps / 2 : value - taps / 2) / taps;
  }
};
struct FloatMean {
  float value;
  constexpr void add(float x) noexcept { value += x; }
  constexpr float result(int32_t taps) const noexcept { return value / static_cast<float>(taps); }
};

/// Where a window's first tap lies, and how many of its taps exist: of height * width, on either axis.
template <class Element>
struct PoolWindow {
  const Element* first;
  int32_t height, width;
};

/// Slides the window: `compute(window, output)` makes all channels of one output.
template <class Element, class Number, class Compute>
constexpr void for_each_window(const Pool2d<Number>& p, const Element* input, Element* output,
                               const Compute& compute) noexcept {
  const int32_t row = p.columns.input * p.channels;
  for (int32_t batch = 0; batch < p.batches; ++batch, input += p.rows.input * row)
    for (int32_t y = 0; y < p.rows.output; ++y) {
      const Taps rows = taps_of(p.rows, y);
      for (int32_t x = 0; x < p.columns.output; ++x, output += p.channels) {
        const Taps columns = taps_of(p.columns, x);
        compute(
            PoolWindow<Element>{input + (rows.start + rows.first) * row + (columns.start + columns.first) * p.channels,
                                rows.last - rows.first, columns.last - columns.first},
            output);
      }
    }
}

/// One channel of a window.
template <class Reduction, class Element, class Number>
constexpr Element pooled(const Pool2d<Number>& p, Reduction reduction, const PoolWindow<Element>& window,
                         int32_t channel) noexcept {
  const Element* line = window.first + channel;
  for (int32_t i = 0; i < window.height; ++i, line += p.columns.input * p.channels) {
    const Element* from = line;
    for (int32_t j = 0; j < window.width; ++j, from += p.channels) reduction.add(*from);
  }
  const Number value = reduction.result(window.height * window.width);
  return static_cast<Element>(value < p.low ? p.low : value > p.high ? p.high : value);
}

/// `start` begins each reduction.
template <class Reduction, class Element, class Number>
constexpr void pool2d(const Pool2d<Number>& p, Reduction start, const Element* input, Element* output) noexcept {
  for_each_window(p, input, output, [&](const PoolWindow<Element>& window, Element* to) {
    for (int32_t c = 0; c < p.channels; ++c) to[c] = pooled(p, start, window, c);
  });
}

constexpr void max_pool2d_s8(const Pool2dS8& p, const int8_t* input, int8_t* output) noexcept {
  pool2d(p, Largest<int32_t>{-128}, input, output);
}
#if defined(__ARM_FEATURE_MVE) || defined(MOTE_RT_ARMV7EM_ELEMENTS)
/// Several channels at a time, where the sums of a window fit 16 bits.
inline void average_pool2d_s8(const Pool2dS8& p, const int8_t* input, int8_t* output) noexcept {
  constexpr int32_t kMostTaps = 255;
#if defined(__ARM_FEATURE_MVE)
  using helium::sum_taps;
  constexpr int32_t kChannels = 8, kLeast = 1;  // a predicate leaves out what is missing
#else
  using armv7em::sum_taps;
  constexpr int32_t kChannels = 4, kLeast = 4;
#endif
  const bool fits = p.rows.kernel * p.columns.kernel <= kMostTaps;
  for_each_window(p, input, output, [&](const PoolWindow<int8_t>& window, int8_t* to) {
    const int32_t height = window.height, width = window.width;
    for (int32_t c = 0, count = 1; c < p.channels; c += count) {
      const int32_t left = p.channels - c;
      if (!fits || left < kLeast) {
        to[c] = pooled(p, IntegerMean{0}, window, c);
        count = 1;
        continue;
      }
      alignas(4) int16_t sums[kChannels];
      count = left < kChannels ? left : kChannels;
      sum_taps(sums, window.first + c, height, width, p.channels, (p.columns.input - width) * p.channels, count);
      for (int32_t i = 0; i < count; ++i)
        to[c + i] = static_cast<int8_t>(clamp(IntegerMean{sums[i]}.result(height * width), p.low, p.high));
    }
  });
}
#else
constexpr void average_pool2d_s8(const Pool2dS8& p, const int8_t* input, int8_t* output) noexcept {
  pool2d(p, IntegerMean{0}, input, output);
}
#endif
constexpr void max_pool2d_s16(const Pool2dS16& p, const int16_t* input, int16_t* output) noexcept {
  pool2d(p, Largest<int32_t>{-32768}, input, output);
}
constexpr void average_pool2d_s16(const Pool2dS16& p, const int16_t* input, int16_t* output) noexcept {
  pool2d(p, IntegerMean{0}, input, output);
}
constexpr void max_pool2d_f32(const Pool2dF32& p, const float* input, float* output) noexcept {
  pool2d(p, Largest<float>{-3.40282347e+38f}, input, output);
}
constexpr void average_pool2d_f32(const Pool2dF32& p, const float* input, float* output) noexcept {
  pool2d(p, FloatMean{0}, input, output);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
