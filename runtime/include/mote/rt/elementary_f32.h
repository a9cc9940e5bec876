/// Elementary functions in float32 beside the exponential, without libm, for firmware that runs float models.
#pragma once

#include "mote/rt/math_f32.h"

namespace mote {
namespace rt {
inline namespace v1 {

inline uint32_t float_bits(float x) noexcept {
  uint32_t pattern;
  __builtin_memcpy(&pattern, &x, sizeof pattern);
  return pattern;
}
inline float float_of_bits(uint32_t pattern) noexcept {
  float x;
  __builtin_memcpy(&x, &pattern, sizeof x);
  return x;
}
inline float not_a_number() noexcept {
  return float_of_bits(0x7fc00000u);
}
inline float infinity() noexcept {
  return float_of_bits(0x7f800000u);
}
inline float magnitude(float x) noexcept {
  return __builtin_fabsf(x);
}

/// Largest integer not above x. From 2^23 on every float is one.
inline float floor_of(float x) noexcept {
  if (!(magnitude(x) < 8388608.0f)) return x;
  const float whole = static_cast<float>(static_cast<int32_t>(x));
  return whole > x ? whole - 1.0f : whole;
}

/// The nearest integer, ties to the even one.
inline float round_to_even(float x) noexcept {
  const float below = floor_of(x);
  const float rest = x - below;
  if (rest < 0.5f) return below;
  if (rest > 0.5f) return below + 1.0f;
  const float half = below * 0.5f;
  return floor_of(half) == half ? below : below + 1.0f;
}

/// sqrt(x), correctly rounded; not a number below 0. Digit by digit: the mantissa, with an even exponent, gives up one
/// bit of the root a step, and one more than fits to round by.
inline float square_root(float x) noexcept {
  if (!(x > 0.0f)) return x == 0.0f ? x : not_a_number();
  if (x == infinity()) return x;
  int32_t exponent = 0;
  if (x < 1.17549435e-38f) {  // too small for a leading one
    x *= 16777216.0f;
    exponent = -24;
  }
  const uint32_t bits = float_bits(x);
  exponent += static_cast<int32_t>(bits >> 23) - 127;
  uint32_t rest = (bits & 0x007fffffu) | 0x00800000u;
  if ((exponent & 1) != 0) rest <<= 1;
  rest <<= 1;
  uint32_t root = 0;
  uint32_t twice_root = 0;
  for (uint32_t digit = 0x01000000u; digit != 0; digit >>= 1) {
    const uint32_t taken = twice_root + digit;
    if (taken <= rest) {
      twice_root = taken + digit;
      rest -= taken;
      root += digit;
    }
    rest <<= 1;
  }
  root += root & 1u;  // a root of an odd last digit is never exact
  const int32_t half = (exponent - (exponent & 1)) / 2;
  return float_of_bits((root >> 1) + 0x3f000000u + (static_cast<uint32_t>(half) << 23));
}

/// ln(x) with a relative error below 3e-7; minus infinity for 0, not a number below.
/// x = m 2^n with m in [sqrt(1/2), sqrt(2)), s = (m - 1) / (m + 1), ln m = 2 (s + s^3/3 + s^5/5 + ...).
inline float natural_logarithm(float x) noexcept {
  if (!(x > 0.0f)) return x == 0.0f ? -infinity() : not_a_number();
  if (x == infinity()) return x;
  int32_t n = 0;
  if (x < 1.17549435e-38f) {
    x *= 16777216.0f;
    n = -24;
  }
  const uint32_t bits = float_bits(x);
  n += static_cast<int32_t>(bits >> 23) - 127;
  float m = float_of_bits((bits & 0x007fffffu) | 0x3f800000u);
  if (m > 1.41421354f) {
    m *= 0.5f;
    ++n;
  }
  const float s = (m - 1.0f) / (m + 1.0f);
  const float z = s * s;
  const float series = z * (0.333333333f + z * (0.2f + z * (0.142857143f + z * 0.111111111f)));
  const float whole = static_cast<float>(n);
  return whole * 0.693359375f + (2.0f * (s + s * series) + whole * -2.12194440e-4f);
}

/// sin(x + quarters * pi / 2), absolute error below 3e-7 for |x| < 1e5; beyond, the error grows with x, and numbers of
/// 2^30 or more count as 0. x less a multiple of pi / 2, which is kept in three parts, goes through a Taylor
/// polynomial.
inline float sine(float x, int32_t quarters) noexcept {
  if (!(magnitude(x) < 1073741824.0f)) {
    if (x - x != 0.0f) return not_a_number();
    x = 0.0f;
  }
  const float turns = x * 0.636619772f;
  const int32_t n = static_cast<int32_t>(turns + (turns < 0 ? -0.5f : 0.5f));
  const float whole = static_cast<float>(n);
  const float r = ((x - whole * 1.5703125f) - whole * 4.837512969970703125e-4f) - whole * 7.54978995489188216e-8f;
  const float z = r * r;
  const int32_t quadrant = (n + quarters) & 3;
  float result = 0.0f;
  if ((quadrant & 1) == 0)
    result = r + r * (z * (-0.166666667f + z * (8.33333333e-3f + z * (-1.98412698e-4f + z * 2.75573192e-6f))));
  else
    result = 1.0f + z * (-0.5f + z * (0.0416666667f + z * (-1.38888889e-3f + z * 2.48015873e-5f)));
  return quadrant >= 2 ? -result : result;
}

/// x to the integer power n by squaring.
inline float integer_power(float x, int32_t n) noexcept {
  float result = 1.0f;
  for (int32_t left = n < 0 ? -n : n; left > 0; left >>= 1, x *= x)
    if ((left & 1) != 0) result *= x;
  return n < 0 ? 1.0f / result : result;
}

/// base^exponent: by squaring for integers up to 64, else exp(exponent * ln(base)), whose relative error grows with the
/// logarithm of the result to 2e-5 at the ends of the range. Not a number for a negative base and a fractional
/// exponent.
inline float power(float base, float exponent) noexcept {
  const bool integral = floor_of(exponent) == exponent;
  if (integral && magnitude(exponent) <= 64.0f) return integer_power(base, static_cast<int32_t>(exponent));
  if (base == 0.0f) return exponent > 0.0f ? 0.0f : infinity();
  if (base > 0.0f) {
    const float logarithm = exponent * natural_logarithm(base);
    return logarithm > 88.7228391f ? infinity() : exponential(logarithm);
  }
  if (!integral || base != base) return not_a_number();
  const float of_magnitude = power(-base, exponent);
  return floor_of(exponent * 0.5f) * 2.0f == exponent ? of_magnitude : -of_magnitude;
}

/// 1 - erf(x) for x >= 0, absolute error below 5e-7 (Abramowitz and Stegun 7.1.26).
inline float error_complement(float x) noexcept {
  const float t = 1.0f / (1.0f + 0.3275911f * x);
  const float series = 0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f)));
  return t * series * exponential(-x * x);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
