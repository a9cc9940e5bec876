#pragma once

#include "mote/rt/math_f32.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// tanh(x) with a relative error below 5e-7: near 0 an odd polynomial (Chebyshev fit over |x| <= sqrt(0.3)), elsewhere
/// 1 - 2 / (exp(2 |x|) + 1) with the sign of x.
inline float hyperbolic_tangent(float x) noexcept {
  const float magnitude = x < 0 ? -x : x;
  if (magnitude < 0.54f) {
    const float z = x * x;
    const float polynomial =
        -0.333333313f + z * (0.133330777f + z * (-0.053907454f + z * (0.0213111024f + z * -0.00662807235f)));
    return x + x * (z * polynomial);
  }
  const float result = 1.0f - 2.0f / (exponential(2.0f * magnitude) + 1.0f);
  return x < 0 ? -result : result;
}

struct TanhF32 {
  int32_t count;

  template <class Visitor, class Self>
  static constexpr void fields(Visitor& visit, Self& self) {
    visit("count", self.count);
  }
};

/// `output` may be `input`.
inline void tanh_f32(const TanhF32& p, const float* input, float* output) noexcept {
  for (int32_t i = 0; i < p.count; ++i) output[i] = hyperbolic_tangent(input[i]);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
