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

}  // namespace v1
}  // namespace rt
}  // namespace mote
