/// Fixed-point numbers in int32: a value with I integer bits is stored as round(value * 2^(31 - I)). The exponential
/// and the reciprocal reproduce the reference's bits (rules F1 to F6 of docs/quantization-spec.md); they run on the
/// host to make tables and, where a table is too dear, on the device.
#pragma once

#include "mote/rt/requantize.h"

namespace mote {
namespace rt {
inline namespace v1 {

/// Product of two fixed-point numbers: rounds to nearest, ties away from zero on the doubled high half; saturates the
/// one product that does not fit.
constexpr int32_t fixed_multiply(int32_t a, int32_t b) noexcept {
  return a == b && a == INT32_MIN ? INT32_MAX
                                  : static_cast<int32_t>((static_cast<int64_t>(a) * b + (int64_t{1} << 30)) >> 31);
}

/// (a * b + addend) / 2^32, rounded down.
constexpr int32_t high_half(int32_t a, int32_t b, uint32_t addend) noexcept {
#if defined(__ARM_ARCH_6M__)
  const LongProduct product = long_product(a, b);
  return product.high + (product.low + addend < addend ? 1 : 0);
#else
  return static_cast<int32_t>((static_cast<int64_t>(a) * b + static_cast<int64_t>(addend)) >> 32);
#endif
}

/// x * 2^exponent, saturating. exponent in [0, 31).
constexpr int32_t saturating_shift_left(int32_t x, int32_t exponent) noexcept {
  const int64_t wide = static_cast<int64_t>(x) * (int64_t{1} << exponent);
  return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : static_cast<int32_t>(wide);
}

/// (a + b) / 2, rounded to nearest, ties away from zero.
constexpr int32_t rounding_half_sum(int32_t a, int32_t b) noexcept {
  const int64_t sum = static_cast<int64_t>(a) + b;
  return static_cast<int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
}

/// Rule F1: exp(a) for a in [-1/4, 0), 0 integer bits in and out: a fourth-order Taylor polynomial around -1/8.
constexpr int32_t exp_on_small_interval(int32_t a) noexcept {
  const int32_t exp_of_minus_eighth = 1895147668;  // exp(-1/8) * 2^31
  const int32_t third = 715827883;                 // 2^31 / 3
  const int32_t x = a + (int32_t{1} << 28);
  const int32_t x2 = fixed_multiply(x, x);
  const int32_t x3 = fixed_multiply(x2, x);
  const int32_t x4 = fixed_multiply(x2, x2);
  const int32_t x4_over_4 = rounding_divide_by_power_of_two(x4, 2);
  const int32_t tail = rounding_divide_by_power_of_two(fixed_multiply(x4_over_4 + x3, third) + x2, 1);
  const int64_t sum = static_cast<int64_t>(exp_of_minus_eighth) + fixed_multiply(exp_of_minus_eighth, x + tail);
  return sum > INT32_MAX ? INT32_MAX : static_cast<int32_t>(sum);
}

/// Rule F2: exp(a) for a <= 0 with `integer_bits` integer bits in, 0 out: the fraction through F1, the rest by the
/// factors exp(-1/4), exp(-1/2), ... exp(-16).
constexpr int32_t exp_on_negative(int32_t a, int32_t integer_bits) noexcept {
  const int32_t factors[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  if (a == 0) return INT32_MAX;
  const int32_t fraction_bits = 31 - integer_bits;
  const int32_t quarter = int32_t{1} << (fraction_bits - 2);
  const int32_t remainder = (a & (quarter - 1)) - quarter;
  int32_t result = exp_on_small_interval(saturating_shift_left(remainder, integer_bits));
  const int32_t whole = remainder - a;
  for (int32_t i = 0; i < 7; ++i)
    if (integer_bits > i - 2 && (whole & static_cast<int32_t>(uint32_t{1} << (fraction_bits - 2 + i))) != 0)
      result = fixed_multiply(result, factors[i]);
  if (integer_bits > 5) {
    const int32_t clamp_below = -static_cast<int32_t>(int64_t{1} << (36 - integer_bits));
    if (a < clamp_below) result = 0;
  }
  return result;
}

/// Rule F3: 1 / (1 + a) with 2 integer bits for a in [0, 1] with 0: three Newton steps from 48/17 - 32/17 * d, where
/// d = (1 + a) / 2. Every product has a factor below 1/2 in size, which is doubled instead of the product.
constexpr int32_t reciprocal_by_newton(int32_t a) noexcept {
  const int32_t half_denominator = static_cast<int32_t>((static_cast<uint32_t>(a) + 0x80000000u) >> 1);
  int32_t x = 1515870810 + high_half(half_denominator, -2021161080, uint32_t{1} << 31);
  for (int32_t i = 0; i < 3; ++i) {
    const int32_t one_minus = (int32_t{1} << 29) - high_half(half_denominator, 2 * x, uint32_t{1} << 31);
    x += 4 * high_half(x, 2 * one_minus, uint32_t{1} << 31);
  }
  return x;
}

/// Rule F3: 1 / (1 + a) for a in [0, 1], 0 integer bits in and out.
constexpr int32_t one_over_one_plus(int32_t a) noexcept {
  // x is positive. For a = 0 its double is one too large.
  const uint32_t twice = static_cast<uint32_t>(reciprocal_by_newton(a)) << 1;
  return static_cast<int32_t>(twice > INT32_MAX ? INT32_MAX : twice);
}

/// (1 - a) / (1 + a) for a in [0, 1], 0 integer bits in and out: Newton as in F3.
constexpr int32_t one_minus_over_one_plus(int32_t a) noexcept {
  return saturating_shift_left(reciprocal_by_newton(a) - (int32_t{1} << 29), 2);
}

/// Leading zero bits of x > 0.
constexpr int32_t leading_zeros(uint32_t x) noexcept {
#if defined(__ARM_FEATURE_CLZ) || defined(__x86_64__)
  return __builtin_clz(x);
#else
  int32_t n = 0;
  for (int32_t step = 16; step > 0; step >>= 1) {
    if ((x >> (32 - step)) != 0) continue;
    x <<= step;
    n += step;
  }
  return n;
#endif
}

/// Rule F5: 1 / sqrt(x) for x >= 0 as a factor. x is brought to [1/4, 1) by an even shift; five Newton steps
/// y += y (1 - x y^2) / 2 from y = 1, with 3 integer bits. 0 and 1 give the factor just below 1.
constexpr Multiplier inverse_square_root(int32_t x) noexcept {
  if (x <= 1) return {INT32_MAX, 0};
  int32_t right = 11;
  while (x >= (int32_t{1} << 29)) {
    x /= 4;
    ++right;
  }
  const int32_t pairs = (leading_zeros(static_cast<uint32_t>(x)) - 1) / 2 - 1;
  right -= pairs;
  x <<= 2 * pairs;
  const int32_t half = rounding_divide_by_power_of_two(x >> 1, 1);
  const int32_t three_halves = 3 * (int32_t{1} << 27);
  int32_t y = int32_t{1} << 28;
  for (int32_t i = 0; i < 5; ++i) {
    const int32_t cube = saturating_shift_left(fixed_multiply(fixed_multiply(y, y), y), 6);
    y = saturating_shift_left(fixed_multiply(three_halves, y) - fixed_multiply(half, cube), 3);
  }
  y = fixed_multiply(y, 1518500250);  // sqrt(1/2)
  if (right >= 0) return {y, -right};
  return {static_cast<int32_t>(static_cast<uint32_t>(y) << -right), 0};
}

/// Rule F6: ln(x) for x >= 1 with 12 integer bits in, 5 out. x is brought near sqrt(sqrt(1/2)) by a power of two, in
/// steps of one or, times sqrt(1/2), from half to half; of both the smaller is taken. A quotient of polynomials in the
/// distance to sqrt(sqrt(1/2)) gives the logarithm of what is left.
constexpr int32_t logarithm_fixed(int32_t x) noexcept {
  const int32_t ln_2 = 1488522236;          // 0 integer bits, as all below
  const int32_t root_of_half = 1518500250;  // sqrt(1/2)
  const int32_t fourth_root_of_half = 1805811301;
  const int32_t numerator_cubed = 117049297;        // 11/240 * 2^(1/4)
  const int32_t denominator_squared = 127690142;    // 1/20 * 2^(1/4)
  const int32_t denominator_constant = 1057819769;  // 2 / 2^(1/4) - 2^(1/4)
  const int32_t denominator_linear = 638450708;     // 1/4 * 2^(1/4)
  const int32_t quarter = int32_t{1} << 23;         // 6 integer bits, as the powers
  const int32_t unit = int32_t{1} << 25;

  const int32_t zeros = leading_zeros(static_cast<uint32_t>(x));
  const int32_t whole = saturating_shift_left(fixed_multiply(saturating_shift_left(x, zeros - 1), root_of_half), 1);
  const int32_t whole_power = (12 - zeros) * unit + quarter;
  const int32_t headroom = leading_zeros(static_cast<uint32_t>(fixed_multiply(x, root_of_half))) - 1;
  const int32_t halved = saturating_shift_left(x, headroom);
  const int32_t halved_power = (12 - headroom) * unit - quarter;
  const int32_t r = whole < halved ? whole : halved;
  const int32_t power = whole_power > halved_power ? whole_power : halved_power;

  const int32_t p = rounding_half_sum(r, fourth_root_of_half);
  const int32_t q = 2 * (r - fourth_root_of_half);
  const int32_t square = fixed_multiply(q, q);
  const int32_t numerator = fixed_multiply(q, r) + fixed_multiply(fixed_multiply(q, square), numerator_cubed);
  const int32_t denominator_less_one =
      fixed_multiply(p, denominator_constant + q + fixed_multiply(denominator_squared, square)) +
      fixed_multiply(denominator_linear, q);
  const int32_t rest =
      fixed_multiply(rounding_divide_by_power_of_two(numerator, 6), one_over_one_plus(denominator_less_one));
  return saturating_shift_left(fixed_multiply(power, ln_2) + rest, 1);
}

}  // namespace v1
}  // namespace rt
}  // namespace mote
