#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// A sliding window along one axis: output o reads inputs o * stride - padding + k * dilation, k in [0, kernel).
struct WindowAxis {
  int32_t input;   ///< extent
  int32_t output;  ///< extent
  int32_t kernel;  ///< taps
  int32_t stride;
  int32_t dilation;
  int32_t padding;  ///< absent inputs before the first, >= 0

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("input", self.input);
    visit("output", self.output);
    visit("kernel", self.kernel);
    visit("stride", self.stride);
    visit("dilation", self.dilation);
    visit("padding", self.padding);
  }
};

/// The taps [first, last) of one output that read an input that exists; there may be none.
struct Taps {
  int32_t start;  ///< the input that tap 0 reads, negative inside the padding
  int32_t first, last;
};

/// Divides only where the window crosses a border.
constexpr Taps taps_of(const WindowAxis& axis, int32_t output) noexcept {
  Taps taps{output * axis.stride - axis.padding, 0, axis.kernel};
  if (taps.start < 0) taps.first = (axis.dilation - 1 - taps.start) / axis.dilation;
  const int32_t rest = axis.input - taps.start;
  if ((axis.kernel - 1) * axis.dilation >= rest) taps.last = (rest + axis.dilation - 1) / axis.dilation;
  return taps;
}

/// The same as steps through both extents: the n-th of `count` taps has index tap + n * tap_step and reads input
/// input + n * input_step.
struct Walk {
  int32_t count;
  int32_t tap, tap_step;
  int32_t input, input_step;
};

/// Of a window that slides over the inputs.
struct Sliding {
  static constexpr Walk walk(const WindowAxis& axis, int32_t output) noexcept {
    const Taps taps = taps_of(axis, output);
    return {taps.last - taps.first, taps.first, 1, taps.start + taps.first * axis.dilation, axis.dilation};
  }
};

/// Of the adjoint, where every input spreads over a window of outputs: tap k of input i falls on output
/// i * stride - padding + k. The dilation is 1.
struct Spreading {
  static constexpr Walk walk(const WindowAxis& axis, int32_t output) noexcept {
    const int32_t place = output + axis.padding;
    const int32_t last = place / axis.stride;  // the input whose tap of the lowest index falls here
    const int32_t lowest = place - last * axis.stride;
    const int32_t taps = (axis.kernel - lowest + axis.stride - 1) / axis.stride;
    const int32_t absent = last < axis.input ? 0 : last - axis.input + 1;
    const int32_t end = taps <= last ? taps : last + 1;
    return {end > absent ? end - absent : 0, lowest + absent * axis.stride, axis.stride, last - absent, -1};
  }
};

}  // namespace v1
}  // namespace rt
}  // namespace mote
