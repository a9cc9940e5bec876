#pragma once

#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Rule U1: round(x / scale) + zero_point in [-128, 127], ties away from zero. Infinities saturate; what is not a
/// number becomes the zero point.
constexpr int8_t quantize_element(float x, float scale, int32_t zero_point) noexcept {
  const float steps = x / scale;
  if (steps >= 256.0f) return 127;
  if (steps <= -256.0f) return -128;
  if (!(steps == steps)) return static_cast<int8_t>(zero_point);
  const int32_t whole = static_cast<int32_t>(steps);
  const float rest = steps - static_cast<float>(whole);
  const int32_t rounded = whole + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0);
  return static_cast<int8_t>(clamp(rounded + zero_point, -128, 127));
}

struct QuantizeF32S8 {
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

constexpr void quantize_f32_s8(const QuantizeF32S8& p, const float* input, int8_t* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = quantize_element(input[i], p.scale, p.zero_point);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
