#pragma once

#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule U1: round(x / scale) + zero_point in the output's range, ties away from zero. Infinities and quotients beyond
/// int32 saturate; what is not a number becomes the zero point.
template <class Output = int8_t>
constexpr Output quantize_element(float x, float scale, int32_t zero_point) noexcept {
  const float steps = x / scale;
  if (steps >= 2147483648.0f) return static_cast<Output>(highest<Output>());
  if (steps <= -2147483648.0f) return static_cast<Output>(lowest<Output>());
  if (!(steps == steps)) return static_cast<Output>(zero_point);
  const int32_t whole = static_cast<int32_t>(steps);
  const float rest = steps - static_cast<float>(whole);
  const int64_t rounded = static_cast<int64_t>(whole) + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0) + zero_point;
  return static_cast<Output>(rounded < lowest<Output>()    ? lowest<Output>()
                             : rounded > highest<Output>() ? highest<Output>()
                                                           : static_cast<int32_t>(rounded));
}

struct QuantizeF32 {
  int32_t count;
  int32_t zero_point;
  float scale;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
    visit("zero_point", self.zero_point);
    visit("scale", self.scale);
  }
};

template <class Output>
constexpr void quantize_f32(const QuantizeF32& p, const float* input, Output* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = quantize_element<Output>(input[i], p.scale, p.zero_point);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
