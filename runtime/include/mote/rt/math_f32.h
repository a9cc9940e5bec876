/// Elementary functions in float32 without libm, for firmware that runs float models.
#pragma once

#include "mote/rt/config.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// 2^n for n in [-126, 127].
inline float power_of_two(int32_t n) noexcept {
  const uint32_t pattern = static_cast<uint32_t>(n + 127) << 23;
  float result;
  __builtin_memcpy(&result, &pattern, sizeof result);
  return result;
}

/// exp(x) with a relative error below 3e-7 in [-87, 88]; 0 below, clamped above; not a number stays that.
/// x = n ln 2 + r with |r| <= ln 2 / 2 (ln 2 split in two parts), then a sixth-order polynomial in r.
inline float exponential(float x) noexcept {
  if (!(x >= -87.0f)) return x != x ? x : 0.0f;
  if (x > 88.0f) x = 88.0f;
  const float scaled = x * 1.44269504f;
  const int32_t n = static_cast<int32_t>(scaled + (scaled < 0 ? -0.5f : 0.5f));
  const float whole = static_cast<float>(n);
  const float r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
  const float polynomial =
      1.0f + r * (1.0f + r * (0.5f + r * (0.16666667f + r * (0.041666668f + r * (0.0083333338f + r * 0.0013888889f)))));
  return polynomial * power_of_two(n);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
